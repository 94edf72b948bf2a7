/* What the server said just before the page was left ("Chart saved") is said again on the next page: each page is a
   document of its own, and its toasts go with it. */
(function () {
  "use strict";
  const KEY = "vizapp:said";
  const SHOWN = 5000; // ms that a toast stays (clientside.js); what is older has been read
  const SLOW = 30000; // ms that the next page may take to come
  let last = null;

  function remember(el) {
    try {
      const said = JSON.parse(el.dataset.toast);
      if (said && said.text) last = { text: said.text, tone: said.tone, at: Date.now() };
    } catch { /* nothing was said */ }
  }
  new MutationObserver((changes) => changes.forEach(({ target }) => remember(target)))
    .observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["data-toast"] });

  window.addEventListener("pagehide", () => {
    if (!last || Date.now() - last.at > SHOWN) return;
    try { sessionStorage.setItem(KEY, JSON.stringify(last)); } catch { /* then it is not said again */ }
  });

  try {
    const said = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
    if (said && Date.now() - said.at < SLOW) window.dash_clientside.vizapp.toast(said.text, said.tone);
  } catch { /* storage is forbidden */ }
})();
