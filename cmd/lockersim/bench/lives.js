// The ways a parcel goes, to be played step by step: what is to be done stands in lives.json, with the record that comes of it.
"use strict";

let lives = [], steps = [], run = "", at = 0, since = 0, door = 0;

// named puts in the numbers of this run: its parcels have some that no other has ({T}); {D} is the door that opened last.
const named = (text) => text.replaceAll("{T}", run).replaceAll('"{D}"', door);

// acts are what a step can have the bench do; what is touched at the kiosk a person has to touch.
const acts = {
  order: (o) => post("orders", JSON.parse(named(JSON.stringify(o)))),
  scan: (text) => post("scan", { text: named(text) }),
  mail: (to) => post(`mails/${newestTo(to).number}/scan`),
  code: (to) => {
    const [code] = /\b\d{8,}\b/.exec(newestTo(to).text) ?? [];
    return code ? post("scan", { text: "LD1:" + code }) : { error: "there is no letter with a code yet" };
  },
  push: async () => {
    const open = state.doors.filter((d) => d.open);
    return open.length ? Promise.all(open.map((d) => post(`doors/${d.door}/push`))) : { error: "no door stands open" };
  },
  jam: (on) => post(`doors/${door}/jam`, { on }),
  card: (does) => post("terminal/card", { does }),
  lockerd: (what) => post(`lockerd/${what}`),
  link: (cut) => post("link", { cut }),
};
const verbs = { order: "Give the order", scan: "Scan", mail: "Hold its QR code before the scanner", code: "Use the code", push: "Push the door shut",
  card: "Hold the card", lockerd: "Do it", link: "Do it", jam: "Do it" };

// newestTo is the newest letter of this run to somebody that opens a door.
const newestTo = (to) => state.mails.findLast((m) => m.has_qr && m.to.includes(to) && m.number > since) ?? { number: 0, text: "" };

// flat is a life's steps, with those of the sequences that it names.
const flat = (all, sequences) => all.flatMap((s) => typeof s === "string" ? flat(sequences[s], sequences) : [s]);

function begin() {
  steps = lives[$("life").selectedIndex].steps;
  run = "L" + Math.floor(Date.now() / 1000).toString(36).toUpperCase();
  at = 0;
  since = state?.mails.at(-1)?.number ?? 0;
  drawLife();
}

function drawLife() {
  $("steps").replaceChildren(...steps.map((s, i) => {
    const item = make("li", { className: i < at ? "done" : i === at ? "now" : "" }, make("span", { textContent: s.say + (s.touch ? ` Touch “${s.touch}”.` : "") }));
    const act = Object.keys(acts).find((a) => a in s);
    if (i === at) item.setAttribute("aria-current", "step");
    if (i === at && act) item.append(" ", make("button", { type: "button", textContent: verbs[act], onclick: () => play(s, act) }));
    if (i === at && !s.then) item.append(" ", make("button", { type: "button", textContent: "Done", onclick: next }));
    return item;
  }));
  $("lived").textContent = at === steps.length ? "That was its whole life." : "";
}

async function play(step, act) {
  if (step.mailed && !newestTo(step.mailed).number) { // it would not come once the link is cut
    $("lived").textContent = "the mail has not come yet";
    return;
  }
  const answers = [await acts[act](step[act])].flat();
  const wrong = answers.find((a) => a.error);
  if (wrong) $("lived").textContent = wrong.error;
  else if (!step.then && steps[at] === step) next(); // who clicks twice has done it once
}

function next() {
  at++;
  drawLife();
}

// told ticks the step off whose record has come, and those before it that a record does not tell of.
let newest = 0;
function told(line) {
  const [, kind, seq] = /\blockerd \|.* kind=(\S+) seq=(\d+)/.exec(line) ?? [];
  if (!seq || Number(seq) <= newest) return;
  newest = Number(seq);
  if (kind === "door.opened") door = Number(/\bdoor=(\d+)/.exec(line)[1]);
  let waits = at;
  while (waits < steps.length && !steps[waits].then) waits++;
  if (steps[waits]?.then === kind) {
    at = waits + 1;
    drawLife();
  }
}

fetch("lives.json").then((r) => r.json()).then((all) => {
  lives = all.lives.map((l) => ({ ...l, steps: flat(l.steps, all.sequences) }));
  $("life").append(...lives.map((l) => new Option(l.name)));
  begin();
});
$("life").onchange = begin;
$("again").onclick = begin;
