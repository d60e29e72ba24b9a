// What is marked with data-fresh is kept up to date: its address gives the same part of the page again, or says that nothing has changed.
"use strict";
const pause = 3000;
for (const place of document.querySelectorAll("[data-fresh]")) {
  let tag = "";
  const look = async () => {
    try {
      const answer = await fetch(place.dataset.fresh, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", redirect: "error" });
      if (answer.status === 401) return location.reload(); // nobody is signed in any more
      if (answer.ok) {
        tag = answer.headers.get("ETag") || "";
        const held = place.contains(document.activeElement) ? document.activeElement.id : "";
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        place.replaceChildren(...page.body.childNodes);
        if (held) document.getElementById(held)?.focus({ preventScroll: true });
      }
    } catch { /* the network is away: the next look may find it */ }
    setTimeout(look, pause);
  };
  setTimeout(look, place.hasAttribute("data-now") ? 300 : pause);
}
