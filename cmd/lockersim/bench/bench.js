// The bench shows what /api/stream tells and sends what is clicked to /api/...; it decides nothing. See docs/simulator.md.
"use strict";

const $ = (id) => document.getElementById(id);
const keep = 2000; // lines of a list that stay on the page
let state = null, chosen = 0, reading = 0;

// make builds an element; text only ever becomes text.
function make(tag, props = {}, ...children) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...children);
  return e;
}

async function post(path, body) {
  const r = await fetch("/api/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  const answer = r.status === 204 ? {} : await r.json().catch(() => ({ error: r.statusText }));
  $("answer").textContent = answer.error ?? (answer.id ? "sent as " + answer.id : "");
  return answer;
}

function button(text, path, body, props = {}) {
  return make("button", { type: "button", textContent: text, onclick: () => post(path, body), ...props });
}

function toggle(text, path, on) {
  const b = button(text, path, { on: !on });
  b.setAttribute("aria-pressed", on);
  return b;
}

// fresh says whether what a part shows has changed. What has not is not drawn anew: that would take the focus away.
const drawn = {};
function fresh(part, ...facts) {
  const now = JSON.stringify(facts);
  if (drawn[part] === now) return false;
  drawn[part] = now;
  return true;
}

// --- the metal

function drawDoors() {
  const box = $("doors");
  if (box.childElementCount === 0) {
    for (const d of state.doors) {
      while (box.childElementCount < d.column) box.append(make("div", { className: "column" }));
      const b = make("button", { type: "button", id: "door" + d.door, onclick: () => clickDoor(d.door) }, make("b"), make("span"));
      b.style.flexGrow = d.height;
      box.children[d.column - 1].append(b);
    }
    for (const s of new Set(state.doors.map((d) => d.size))) $("announce").elements.size.append(make("option", { value: s, textContent: s }));
  }
  for (const d of state.doors) {
    const b = $("door" + d.door);
    const faults = [d.jammed && "jammed", d.cut && "wire cut", d.stuck && "stuck"].filter(Boolean);
    b.className = ["door", d.open && "open", faults.length && "bad", d.door === chosen && "chosen"].filter(Boolean).join(" ");
    b.firstChild.textContent = d.door;
    b.lastChild.textContent = [d.open ? "open" : "", ...faults].filter(Boolean).join(", ") || d.size;
    b.title = about(d);
    b.setAttribute("aria-label", about(d));
  }
}

const about = (d) => `Door ${d.door} (${d.size}${d.low ? ", low" : ""}), line ${d.line}, board ${d.board}, lock ${d.channel}: ` +
  `${d.open ? "open" : "closed"}${d.jammed ? ", jammed" : ""}${d.cut ? ", its sensor wire is cut" : ""}${d.stuck ? ", its contact is stuck" : ""}, ` +
  `${d.pulses} ${d.pulses === 1 ? "pulse" : "pulses"}`;

function clickDoor(number) {
  const d = state.doors.find((x) => x.door === number);
  chosen = number;
  if (d.open) post(`doors/${number}/push`);
  draw();
}

function drawChosen() {
  const d = state.doors.find((x) => x.door === chosen);
  if (!d || !fresh("chosen", d)) return;
  const at = `doors/${d.door}/`;
  $("chosen").replaceChildren(make("p", { textContent: about(d) }), make("div", { className: "row" },
    button("Push shut", at + "push", {}, { disabled: !d.open }), button("Force open", at + "force", {}, { disabled: d.open }),
    toggle("Jam", at + "jam", d.jammed), toggle("Cut the sensor's wire", at + "cut", d.cut), toggle("Contact stuck", at + "stick", d.stuck)));
}

// answers are what can be wrong with a line's answers at a touch: one in five.
const answers = [["Lost answers", { lost: 0.2 }], ["Late answers", { late: 0.2, late_ms: 400 }]];

function drawBoards() {
  if (!fresh("boards", state.boards, state.lines, state.scanner)) return;
  const row = (text, ...buttons) => make("div", { className: "board" }, make("span", { textContent: text }), ...buttons);
  const rows = [];
  for (const l of state.lines) {
    const at = `lines/${l.line}/`;
    rows.push(row(`Line ${l.line}, ${l.baud} baud`, toggle("Echo", at + "echo", l.echo), toggle("Noise", at + "noise", l.noise),
      ...answers.map(([text, trouble]) => troubleToggle(text, at + "trouble", l.trouble, trouble)), toggle("Unplug", at + "unplug", l.unplugged)));
    for (const b of state.boards.filter((x) => x.line === l.line)) {
      rows.push(row(`Board ${b.board}: ${b.family}, ${b.locks} locks, closed when ${b.closed_when}`,
        toggle("Mute", `boards/${b.board}/mute`, b.mute), toggle("No power", `boards/${b.board}/dead`, b.dead)));
    }
  }
  rows.push(row("Scanner", toggle("Unplug", "scanner/unplug", state.scanner.unplugged)));
  $("boards").replaceChildren(...rows);
}

// troubleToggle puts some trouble on a line beside what there is, or takes it off.
function troubleToggle(text, path, now, trouble) {
  const [name] = Object.keys(trouble), on = now[name] > 0;
  const b = button(text, path, { ...now, ...(on ? { [name]: 0 } : trouble) });
  b.setAttribute("aria-pressed", on);
  return b;
}

// lookEvery is how often the camera's picture is fetched while nothing moves: its clock goes on.
const lookEvery = 5000;

function look() { if (!document.hidden) $("camera").src = "/camera.jpg?" + Date.now(); }

function drawCamera() {
  const c = state.camera;
  if (fresh("camera", c)) $("lens").replaceChildren(toggle("Cover the lens", "camera/cover", c.covered), toggle("Unplug", "camera/unplug", c.unplugged));
  if (fresh("picture", c, state.doors)) look();
}

// --- the payment terminal

// cards are what can be held to it.
const cards = [["Hold a card", "pays"], ["A card that is declined", "declined"], ["Pay half", "half"], ["kill its program", "dies"],
  ["Pay, then kill its program", "dies-paid"], ["Pay, and it cannot tell", "unknown"]];

function drawTill() {
  const t = state.terminal;
  $("till").hidden = !t;
  if (!t || !fresh("till", t)) return;
  $("till-shows").textContent = t.unplugged ? "without power" : (t.waits ? "waits for a card: " : "") + (t.shows || "ready");
  $("till-hands").replaceChildren(...cards.map(([text, does]) => button(text, "terminal/card", { does }, { disabled: !t.waits })),
    toggle("Unplug", "terminal/unplug", t.unplugged));
}

// --- scanner, process, link

function drawExamples() {
  if (!fresh("examples", state.examples, announced)) return;
  const chips = [...state.examples.map((x) => [x.label, x.text]), ...announced.map((t) => [`announced ${t}`, t])];
  $("examples").replaceChildren(...chips.map(([label, text]) => button(label, "scan", { text }, { title: text })));
}

const running = (p) => p.running ? `process ${p.pid}, started ${p.starts} times`.replace(" 1 times", " once") : `down (${p.ended || "starting"})`;

function drawProcess() {
  const p = state.lockerd;
  $("process").textContent = p ? running(p) : "started by somebody else";
  $("kill").disabled = !p || !p.running;
  $("start").disabled = !p || p.running;
  $("disk").disabled = !p || !p.running;
  $("disk").textContent = p?.disk_full ? "Make room on the disk" : "Fill the disk";
  $("disk").setAttribute("aria-pressed", !!p?.disk_full);
  $("link").textContent = state.link.cut ? "Mend the link" : "Cut the link";
  $("link").setAttribute("aria-pressed", state.link.cut);
}

function drawLamps() {
  const lamps = [["lockerd", !state.lockerd || state.lockerd.running]];
  if (state.desk) lamps.push(["link", !state.link.cut && state.link.connected], ["lockerdesk", state.desk.running]);
  if (fresh("lamps", lamps)) $("lamps").replaceChildren(...lamps.map(([name, on]) =>
    make("li", { textContent: name, className: on ? "on" : "", title: `${name}: ${on ? "well" : "not well"}` })));
}

function drawPhone() {
  const p = state.technician;
  if (!fresh("phone", p)) return;
  $("phone").replaceChildren(...(p.code ? [`${p.name}, PIN ${p.pin}. Her app shows `, make("b", { className: "code", textContent: p.code }), ", good once; another comes every half minute."]
    : [`${p.name} has not enrolled yet.`]));
}

// --- the desk, and the mails that it writes

const announced = [];

function drawDesk() {
  const d = state.desk;
  $("desk").textContent = d ? `lockerdesk, ${running(d)}` : "there is none";
  $("kill-desk").disabled = !d || !d.running;
  $("start-desk").disabled = !d || d.running;
  $("office").hidden = $("invite").hidden = !d;
  if (d) $("office").href = `http://${d.pages}/desk/`;
}

function drawMails() {
  if (!fresh("mails", state.mails, reading)) return;
  $("mailcount").textContent = state.mails.length || "none yet";
  $("mails").replaceChildren(...state.mails.toReversed().map((m) => make("li", { className: m.number === reading ? "chosen" : "" },
    make("button", { type: "button", textContent: m.subject, onclick: () => read(m.number) }), " ", make("time", { textContent: clock(m.at) }), " ", m.to)));
  const held = state.mails.find((m) => m.number === reading);
  $("held").replaceChildren(...(held?.has_qr ? [button("Hold its QR code before the scanner", `mails/${held.number}/scan`, {}, { id: "scan-mail" })] : []));
}

function read(number) {
  reading = number;
  $("mail").src = `/mails/${number}/`;
  $("mail").hidden = false;
  drawMails();
}

// add puts newest lines first and forgets the oldest.
function add(list, items) {
  const box = $(list), atTop = box.scrollTop < 5;
  for (const i of items) box.prepend(i);
  while (box.childElementCount > keep) box.lastChild.remove();
  if (atTop) box.scrollTop = 0;
}

const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour12: false });

