/* What a server cannot do for a kiosk: turn the screens, count down, feel a touch, and notice that the server is away.

   Its words come from <meta> elements that the server writes into the page in the visitor's language. Everything it
   draws it puts beside the application's own elements, which stay untouched. */
"use strict";
(() => {
  const TOUCH_STOPS_MS = 60_000;
  const HOME_AFTER_MS = 120_000;
  const ASK_SERVER_MS = 5_000;
  const ANSWER_WITHIN_MS = 4_000;
  const LOOK_AGAIN_MS = 30_000; // without figures on the page, it is asked for anew
  const FRESH_PAGE_MS = 6 * 3_600_000;
  const TURNS_IN_VAIN = 3; // after so many turns that changed nothing the page is asked for anew
  const RING = 2 * Math.PI * 20;

  const said = (name) => document.querySelector(`meta[name="kiosk-${name}"]`)?.content ?? "";
  const motionless = window.matchMedia("(prefers-reduced-motion: reduce)");
  const phone = window.matchMedia("(max-width: 640px)"); // one's own: it does not turn, and keeps what was chosen
  const started = Date.now();
  // When somebody last touched the screen; 0: nobody since the first screen came back. It outlives a change of language.
  let touched = Number(window.sessionStorage.getItem("kiosk-touched")) || 0;
  let paused = false;
  let due = 0; // the moment of the next screen
  let screen = ""; // which one is shown, and for how long
  let turns = 0; // since the screen last changed
  let away = false;
  let leaving = false;
  let figures = "";
  let figuresAt = started; // when figures were last on the page

  const foot = () => document.querySelector(".kiosk-foot");
  const press = (key) => document.querySelector(`.st-key-${CSS.escape(key)} button`)?.click();
  const stay = () => 1_000 * Number(foot()?.dataset.seconds ?? 20);
  // The clock of the machine may be set while the kiosk runs: a touch in the future counts by its distance, too.
  const sinceTouch = () => (touched ? Math.abs(Date.now() - touched) : Infinity);
  const neverTurns = () => motionless.matches || phone.matches;
  const stands = () => paused || neverTurns() || sinceTouch() < TOUCH_STOPS_MS;

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

  function draw() {
    const share = stands() ? 1 : Math.min(1, Math.max(0, (due - Date.now()) / stay()));
    ring.querySelector(".left").style.strokeDasharray = `${share * RING} ${RING}`;
    ring.classList.toggle("paused", paused);
    const label = paused ? said("continue") : said("pause");
    if (ring.getAttribute("aria-label") !== label) {
      ring.setAttribute("aria-label", label);
      ring.querySelector("span").textContent = label;
    }
    // Where nothing turns by itself there is nothing to pause.
    ring.hidden = !foot() || neverTurns();
  }

  function remember(moment) {
    touched = moment;
    window.sessionStorage.setItem("kiosk-touched", String(moment));
  }

  function touch() {
    remember(Date.now());
    due = Date.now() + stay();
  }

  async function serverAnswers() {
    try {
      return (await fetch("./healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).ok;
    } catch {
      return false;
    }
  }

  /* Leave for another address only while the server answers: a browser's own error page would never come back. */
  async function leave(address) {
    if (leaving) return;
    leaving = true;
    const answers = await serverAnswers();
    say(answers);
    if (answers) window.location.assign(address);
    setTimeout(() => (leaving = false), answers ? 10_000 : 0);
  }

  function say(answers) {
    away = !answers;
    notice.hidden = answers;
    if (away) notice.textContent = said("offline").replace("{day}", figures);
  }

  async function askServer() {
    const was = away;
    const answers = await serverAnswers();
    say(answers);
    if (answers && was) leave(window.location.href);
  }

  function goHome() {
    const home = new URL(window.location.href);
    const kept = home.searchParams.get("seconds");
    home.search = kept ? `?seconds=${encodeURIComponent(kept)}` : "";
    remember(0);
    paused = false;
    if (home.href !== window.location.href) leave(home.href);
  }

  function turn() {
    due = Date.now() + stay();
    if (turns >= TURNS_IN_VAIN || Date.now() - started > FRESH_PAGE_MS) {
      leave(window.location.href);
      return;
    }
    turns += 1;
    press("kiosk_next");
  }

  function tick() {
    const now = Date.now();
    if (foot()) {
      figures = foot().dataset.figures || figures;
      figuresAt = now;
    }
    const shown = `${foot()?.dataset.seconds} ${new URLSearchParams(window.location.search).get("screen")}`;
    if (shown !== screen) {
      screen = shown;
      turns = 0;
      due = now + stay();
    }
    if (!away) {
      if (touched && !phone.matches && sinceTouch() > HOME_AFTER_MS) goHome();
      else if (!foot() && Math.abs(now - figuresAt) > LOOK_AGAIN_MS) leave(window.location.href);
      else if (stands()) due = now + stay();
      else if (foot() && (now >= due || due - now > stay())) turn();
    }
    draw();
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

  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, (event) => event.isTrusted && touch(), { capture: true, passive: true });
  }
  // Single letters are shortcuts of the shell, which a kiosk does not have.
  document.addEventListener("keydown", (event) => event.key.length === 1 && event.stopImmediatePropagation(), {
    capture: true,
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".kiosk-header a");
    if (!link) return;
    event.preventDefault();
    leave(link.href);
  });
  ring.addEventListener("click", () => {
    paused = !paused;
    if (!paused) remember(0);
    draw();
  });
  for (const kind of ["contextmenu", "dragstart"]) {
    document.addEventListener(kind, (event) => event.preventDefault());
  }
  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(ring, notice);
    new MutationObserver(layMap).observe(document.body, { childList: true, subtree: true });
    due = Date.now() + stay();
    setInterval(tick, 1_000);
    setInterval(askServer, ASK_SERVER_MS);
    draw();
  });
})();
