/* Draws every [data-figure]: plotly JSON without a template (7 kB each), which is added here for the theme in force.
   A theme switch is one relayout a figure. Legends are HTML buttons beside the plot. */
(function () {
  "use strict";
  const CONFIG = { displayModeBar: false, showTips: false, topojsonURL: "/assets/vendor/topojson/" };
  const BOX = "[data-figure]";
  const graphs = new Map(); // box → its graph element, while both are in the page
  const ready = new Map(); // figure → graph elements drawn before their box was there (first-paint.js)
  const template = () => (window.VZ_TEMPLATES || {})[document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light"];

  /* Text is measured while drawing: with a fallback font every margin would be a little wrong. */
  function fontReady() {
    if (!document.fonts || document.fonts.check("12px Inter")) return null;
    const late = new Promise((resolve) => { setTimeout(resolve, 400); });
    return Promise.race([document.fonts.load("12px Inter").catch(() => null), late]);
  }

  /* after each draw: legend buttons say what is shown, labels at line ends move apart (theme.js) */
  const spread = (gd) => { if (window.VZ && window.VZ.spread) window.VZ.spread(gd); };
  function settle(gd) {
    syncLegend(gd);
    spread(gd);
    if (gd.dataset.settled) return;
    gd.dataset.settled = "true";
    gd.on("plotly_afterplot", () => spread(gd));
  }
  async function draw(gd, text) {
    const { data, layout } = JSON.parse(text);
    const wait = fontReady();
    if (wait) await wait;
    await window.Plotly.react(gd, data, { ...layout, template: template() }, CONFIG);
    settle(gd);
  }
  const say = (error) => { console.error("figure", error); }; // one figure that fails leaves the others alone

  function make() {
    const gd = Object.assign(document.createElement("div"), { className: "plot-area" });
    return gd;
  }
  function mount(box) {
    if (graphs.has(box) || !box.isConnected) return;
    const kept = ready.get(box.dataset.figure);
    const gd = kept && kept.length ? kept.shift() : null;
    const shown = gd || make();
    graphs.set(box, shown);
    box.append(shown);
    if (gd) settle(gd);
    sizes.observe(box); // its first report draws, when the box has a size
  }
  function unmount(box) {
    const gd = graphs.get(box);
    graphs.delete(box);
    sizes.unobserve(box);
    if (gd && !gd.isConnected) window.Plotly.purge(gd);
  }
  const fits = (gd, box) => Math.abs(gd._fullLayout.width - box.clientWidth) < 1 && Math.abs(gd._fullLayout.height - box.clientHeight) < 1;
  function fit(box) {
    const gd = graphs.get(box);
    if (!gd || !box.clientWidth || !box.clientHeight) return;
    if (!gd._fullLayout) draw(gd, box.dataset.figure).catch(say);
    else if (!fits(gd, box)) window.Plotly.Plots.resize(gd);
  }
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => fit(entry.target)));

  const boxes = (node) => (node instanceof HTMLElement ? [...(node.matches(BOX) ? [node] : []), ...node.querySelectorAll(BOX)] : []);
  function look(changes) {
    for (const { type, target, addedNodes } of changes) {
      if (type === "childList") addedNodes.forEach((node) => boxes(node).forEach(mount));
      else if (graphs.has(target) && graphs.get(target)._fullLayout) draw(graphs.get(target), target.dataset.figure).catch(say);
      else mount(target);
    }
    for (const box of [...graphs.keys()]) if (!box.isConnected) unmount(box);
  }
  new MutationObserver(look).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-figure"] });

  /* Draw `text` in `box` now; the box with this figure that comes later takes what was drawn. */
  async function drawEarly(box, text) {
    const gd = make();
    box.append(gd);
    ready.set(text, [...(ready.get(text) || []), gd]);
    await draw(gd, text).catch(say);
  }
  window.VZ = Object.assign(window.VZ || {}, { drawEarly });
  boxes(document.documentElement).forEach(mount);

  document.addEventListener("themechange", () => {
    document.querySelectorAll(".js-plotly-plot").forEach((gd) => { window.Plotly.relayout(gd, { template: template() }); });
  });

  /* ---------- legend */
  const traces = (button) => button.dataset.trace.split(",").map(Number);
  const around = (el) => el.closest(".tile-body, [data-legend-box]");
  function graphOf(button) {
    const named = button.dataset.graph && document.getElementById(button.dataset.graph);
    const box = named || around(button);
    return box && box.querySelector(".js-plotly-plot");
  }
  const shown = (gd, button) => traces(button).some((i) => gd.data[i] && gd.data[i].visible !== "legendonly" && gd.data[i].visible !== false);
  function syncLegend(gd) {
    const body = around(gd);
    if (!gd.data || !body) return;
    body.querySelectorAll("[data-trace]").forEach((button) => button.setAttribute("aria-pressed", String(shown(gd, button))));
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("button[data-trace]");
    const gd = button && graphOf(button);
    if (!gd || !gd.data) return;
    const on = button.getAttribute("aria-pressed") !== "true";
    window.Plotly.restyle(gd, { visible: on ? true : "legendonly" }, traces(button)).then(() => syncLegend(gd));
  });
})();
