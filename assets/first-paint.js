/* A dashboard is drawn before Dash is there: the server sends the page as HTML in #first-paint, its figures are drawn
   into it, and only then do Dash's scripts run. When Dash has made the same page, it takes the drawn figures over. */
(function () {
  "use strict";
  const early = document.getElementById("first-paint");
  if (!early) return;
  const root = document.getElementById("react-entry-point");

  /* the figures of Dash's first answer, in the order of the page */
  function figures(node, found) {
    if (Array.isArray(node)) node.forEach((part) => figures(part, found));
    else if (node && node.props) {
      if (node.props["data-figure"]) found.push(node.props["data-figure"]);
      figures(node.props.children, found);
    }
    return found;
  }
  function drawAll() {
    const texts = figures(JSON.parse(document.getElementById("vz-layout").textContent), []);
    return Promise.all([...early.querySelectorAll("[data-nth]")].map((box) => window.VZ.drawEarly(box, texts[Number(box.dataset.nth)])));
  }

  /* A press that came too early is not lost: it is made again on Dash's own button. */
  let pressed = "";
  early.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-id]");
    if (button) pressed = button.dataset.id;
  });
  function takeOver() {
    const active = document.activeElement;
    for (const field of early.querySelectorAll("[data-search-field]")) {
      const place = root.querySelector(`[data-search-field="${field.dataset.searchField}"]`);
      if (place) place.replaceChildren(...field.childNodes); // with what was typed
    }
    const open = [...early.querySelectorAll("details[open][data-id]")].map((menu) => menu.dataset.id);
    early.remove();
    if (active && root.contains(active)) active.focus();
    open.forEach((id) => { const menu = document.getElementById(id); if (menu) menu.open = true; });
    const again = pressed && document.getElementById(pressed);
    if (again) setTimeout(() => again.click());
  }
  /* figures.js has moved the figures by then: it began to observe first */
  new MutationObserver((_, observer) => {
    if (!root.querySelector("main")) return;
    observer.disconnect();
    takeOver();
  }).observe(root, { childList: true, subtree: true });

  /* Dash's scripts come while the figures are drawn, and run after that, in their order */
  const scripts = [...document.querySelectorAll('meta[name="dash-script"]')].map((meta) => meta.dataset.src);
  const add = (tag, properties) => document.head.append(Object.assign(document.createElement(tag), properties));
  const fetchAll = () => scripts.forEach((href) => add("link", { rel: "preload", as: "script", href }));
  const begin = () => scripts.forEach((src) => add("script", { src, async: false }));
  fetchAll();
  const afterPaint = () => requestAnimationFrame(() => setTimeout(begin));
  drawAll().then(afterPaint, (error) => { console.error("first paint", error); begin(); });
})();
