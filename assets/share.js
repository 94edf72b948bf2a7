/* A public link is shown and copied as an address of the server this browser talks to, whatever a request claimed.
   One that was made just now goes to the clipboard by itself: its element carries data-copy-now. */
(function () {
  "use strict";
  const done = new WeakSet();
  function complete() {
    document.querySelectorAll("[data-path]").forEach((el) => {
      if (done.has(el)) return;
      done.add(el);
      const address = window.location.origin + el.dataset.path;
      if (el.matches("button")) el.dataset.copy = address; else el.textContent = address;
      if (el.dataset.copyNow === "true") window.dash_clientside.vizapp.copy(address);
    });
  }
  new MutationObserver(complete).observe(document.documentElement, { childList: true, subtree: true });
})();
