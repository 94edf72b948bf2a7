/* The page that the server's own browser shows to make pictures (vizapp/exports/stage.py). It is loaded once; each
   picture takes the place of the one before it. */
(function () {
  "use strict";
  const place = document.getElementById("picture");
  const root = document.documentElement;

  /* Every face and weight is there before anything is measured. */
  const fonts = () => Promise.all([...document.fonts].map((face) => face.load().catch(() => null)));

  function clear() {
    place.querySelectorAll(".js-plotly-plot").forEach((gd) => window.Plotly.purge(gd));
    place.replaceChildren();
    place.removeAttribute("style");
  }
  const painted = () => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });

  /* one figure with its template, in a box of its own */
  async function figure({ figure: { data, layout }, width, height, transparent }) {
    clear();
    root.dataset.bsTheme = "light";
    const gd = document.createElement("div");
    Object.assign(place.style, { width: `${width}px`, height: `${height}px` });
    if (!transparent) place.style.background = "#fff";
    place.append(gd);
    const sized = { ...layout, width, height, autosize: false };
    const config = { staticPlot: true, topojsonURL: "/assets/vendor/topojson/" };
    await window.Plotly.newPlot(gd, data, sized, config);
    window.VZ.spread(gd);
    await painted();
  }
  async function vector(options) {
    await figure(options);
    const { width, height } = options;
    return window.Plotly.toImage(place.firstChild, { format: "svg", width, height, imageDataOnly: true });
  }

  window.VZ_PICTURE = { ready: fonts, figure, vector };
})();
