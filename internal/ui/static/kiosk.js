// The kiosk's page: it swaps the regions that the stream brings, keeps half-typed digits, and posts what fingers did.
"use strict";
(() => {
  const silence = 3000; // ms without a sign of life until the page says "one moment"
  const retry = 2000; // ms between attempts to connect again
  const guard = 1500; // ms in which a second tap on the same screen is the same tap
  const hold = 2000; // ms that a finger rests on the hidden corner
  const young = 400; // ms in which what was just drawn takes no touch: that one meant what was there before
  const blink = 250; // ms without the notice, so that the same one is seen and said once more
  const root = document.documentElement;
  const at = (id) => document.getElementById(id);
  const now = () => performance.now();
  const kiosk = at("kiosk");

  let frame = JSON.parse(root.dataset.frame); // what is shown
  let since = now(); // when it came: its times count from here
  let heard = now(), tried = now(), stream = null;
  let typed = ""; // never leaves the page but as a whole
  let tapped = { revision: "", at: -guard };
  let present = -1000;
  let holding = 0; // the timer of the hidden corner
  let checking = false; // the number that was typed is shown once more
  let pressed = null; // the button that a finger came down on, whether it took it, and the question that it answers
  let asked = null; // where the button lay that was touched last
  let blinking = 0; // the timer of the notice
  const drawn = {}, pieces = {}; // regions as they were sent, and by their ids the parts of them that change by themselves
  const aids = { large: false, contrast: false }; // how this visit wants the screen
  let touched = now();

  // The stream.
  function connect() {
    if (stream) stream.close();
    tried = now();
    stream = new EventSource("/events");
    stream.addEventListener("alive", () => { heard = now(); });
    stream.addEventListener("screen", (e) => {
      heard = now();
      show(JSON.parse(e.data));
    });
  }

  // The screen.
  function show(next) {
    if (next.page !== frame.page) { // lockerd has begun anew, with other styles or another script than this page has
      location.reload();
      return;
    }
    const moved = next.step !== frame.step || next.revision !== frame.revision;
    if (moved) at("story").scrollTop = 0; // what is new stands there
    if (next.step !== frame.step) {
      typed = "";
      checking = false;
      tab = "all";
      at("picture").scrollTop = at("controls").scrollTop = 0;
    }
    if (frame.session && !next.session) calm();
    frame = next;
    since = now();
    root.lang = frame.lang;
    root.dir = frame.dir;
    root.dataset.theme = frame.theme;
    root.dataset.step = frame.step;
    root.dataset.revision = frame.revision;
    if (moved) release();
    const held = document.activeElement?.id, before = asking(), others = take(frame.pieces ?? {});
    for (const [name, html] of Object.entries(frame.regions)) {
      if (drawn[name] === html) continue; // a reconnected stream brings what is here already
      const said = name in drawn && at(name).textContent;
      drawn[name] = html;
      if (name === "notice") clearTimeout(blinking);
      at(name).innerHTML = html.replace(/<!--([a-z]-\d+)-->/g, (_, id) => pieces[id]);
      delete others[name];
      if (name === "notice" && html !== "" && at(name).textContent === said) sayAgain(html);
      grow(at(name));
    }
    for (const [name, ids] of Object.entries(others)) {
      for (const id of ids) at(id).outerHTML = pieces[id];
      grow(at(name));
    }
    paint();
    count();
    build();
    dodge();
    help();
    if (asking() !== before) {
      grow(at("controls")); // it may have the buttons of the question before, and a touch may have meant that
      at("title")?.focus({ preventScroll: true });
    } else if (held && document.activeElement?.id !== held) at(held)?.focus({ preventScroll: true });
  }

  // take keeps the pieces that came, and says by region which of them are others than before.
  function take(sent) {
    const others = {};
    for (const [name, came] of Object.entries(sent)) {
      const ids = Object.keys(came).filter((id) => pieces[id] !== came[id]);
      if (ids.length) others[name] = ids;
      Object.assign(pieces, came);
    }
    return others;
  }

  // grow lets what was just drawn take no touch for a moment, which begins when it can be seen: on a busy machine that is late.
  function grow(e) {
    const age = e.age = {};
    e.dataset.young = "";
    seen(() => setTimeout(() => { if (e.age === age) delete e.dataset.young; }, young));
  }

  // seen does something after the frame that shows what was drawn. A hidden page has no frames.
  function seen(then) {
    if (document.hidden) setTimeout(then);
    else requestAnimationFrame(() => setTimeout(then));
  }

  // sayAgain takes the notice away and brings it back: the same words said once more are seen, and read aloud.
  function sayAgain(html) {
    at("notice").textContent = "";
    blinking = setTimeout(() => { at("notice").innerHTML = html; }, blink);
  }

  // dodge lets no answer lie where the finger is that has asked: "back" goes before them, or grows until it is there.
  function dodge() {
    const rows = document.querySelector("[data-asks]"), back = rows?.querySelector("[data-action=back]");
    if (!back || !asked) return;
    const answers = () => [...rows.querySelectorAll("button:not([data-action=back])")].map((b) => b.getBoundingClientRect());
    const under = (b) => b.left < asked.right && asked.left < b.right && b.top < asked.bottom && asked.top < b.bottom;
    if (!answers().some(under)) return;
    rows.prepend(back);
    if (!answers().some(under)) return;
    rows.append(back);
    const lowest = Math.max(...answers().map((b) => b.bottom));
    back.style.minBlockSize = Math.ceil(back.offsetHeight + lowest - asked.top + 1) + "px";
  }

  // build gives the plan's doors their heights: the policy allows no styles in the page itself.
  function build() {
    for (const e of document.querySelectorAll("[data-tall]")) e.style.flexGrow = e.dataset.tall;
  }

  // reach lets a keyboard scroll what does not fit.
  function reach() {
    for (const roll of [at("story"), at("picture"), at("controls")]) {
      const rolls = getComputedStyle(roll).overflowY === "auto" && roll.scrollHeight > roll.clientHeight + 1;
      if (rolls) roll.tabIndex = 0;
      else roll.removeAttribute("tabindex");
    }
  }

  // The aids: large text and high contrast, for this visit. Where nobody signs in a visit ends when nobody touches.
  const calmAfter = 60000; // ms

  let tab = "all"; // of a panel that has some

  function help() {
    root.dataset.tab = document.querySelector(".tab") ? tab : "";
    for (const b of document.querySelectorAll(".tab")) b.setAttribute("aria-pressed", b.dataset.tab === tab);
    root.dataset.text = aids.large ? "large" : "";
    root.dataset.contrast = aids.contrast ? "more" : "";
    for (const b of document.querySelectorAll("[data-aid]")) b.setAttribute("aria-pressed", aids[b.dataset.aid]);
    // Numbers in the picture that come out smaller than large text are left out: the door's own is in the question.
    const map = document.querySelector("svg.cabinet"), scale = map?.getScreenCTM()?.a ?? 0;
    const least = aids.large ? 1.72 * parseFloat(getComputedStyle(root).fontSize) : 0;
    for (const t of map?.querySelectorAll("text") ?? []) t.classList.toggle("tiny", t.getAttribute("font-size") * scale < least);
    reach();
  }

  function aid(b) {
    const { aid, on, off } = b.dataset;
    aids[aid] = !aids[aid];
    at("said").textContent = aids[aid] ? on : off;
    help();
    here();
  }

  function calm() {
    aids.large = aids.contrast = false;
    at("said").textContent = "";
    help();
  }

  // asking is the question as it was sent, with the statement that it is about: what counts down in it does not make it another one.
  function asking() {
    const title = /<h1.*<\/h1>/s.exec(drawn.question ?? "")?.[0];
    return title?.includes("facts") ? title + drawn.facts : title;
  }

  // Times: the frame's, counted down here.
  function left(what) { return Math.max(0, frame[what] - (now() - since)); }

  function count() {
    for (const e of document.querySelectorAll("[data-count]")) {
      const s = Math.ceil(left(e.dataset.count) / 1000);
      const text = Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
      if (e.textContent !== text) e.textContent = text;
    }
    for (const e of document.querySelectorAll("[data-until]")) e.hidden = left(e.dataset.until) === 0;
    for (const e of document.querySelectorAll("[data-from]")) e.hidden = left(e.dataset.from) > 0;
    const gone = frame.step === "" || now() - heard > silence;
    if (gone && now() - tried > retry && now() - heard > silence) connect();
    const ends = left("ends");
    if (!frame.session && now() - touched > calmAfter && (aids.large || aids.contrast)) calm();
    cover(gone ? "moment" : frame.session && ends > 0 && ends <= frame.asks ? "still" : "");
  }

  // cover lays a sheet over everything; what lies below cannot be touched meanwhile.
  function cover(sheet) {
    if ((root.dataset.cover ?? "") === sheet) return;
    root.dataset.cover = sheet;
    kiosk.inert = sheet !== "";
    grow(kiosk); // whoever taps the sheet twice does not tap what lay under it
    if (sheet === "still") at("still").focus();
    else if (sheet === "") at("title")?.focus({ preventScroll: true });
  }

  // What fingers do.
  function post(press) {
    return fetch("/press", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ revision: frame.revision, ...press }),
    }).catch(() => {}); // the screen shows what came of it, or "one moment"
  }

  function release() {
    for (const e of document.querySelectorAll(".busy")) e.classList.remove("busy");
  }

  function tap(press, button) {
    if (press.action === "language") { // it changes no question, so the next touch means the same one
      present = now();
      post(press);
      return;
    }
    if (tapped.revision === frame.revision && now() - tapped.at < guard) return;
    tapped = { revision: frame.revision, at: now() };
    asked = button?.getBoundingClientRect();
    present = now(); // a tap says that somebody is here, too
    release();
    button?.classList.add("busy");
    post(press);
  }

  function here() {
    if (!frame.session || now() - present < 1000) return;
    present = now();
    post({ present: true });
  }

  // The keypad.
  function pad() { return document.querySelector(".keypad"); }

  function paint() {
    if (!pad()) return;
    const { kind, least, most } = pad().dataset, digits = typed.replace("+", "").length;
    let shown = typed.replace(/(.{4})(?=.)/g, "$1 ");
    if (kind === "pin" || kind === "digits") shown = "•".repeat(typed.length);
    const out = at("typed");
    out.textContent = shown || out.dataset.label;
    out.classList.toggle("empty", shown === "");
    out.classList.toggle("long", typed.length > 10 && kind !== "tracking");
    out.setAttribute("aria-label", out.dataset.label + " " + shown);
    at("k-ok").disabled = digits < Number(least);
    pad().classList.toggle("full", digits >= Number(most));
    pad().classList.toggle("checking", checking);
    if (checking) at("number").textContent = typed.replace(/(\d{3})(?=\d\d)/g, "$1 ");
  }

  // check shows the number once more before it counts, or lets it be changed.
  function check(is) {
    checking = is;
    paint();
    grow(at("controls"));
    if (is) at("check-title").focus();
    else at("title")?.focus({ preventScroll: true });
  }

  function key(k) {
    const p = pad(), { kind, most } = p.dataset;
    if (k === "ok" && kind === "phone" && !at("k-ok").disabled) return check(true);
    if (k === "change") return check(false);
    if (k === "ok" || k === "yes") {
      if (at("k-ok").disabled) return;
      checking = false;
      const press = { [{ phone: "phone", tracking: "tracking" }[kind] ?? "code"]: typed };
      typed = "";
      tap(press, at("k-" + k));
    } else if (k === "delete") typed = typed.slice(0, -1);
    else if (k === "+" ? kind === "phone" && typed === "" : typed.replace("+", "").length < Number(most)) typed += k;
    paint();
  }

  document.addEventListener("click", (e) => {
    const b = e.target.closest("button");
    const took = pressed?.button === b ? pressed.took && pressed.asking === asking() : b && !b.closest("[data-young]"); // a key, or a reader, has no finger
    pressed = null;
    if (!b || b.disabled || !took) return;
    if ("hold" in b.dataset && e.detail > 0) return; // a finger must hold it; a key need not
    const { action, size, language, door, reason, bus, board, weight } = b.dataset;
    if (b.dataset.key) key(b.dataset.key);
    else if (b.dataset.aid) aid(b);
    else if (b.dataset.tab) { tab = b.dataset.tab; help(); here(); }
    else if (b.id === "still") here();
    else if (action) {
      tap({ action, size, language, door: door && Number(door), reason, board: bus && { bus, board: Number(board) }, weight: weight && Number(weight) }, b);
    }
  });

  document.addEventListener("pointerdown", (e) => {
    touched = now();
    const corner = e.target.closest("[data-hold]");
    clearTimeout(holding);
    const button = e.target.closest("button");
    pressed = button && { button, took: !button.closest("[data-young]"), asking: asking() };
    if (corner) holding = setTimeout(() => tap({ action: corner.dataset.action }), hold);
    if (e.target.closest("[data-key]")) e.preventDefault(); // the focus stays, so that Enter means "OK"
    if (e.target.closest("[data-action], [data-key=ok]")) return; // a tap says it anyway
    if (root.dataset.cover === "still") present = -1000; // this touch must count
    here();
  });
  document.addEventListener("mousedown", (e) => { if (e.target.closest("[data-key]")) e.preventDefault(); });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => clearTimeout(holding));
  document.addEventListener("contextmenu", (e) => e.preventDefault());

  // The keys that the page knows, and those of them that Shift may go with. The screen has no keyboard; should one get
  // through, no other key reaches the browser.
  const known = /^(Tab|Enter|Escape|Backspace|Delete|Arrow(Up|Down|Left|Right)|Page(Up|Down)|Home|End|Shift)$/;
  const shifted = /^(Tab|Shift)$/;
  function ours(e) {
    if (e.ctrlKey || e.altKey || e.metaKey) return false;
    return [...e.key].length === 1 || (e.shiftKey ? shifted : known).test(e.key);
  }
  for (const kind of ["keydown", "keypress", "keyup"]) {
    addEventListener(kind, (e) => {
      if (ours(e)) return;
      e.preventDefault();
      e.stopImmediatePropagation();
    }, true);
  }

  document.addEventListener("keydown", (e) => {
    touched = now();
    pressed = null;
    if (root.dataset.cover) {
      if (root.dataset.cover === "still") { present = -1000; here(); }
      return;
    }
    const button = document.activeElement?.closest?.("button");
    if (checking) {
      if (e.key === "Escape" || e.key === "Backspace") check(false);
      else if (e.key === "Enter" && !button) at("k-yes").click();
      here();
      return;
    }
    const letters = pad()?.dataset.kind === "tracking";
    if (pad() && (letters ? /^[0-9a-z-]$/i : /^[0-9+]$/).test(e.key)) key(e.key.toUpperCase());
    else if (pad() && e.key === "Backspace") key("delete");
    else if (pad() && e.key === "Enter" && !button) { key("ok"); return; }
    else if (e.key === "Escape" && typed) { typed = ""; paint(); }
    else if (e.key === "Escape") at("b-back")?.click();
    else if (e.key === "Enter" && button) return; // the button's own click says it
    here();
  });

  paint();
  build();
  grow(kiosk);
  help();
  addEventListener("resize", help);
  connect();
  count();
  setInterval(count, 250);
})();