function frameLine(f) {
  return make("li", { className: f.poll ? "poll" : "" }, make("time", { textContent: clock(f.at) + "." + String(new Date(f.at).getMilliseconds()).padStart(3, "0") }),
    make("span", { className: f.from === "cabinet" ? "out" : "", textContent: `${state?.lines.length > 1 ? f.line + " " : ""}${f.from === "cabinet" ? "→" : "←"} ${f.hex}  ` }),
    make("span", { className: "say", textContent: f.says }));
}

// --- the stream

function draw() {
  $("cabinet").textContent = state.cabinet;
  $("kiosk").href = "http://" + state.kiosk + "/";
  $("kiosk").textContent = "Open the kiosk (" + state.kiosk + ")";
  $("linestate").textContent = state.lines.map((l) => `${l.line} ${l.baud} baud`).join(", ");
  drawDoors(); drawChosen(); drawBoards(); drawCamera(); drawExamples(); drawTill(); drawPhone(); drawProcess(); drawLamps(); drawDesk(); drawMails();
}

function listen() {
  const stream = new EventSource("/api/stream");
  const on = (name, f) => stream.addEventListener(name, (m) => f(JSON.parse(m.data)));
  stream.onopen = () => { $("gone").hidden = true; for (const l of ["frames", "log"]) $(l).replaceChildren(); };
  stream.onerror = () => { $("gone").hidden = false; };
  on("state", (s) => { state = s; draw(); });
  on("frames", (l) => {
    // The polling is dropped, not hidden: it would push out what matters.
    if (!$("hold").checked) add("frames", l.filter((f) => !f.poll || !$("nopolls").checked).map(frameLine));
  });
  on("log", (l) => {
    add("log", l.map((t) => make("li", { textContent: t })));
    l.forEach(told);
  });
}

