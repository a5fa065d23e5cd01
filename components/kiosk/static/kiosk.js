/* What a server cannot do for a kiosk: turn the screens, count down, feel a touch, and notice that the server is away.

   Its words come from <meta> elements that the server writes into the page in the visitor's language. Everything it
   draws it puts beside the application's own elements, which stay untouched. */
"use strict";
(() => {
  const TOUCH_STOPS_MS = 60_000;
  const HOME_AFTER_MS = 120_000;
  const ASK_SERVER_MS = 5_000;
  const LOOK_AGAIN_S = 30; // without figures on the page, it is asked for anew
  const FRESH_PAGE_MS = 6 * 3_600_000;
  const RING = 2 * Math.PI * 20;

  const said = (name) => document.querySelector(`meta[name="kiosk-${name}"]`)?.content ?? "";
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const started = Date.now();
  let touched = 0; // when somebody last touched the screen; 0: nobody since the page was opened
  let paused = false;
  let left = 0; // seconds until the next screen
  let screen = "";
  let away = false;
  let figures = "";
  let without = 0; // seconds without figures on the page

  const foot = () => document.querySelector(".kiosk-foot");
  const press = (key) => document.querySelector(`.st-key-${CSS.escape(key)} button`)?.click();
  const seconds = () => Number(foot()?.dataset.seconds ?? 20);

  const ring = document.createElement("button");
  ring.className = "kiosk-ring";
  ring.type = "button";
  ring.innerHTML =
    '<svg viewBox="0 0 50 50" aria-hidden="true"><circle class="track" cx="25" cy="25" r="20"/>' +
    '<circle class="left" cx="25" cy="25" r="20"/><path class="pause" d="M20,17v16M30,17v16"/>' +
    '<path class="play" d="M20,16l14,9l-14,9z"/></svg><span></span>';
  const notice = document.createElement("p");
  notice.className = "kiosk-offline";
  notice.setAttribute("role", "status");
  notice.hidden = true;

  const stands = () => paused || still.matches || Date.now() - touched < TOUCH_STOPS_MS;

  function draw() {
    const share = stands() ? 1 : Math.max(0, left / seconds());
    ring.querySelector(".left").style.strokeDasharray = `${share * RING} ${RING}`;
    const held = paused || still.matches;
    ring.classList.toggle("paused", held);
    const label = held ? said("continue") : said("pause");
    if (ring.getAttribute("aria-label") !== label) {
      ring.setAttribute("aria-label", label);
      ring.querySelector("span").textContent = label;
    }
    // Somebody who wants no motion turns the screens alone: there is nothing to pause.
    ring.hidden = !foot() || still.matches;
  }

  function goHome() {
    const home = new URL(window.location.href);
    const kept = home.searchParams.get("seconds");
    home.search = kept ? `?seconds=${encodeURIComponent(kept)}` : "";
    touched = 0;
    if (home.href !== window.location.href) window.location.assign(home.href);
  }

  function tick() {
    if (foot()) figures = foot().dataset.figures || figures;
    without = foot() || away ? 0 : without + 1;
    if (without > LOOK_AGAIN_S) window.location.reload();
    const now = new URLSearchParams(window.location.search).get("screen") ?? "";
    if (now !== screen) {
      screen = now;
      left = seconds();
    }
    if (touched && !away && Date.now() - touched > HOME_AFTER_MS) goHome();
    if (!stands() && !away && foot()) {
      left -= 1;
      if (left < 0) {
        left = seconds();
        press("kiosk_next");
        if (!touched && Date.now() - started > FRESH_PAGE_MS) window.location.reload();
      }
    }
    draw();
  }

  async function askServer() {
    let answers = false;
    try {
      answers = (await fetch("./healthz", { cache: "no-store" })).ok;
    } catch {
      answers = false;
    }
    if (answers && away) window.location.reload();
    away = !answers;
    notice.hidden = answers;
    if (away) notice.textContent = said("offline").replace("{day}", figures);
  }

  function touch() {
    touched = Date.now();
    left = seconds();
  }

  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, (event) => event.isTrusted && touch(), { capture: true, passive: true });
  }
  /* The map comes as a picture, since no drawing is let through as part of a page: it is laid over that picture as a
     drawing of its own whose areas press the buttons of their districts. */
  async function layMap() {
    const picture = document.querySelector("img.kiosk-map:not([data-laid])");
    if (!picture) return;
    picture.dataset.laid = "";
    const text = await (await fetch(picture.src)).text();
    const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    drawing.setAttribute("aria-hidden", "true");
    drawing.addEventListener("click", (event) => {
      const area = event.target.closest("[data-press]");
      if (area) press(area.dataset.press);
    });
    if (!picture.isConnected) return;
    picture.before(drawing);
    picture.classList.add("kiosk-laid");
  }

  ring.addEventListener("click", () => {
    paused = !paused;
    if (!paused) touched = 0;
    draw();
  });
  document.addEventListener("contextmenu", (event) => event.preventDefault());
  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(ring, notice);
    new MutationObserver(layMap).observe(document.body, { childList: true, subtree: true });
    setInterval(tick, 1_000);
    setInterval(askServer, ASK_SERVER_MS);
    draw();
  });
})();
