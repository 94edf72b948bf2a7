/* What the page does by itself, without asking the server: theme, keys, menus, links, copying, toasts, the guard of
   unsaved changes, dragging columns. Listeners sit on the document, so it does not matter when React draws. */
(function () {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const visible = (el) => Boolean(el && el.getClientRects().length);
  const on = (type, handler, options) => document.addEventListener(type, handler, options);
  const closest = (event, selector) => (event.target.closest ? event.target.closest(selector) : null);

  /* ---------- theme */
  function setTheme(next) {
    document.documentElement.dataset.bsTheme = next;
    try { localStorage.setItem("theme", next); } catch { /* it lasts for this page then */ }
    document.dispatchEvent(new Event("themechange"));
  }
  const toggleTheme = () => setTheme(document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark");

  /* ---------- toasts: said by screen readers, gone after a while, kept while pointed at */
  function toastHost() {
    const old = $(".toast-host");
    if (old) return old;
    const host = Object.assign(document.createElement("div"), { className: "toast-host" });
    host.setAttribute("role", "status");
    document.body.append(host);
    return host;
  }
  /* a line that stays until it is closed; `parts` are its texts and buttons */
  function toastLine(tone, ...parts) {
    const line = Object.assign(document.createElement("div"), { className: `toast-line ${tone ? `is-${tone}` : ""}` });
    const close = Object.assign(document.createElement("button"), { className: "btn btn-icon", type: "button" });
    close.setAttribute("aria-label", "Close");
    close.append(Object.assign(document.createElement("i"), { className: "bi bi-x-lg" }));
    close.addEventListener("click", () => line.remove());
    line.append(...parts, close);
    const host = toastHost();
    host.append(line);
    while (host.children.length > 4) host.firstChild.remove();
    return line;
  }
  function toast(text, tone = "", seconds = 5) {
    if (!text) return;
    const line = toastLine(tone, text);
    let timer = setTimeout(() => line.remove(), seconds * 1000);
    line.addEventListener("pointerenter", () => clearTimeout(timer));
    line.addEventListener("pointerleave", () => { timer = setTimeout(() => line.remove(), 2000); });
  }
  /* the server says it by writing the attribute data-toast, see components/feedback.py */
  function saidByServer(el) {
    let said = null;
    try { said = JSON.parse(el.dataset.toast); } catch { return; }
    if (said && said.text) toast(said.text, said.tone, said.seconds);
  }

  /* ---------- copy */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no permission, or not a secure origin
      const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    toast("Copied", "good", 2.5);
  }

  /* ---------- leaving: each page is loaded with its own scripts and callbacks, so links are plain links */
  const plain = (event) => event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.defaultPrevented);
  function meantToLeave() {
    document.querySelectorAll("[data-unsaved]").forEach((el) => { el.dataset.unsaved = ""; });
  }
  function go(href) {
    meantToLeave();
    window.location.assign(href);
  }
  const section = (path) => path.replace(/^.*?\/\/[^/]+/, "").split(/[?#]/)[0].replace(/\/+$/, "") || "/";
  function markNav() {
    const path0 = section(window.location.pathname);
    const here = path0 === "/" ? "/dashboards" : path0; // the start page is the list of dashboards
    document.querySelectorAll("a[data-nav]").forEach((a) => {
      setActive(a, a.dataset.nav.split(" ").map(section).some((path) => here === path || (path !== "/" && here.startsWith(`${path}/`))));
    });
  }
  function setActive(a, active) {
    a.classList.toggle("active", active);
    if (active) a.setAttribute("aria-current", "page"); else a.removeAttribute("aria-current");
  }
  /* A callback that leads elsewhere changes the address without loading it: load it, and load it again on the way back. */
  const loaded = window.location.pathname + window.location.search;
  const load = () => setTimeout(() => {
    if (window.location.pathname + window.location.search === loaded) return;
    meantToLeave();
    window.location.reload();
  });
  window.addEventListener("_dashprivate_pushstate", load);
  window.addEventListener("popstate", load);

  /* ---------- unsaved changes: any element (or body) with data-unsaved="3" keeps the page */
  const UNSAVED = "[data-unsaved]:not([data-unsaved='']):not([data-unsaved='0']):not([data-unsaved='false'])";
  const unsaved = () => Boolean($(UNSAVED));
  const mayLeave = () => !unsaved() || window.confirm("Leave this page? Changes that are not saved stay behind.");
  window.addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });

  /* ---------- menus */
  function closeMenus(except) {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  }

  /* ---------- clicks */
  on("click", (event) => {
    closeMenus(closest(event, "details[data-menu]"));
    if (closest(event, ".dropdown-item, .dropdown-menu [data-nav]")) closeMenus();
    if (closest(event, "[data-theme-toggle]")) toggleTheme();
    const copied = closest(event, "[data-copy]");
    if (copied) copy(copied.dataset.copy);
    const a = closest(event, "a[data-link]");
    if (a && plain(event) && !a.target && unsaved()) {
      if (mayLeave()) meantToLeave(); else event.preventDefault();
    }
  });

  /* ---------- keys */
  const typing = (el) => Boolean(el && (el.isContentEditable || /^(input|textarea|select)$/i.test(el.tagName)));
  const press = (name) => {
    const el = [...document.querySelectorAll(`[data-hotkey="${name}"]`)].find(visible);
    if (el && !el.disabled) el.click();
    return Boolean(el);
  };
  function focusSearch() {
    const field = [...document.querySelectorAll("[data-hotkey='/'] input, .search input")].find(visible);
    if (field) { field.focus(); field.select(); }
    return Boolean(field);
  }
  function escape() {
    const open = $("details[data-menu][open]");
    if (open) { open.open = false; $("summary", open).focus(); return; }
    const toasts = $(".toast-host");
    if (toasts) toasts.replaceChildren();
    if (typing(document.activeElement) && document.activeElement.type === "search") document.activeElement.blur();
    else press("escape");
  }
  on("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "s" && press("save")) event.preventDefault();
    else if (command && event.key === "Enter" && press("run")) event.preventDefault();
    else if (event.key === "/" && !command && !typing(event.target) && focusSearch()) event.preventDefault();
    else if (event.key === "Escape") escape();
    else if (closest(event, "details[data-menu][open]")) moveInMenu(event);
  });
  function moveInMenu(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const lines = [...closest(event, "details[data-menu]").querySelectorAll(".dropdown-item, .dropdown-menu a")].filter(visible);
    if (!lines.length) return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = lines.indexOf(document.activeElement);
    lines[(at + step + lines.length) % lines.length].focus();
  }

  /* ---------- dragging a thing (data-drag) onto a place (data-drop); the page learns it from the store named in data-drop-store */
  on("dragstart", (event) => {
    const item = closest(event, "[data-drag]");
    if (!item) return;
    event.dataTransfer.setData("application/x-vizapp", item.dataset.drag);
    event.dataTransfer.effectAllowed = "copyMove";
  });
  const dragged = (event) => Boolean(event.dataTransfer && [...event.dataTransfer.types].includes("application/x-vizapp"));
  on("dragover", (event) => {
    const place = dragged(event) && closest(event, "[data-drop]");
    document.querySelectorAll("[data-drop][data-over]").forEach((el) => { if (el !== place) delete el.dataset.over; });
    if (!place) return;
    event.preventDefault();
    place.dataset.over = "true";
  });
  on("dragend", () => document.querySelectorAll("[data-over]").forEach((el) => { delete el.dataset.over; }));
  on("drop", (event) => {
    const place = dragged(event) && closest(event, "[data-drop]");
    if (!place) return;
    event.preventDefault();
    delete place.dataset.over;
    const data = { item: event.dataTransfer.getData("application/x-vizapp"), place: place.dataset.drop, at: Date.now() };
    if (place.dataset.dropStore) window.dash_clientside.set_props(place.dataset.dropStore, { data });
  });

  /* ---------- fields: dbc's controls take no aria attributes, so help and error are tied to them here */
  let serial = 0;
  function describe(field) {
    const control = $("input, select, textarea", field);
    const texts = [...field.querySelectorAll(".field-error, .form-text")];
    if (!control) return;
    texts.forEach((text) => { text.id = text.id || `about-${(serial += 1)}`; });
    const wrong = Boolean($(".field-error", field));
    if (texts.length) control.setAttribute("aria-describedby", texts.map((text) => text.id).join(" "));
    else control.removeAttribute("aria-describedby");
    if (wrong) control.setAttribute("aria-invalid", "true"); else control.removeAttribute("aria-invalid");
  }

  /* ---------- what React adds later */
  function added(nodes) {
    for (const node of nodes) {
      if (node.nodeType !== Node.ELEMENT_NODE || !(node instanceof HTMLElement)) continue; // plotly's nodes, by the thousand
      if (node.matches("[data-nav]") || $("[data-nav]", node)) markNav();
      const field = node.closest("[data-field]");
      if (field) describe(field);
      node.querySelectorAll("[data-field]").forEach(describe);
    }
  }
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") saidByServer(change.target);
      else {
        added(change.addedNodes);
        const field = change.removedNodes.length && closest(change, "[data-field]");
        if (field) describe(field);
      }
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-toast"] });

  /* ---------- for clientside callbacks, ClientsideFunction("vizapp", name), and the other scripts */
  const none = () => window.dash_clientside.no_update;
  window.VZ = Object.assign(window.VZ || {}, { toast, toastLine });
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.vizapp = {
    toast: (text, tone) => { toast(text, tone); return none(); },
    copy: (text) => { if (text) copy(text); return none(); },
    go: (href) => { if (href) go(href); return none(); },
  };
})();
