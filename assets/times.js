/* Moments come in UTC and say so, <time data-local>: here they are told in the zone of whoever reads them. */
(function () {
  "use strict";
  const LOCAL = "time[data-local]";
  const words = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const zoned = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

  function tell(el) {
    const moment = new Date(el.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    const text = words.format(moment);
    if (el.textContent === text) return;
    el.textContent = text;
    el.title = zoned.format(moment);
  }
  function look(node) {
    if (!(node instanceof HTMLElement)) return;
    const inside = node.closest(LOCAL);
    if (inside) tell(inside); else node.querySelectorAll(LOCAL).forEach(tell);
  }
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") look(target); else addedNodes.forEach(look);
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["datetime"] });
  look(document.documentElement);
})();
