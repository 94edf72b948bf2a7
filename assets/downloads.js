/* The drawer of downloads: buttons with data-export tell the callback what was pressed, and files that this page asked
   for are kept by the browser as soon as they are made. */
(function () {
  "use strict";
  document.addEventListener("click", (event) => {
    const el = event.target.closest && event.target.closest("[data-export]");
    if (!el) return;
    const data = Object.assign(JSON.parse(el.dataset.export), { at: Date.now() });
    // A file is noted as fetched by the server when it is asked for: look at the list after that.
    const tell = () => window.dash_clientside.set_props("downloads-pressed", { data });
    if (data.act === "file") setTimeout(tell, 500); else tell();
  });

  const clientside = (window.dash_clientside = window.dash_clientside || {});

  function fetchFiles(paths) {
    (paths || []).forEach((path) => {
      // Not in the page: a click in it would close the menu that is open.
      Object.assign(document.createElement("a"), { href: path, download: "" }).click();
    });
    return window.dash_clientside.no_update;
  }

  clientside.vizapp = Object.assign({}, clientside.vizapp, { fetchFiles });
})();