$("scan").onsubmit = (e) => { e.preventDefault(); post("scan", { text: e.target.elements.text.value }); e.target.reset(); };
$("announce").onsubmit = (e) => {
  e.preventDefault();
  const f = e.target.elements;
  const phone = f.phone.value.replace(/ /g, ""), mail = f.mail.value.trim(), tracking = f.tracking.value, due = Number(f.fee.value);
  post("orders", { kind: "parcel.announce", body: { tracking, ...(f.size.value && { size: f.size.value }), ...(due && { fee: { currency: "EUR", due } }) }, ...(phone && { personal: { phone } }), tell: { phone, mail, language: f.language.value } })
    .then((answer) => { if (answer.id) { announced.push(tracking); drawExamples(); if (due) owes(tracking, due); } });
};
// owes offers to play the recipient's payment: the order is what the operator's payment provider brings about.
function owes(tracking, amount) {
  const pay = make("button", { type: "button", textContent: `Pay for ${tracking}` });
  pay.onclick = async () => {
    const { id } = await post("orders", { kind: "fee.paid", body: { tracking, amount, currency: "EUR", reference: `bench-${Date.now()}` } });
    if (id) pay.remove();
  };
  $("owed").append(pay);
}

$("unlock").onsubmit = (e) => {
  e.preventDefault();
  const f = e.target.elements;
  post("orders", { kind: "door.unlock", body: { door: Number(f.door.value), reason: f.reason.value } });
};

// Every other order is written by hand; choosing one puts an example there.
const others = {
  "parcel.cancel": [{ tracking: "T1" }],
  "door.block": [{ door: 7, reason: "dirty" }],
  "door.unblock": [{ door: 7 }],
  "door.looked": [{ door: 7, by: "Grace" }],
  "parcel.handed_over": [{ tracking: "T1" }],
  "pickup.reset": [{ tracking: "T1" }],
  "courier.put": [{ courier: "c3", company: "Third Van" }, { name: "Eve", badge: "COURIER-EVE", pin: "135799" }],
  "courier.remove": [{ courier: "c3" }],
  "resend": [{ after: 0 }],
};
const other = $("other").elements;
other.kind.append(...Object.keys(others).map((k) => new Option(k)));
other.kind.onchange = () => {
  const [body, personal] = others[other.kind.value];
  other.body.value = JSON.stringify(body);
  other.personal.value = personal ? JSON.stringify(personal) : "";
};
other.kind.onchange();
$("other").onsubmit = (e) => {
  e.preventDefault();
  try {
    const personal = other.personal.value.trim();
    post("orders", { kind: other.kind.value, body: JSON.parse(other.body.value), ...(personal && { personal: JSON.parse(personal) }) });
  } catch (wrong) {
    $("answer").textContent = `not JSON: ${wrong.message}`;
  }
};
$("disk").onclick = () => post("disk/full", { on: !state.lockerd?.disk_full });
$("kill").onclick = () => post("lockerd/kill");
$("start").onclick = () => post("lockerd/start");
$("kill-desk").onclick = () => post("lockerdesk/kill");
$("start-desk").onclick = () => post("lockerdesk/start");
$("invite").onclick = async () => {
  const { link } = await post("lockerdesk/invite");
  $("invitation").hidden = !link;
  if (link) $("invitation").href = link;
};
$("link").onclick = () => post("link", { cut: !state.link.cut });
listen();
setInterval(look, lookEvery);
