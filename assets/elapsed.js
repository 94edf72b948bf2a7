/* How long something has been going on: <span data-elapsed> counts the seconds while it is in sight. */
(function () {
  "use strict";
  const began = new WeakMap();
  setInterval(() => {
    document.querySelectorAll("[data-elapsed]").forEach((el) => {
      if (el.offsetParent === null) { began.delete(el); el.textContent = ""; return; }
      if (!began.has(el)) began.set(el, performance.now());
      el.textContent = `${((performance.now() - began.get(el)) / 1000).toFixed(1)} s`;
    });
  }, 200);
})();
