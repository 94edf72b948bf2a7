/* Which tiles are asked again: those that were not ready with the page, all on Refresh and by the timer, one on Retry. */
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

  const askAgain = (clicks) => (clicks ? { round: (round += 1), refresh: true } : unchanged());

  clientside.vizapp = Object.assign({}, clientside.vizapp, { askTiles, askAgain });
})();
