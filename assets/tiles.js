/* Which tiles are asked again: those that were not ready with the page, all on Refresh and by the timer, one on Retry, on
   its own Refresh and when its source was busy. And how old the data of the page is. */
(function () {
  "use strict";
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const { no_update: keep } = window.dash_clientside;
  const unchanged = () => (window.dash_clientside.no_update !== undefined ? window.dash_clientside.no_update : keep);
  let round = 0;

  function askTiles(page, _ticks, _clicks, ids) {
    const list = Array.isArray(ids) ? ids : _clicks; // the public page has no Refresh button
    const triggered = (window.dash_clientside.callback_context.triggered || []).map((t) => t.prop_id.split(".")[1]);
    const pressed = triggered.includes("n_clicks"); // the timer asks, only a person makes the server compute again
    const everything = pressed || triggered.includes("n_intervals");
    round += 1;
    const pending = new Set((page && page.pending) || []);
    return list.map((id) => (everything || pending.has(id.chart) ? { round, refresh: pressed } : unchanged()));
  }

  const asked = (times, refresh) => (times ? { round: (round += 1), refresh } : unchanged());
  const askAnew = (clicks) => asked(clicks, true);
  const askAgain = (ticks) => asked(ticks, false);

  clientside.vizapp = Object.assign({}, clientside.vizapp, { askTiles, askAnew, askAgain });

  // The page's "Data as of" is that of its oldest tile, also after one was asked again; times.js writes it out.
  const MOMENT = "[data-as-of]";
  function tellAge() {
    const moments = [...document.querySelectorAll(MOMENT)].map((el) => el.dataset.asOf).sort();
    const shown = document.querySelector(".meta > .as-of");
    if (!shown || !moments.length) return;
    const time = shown.querySelector("time");
    if (time.dateTime !== moments[0]) time.dateTime = moments[0];
    shown.hidden = false;
  }
  new MutationObserver((changes) => {
    const tiles = changes.some(({ target, addedNodes }) => target instanceof Element && (target.matches(MOMENT)
      || [...addedNodes].some((node) => node instanceof Element && (node.matches(MOMENT) || node.querySelector(MOMENT)))));
    if (tiles) tellAge();
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-as-of"] });
})();
