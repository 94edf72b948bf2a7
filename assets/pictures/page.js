/* The page that the server's own browser shows to make pictures (vizapp/exports/stage.py). It is loaded once; each
   picture takes the place of the one before it. */
(function () {
  "use strict";
  const place = document.getElementById("picture");
  const root = document.documentElement;
  const CONFIG = { staticPlot: true, displayModeBar: false, topojsonURL: "/assets/vendor/topojson/" };

  /* Every face is there before anything is measured. A new size of the window may have made the faces anew: Chromium
     does so when rules for other widths apply. */
  const ready = () => Promise.all([...document.fonts].map((face) => face.load().catch(() => null)));
  const painted = () => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });

  function clear() {
    place.querySelectorAll(".js-plotly-plot").forEach((gd) => window.Plotly.purge(gd));
    place.replaceChildren();
    place.removeAttribute("style");
    place.className = "";
  }
  /* The page has the small plotly.js, which is there a second sooner; the whole one comes when a figure needs it. */
  const SMALL = new Set(["bar", "box", "contour", "heatmap", "histogram", "histogram2d", "image", "pie", "scatter", "violin"]);
  let whole;
  function load(src) {
    return new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src, onload: resolve, onerror: () => reject(new Error(`${src} cannot be loaded`)) });
      document.head.append(script);
    });
  }
  async function enough(data) {
    if (data.every(({ type = "scatter" }) => SMALL.has(type))) return;
    whole = whole || load("/assets/vendor/plotly-strict.min.js");
    await whole;
  }
  async function plot(box, { data, layout }) {
    await enough(data);
    const gd = Object.assign(document.createElement("div"), { className: "plot-area" });
    box.append(gd);
    await window.Plotly.newPlot(gd, data, layout, CONFIG);
    window.VZ.spread(gd); // labels at the ends of lines move apart
  }

  /* one figure with a template of its own, in a box of its own */
  async function figure({ figure: { data, layout }, width, height, transparent }) {
    clear();
    await ready();
    root.dataset.bsTheme = "light";
    Object.assign(place.style, { width: `${width}px`, height: `${height}px`, background: transparent ? "none" : layout.paper_bgcolor || "#fff" });
    await plot(place, { data, layout: { ...layout, width, height, autosize: false } });
    await painted();
    return { width, height };
  }

  /* tiles as the pages have them, their figures without a template: it is the theme's */
  async function scene({ markup, figures, width, height, theme, kind, transparent }) {
    clear();
    await ready();
    root.dataset.bsTheme = theme;
    place.className = `picture picture-${kind}${transparent ? " is-clear" : ""}`;
    Object.assign(place.style, { width: `${width}px`, height: height ? `${height}px` : "auto" });
    place.replaceChildren(...new DOMParser().parseFromString(markup, "text/html").body.childNodes);
    const template = window.VZ_TEMPLATES[theme];
    for (const box of place.querySelectorAll("[data-nth]")) {
      const { data, layout } = JSON.parse(figures[Number(box.dataset.nth)]);
      await plot(box, { data, layout: { ...layout, template } });
    }
    await painted();
    return { width, height: Math.ceil(place.getBoundingClientRect().height) };
  }

  const svg = () => window.VZ_SVG.write(place);

  window.VZ_PICTURE = { ready, figure, scene, svg };
})();
