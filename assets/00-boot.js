/* Runs in <head>, before anything is painted: which theme, which keyboard. Keep it tiny and free of dependencies.
   Theme: ?theme=dark, else what this browser remembers, else the installation's default, else the system's. */
(function () {
  "use strict";
  const root = document.documentElement;
  const known = (mode) => (mode === "light" || mode === "dark" ? mode : null);
  let remembered = null;
  try { remembered = localStorage.getItem("theme"); } catch { /* storage may be forbidden; the system's theme does */ }
  const system = window.matchMedia && window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const asked = new URLSearchParams(window.location.search).get("theme");
  root.dataset.bsTheme = known(asked) || known(remembered) || known(root.dataset.themeDefault) || system;
  if (/mac|iphone|ipad/i.test(navigator.platform || "")) root.dataset.keys = "mac";

  /* The first page carries Dash's first two answers (layout, callbacks) as JSON: one round trip instead of three. */
  const carried = { "_dash-layout": "vz-layout", "_dash-dependencies": "vz-dependencies" };
  const ask = window.fetch;
  window.fetch = function (url, options) {
    const name = String(url && url.url ? url.url : url).split("?")[0].split("/").pop();
    const block = carried[name] && document.getElementById(carried[name]);
    if (!block) return ask.call(window, url, options);
    delete carried[name]; // later questions, for instance after a hot reload, go to the server
    const headers = { "Content-Type": "application/json" };
    return Promise.resolve(new Response(block.textContent, { status: 200, headers }));
  };
})();
