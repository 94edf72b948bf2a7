/* New chart. A control with data-do says what it does; a use of it becomes an edit. Edits go to the server together with
   all that are not yet in the draft, each with a growing number, so none is lost or done twice however fast one clicks. */
(function () {
  "use strict";
  const EDITS = "wizard-edits";
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const keep = () => window.dash_clientside.no_update;
  const byId = (id) => document.getElementById(id);
  let pending = [];
  let last = 0;
  let key = null; // of the draft in sight
  let sight = null; // that draft
  let step = 0;
  let stale = null;
  const SAVE = 5;

  /* ---------- edits */
  function edit(deed, at, value) {
    if (!byId("wizard-preview")) return;
    last = Math.max(last + 1, Date.now());
    pending.push({ n: last, do: deed, at: at || "", value: value === undefined ? null : value });
    if (pending.length > 100) pending = pending.slice(-100);
    window.dash_clientside.set_props(EDITS, { data: { edits: pending } });
    if (deed !== "step" && deed !== "name" && deed !== "description") fade();
  }
  /* from 100 ms on the old picture is shown at 60 % until the new one is there */
  function fade() {
    clearTimeout(stale);
    stale = setTimeout(() => { const box = byId("wizard-preview"); if (box) box.dataset.stale = "true"; }, 100);
  }
  function fresh() {
    clearTimeout(stale);
    const box = byId("wizard-preview");
    if (box) delete box.dataset.stale;
  }

  const NOTHING = "\u001f"; // see pages/wizard_parts.py
  const valueOf = (field) => {
    if (field.value === NOTHING) return "";
    if (field.type === "checkbox") return field.checked;
    if (field.type === "number" && field.value !== "") return Number(field.value);
    return field.value;
  };
  document.addEventListener("change", (event) => {
    const control = event.target.closest && event.target.closest("[data-do]");
    if (control && control.tagName !== "BUTTON") edit(control.dataset.do, control.dataset.at, valueOf(event.target));
  });
  document.addEventListener("click", (event) => {
    const forget = event.target.closest && event.target.closest("[data-forget]");
    if (forget) drop();
    const button = event.target.closest && event.target.closest("button[data-do]");
    if (!button) return;
    if (button.dataset.do === "refused") { clientside.vizapp.toast(button.title); return; }
    edit(button.dataset.do, button.dataset.at, button.dataset.value);
    if (button.dataset.do === "step") jump(button.dataset.at);
  });

  /* ---------- steps: each is a part of the screen */
  function jump(step) {
    const part = byId(`wizard-step-${step}`);
    if (!part) return;
    if (part.tagName === "DETAILS") part.open = true;
    part.scrollIntoView({ block: "nearest", behavior: "smooth" });
    const first = part.querySelector("select, input, button, summary");
    if (first) first.focus({ preventScroll: true });
  }

  /* ---------- search in the columns */
  function narrow() {
    const field = byId("wizard-search");
    const wanted = field ? field.value.trim().toLowerCase() : "";
    document.querySelectorAll("#wizard-columns li").forEach((line) => {
      line.hidden = Boolean(wanted) && !line.textContent.toLowerCase().includes(wanted);
    });
  }
  document.addEventListener("input", (event) => { if (event.target.id === "wizard-search") narrow(); });

  /* ---------- what is redrawn keeps the focus: the same control, found by what it does */
  let held = null;
  const sign = (el) => {
    const control = el && el.closest && el.closest("[data-do]");
    return control ? [control.dataset.do, control.dataset.at, control.dataset.value] : null;
  };
  document.addEventListener("focusin", (event) => { held = event.target.closest("#wizard-middle, #wizard-columns") ? sign(event.target) : null; });
  function refocus() {
    if (!held || (document.activeElement && document.activeElement !== document.body)) return;
    const same = [...document.querySelectorAll("#wizard-middle [data-do], #wizard-columns [data-do]")].find((el) => {
      const [deed, at, value] = [el.dataset.do, el.dataset.at, el.dataset.value];
      return deed === held[0] && at === held[1] && value === held[2];
    });
    const target = same && (same.tagName === "BUTTON" ? same : same.querySelector("select, input"));
    if (target) target.focus({ preventScroll: true });
  }
  new MutationObserver((changes) => {
    let preview = false, middle = false;
    for (const { target } of changes) {
      if (!(target instanceof Element) || target.closest("svg")) continue;
      if (target.closest("#wizard-preview")) preview = true;
      else if (target.closest("#wizard-middle, #wizard-columns")) middle = true;
    }
    if (preview) fresh();
    if (middle) { narrow(); refocus(); }
  }).observe(document.documentElement, { subtree: true, childList: true });

  /* ---------- the draft survives a reload, and only that: leaving the page gives it up */
  const place = () => key && `vizapp:draft:${key}`;
  function drop() {
    try { if (key) sessionStorage.removeItem(place()); } catch { /* nothing was kept then */ }
    const state = document.querySelector("#wizard-unsaved [data-unsaved]");
    if (state) state.dataset.unsaved = "0"; // leaving is meant now
    key = sight = null;
    pending = [];
  }
  window.addEventListener("_dashprivate_pushstate", () => { if (key) drop(); });

  function wizardStart(start) {
    pending = [];
    key = start ? start.key : null;
    try {
      const kept = JSON.parse(sessionStorage.getItem(place()));
      if (kept && kept.key === key && kept.changes > 0) return { ...kept, step: 3 };
    } catch { /* storage is forbidden or holds something else: begin anew */ }
    return keep();
  }
  function wizardKeep(draft) {
    if (!draft) { drop(); return keep(); }
    key = draft.key;
    sight = draft;
    step = draft.step;
    last = Math.max(last, draft.applied || 0);
    pending = pending.filter((item) => item.n > (draft.applied || 0));
    try {
      if (draft.changes > 0) sessionStorage.setItem(place(), JSON.stringify(draft));
    } catch { /* it lasts for this page then */ }
    return keep();
  }
  function wizardDropped(dropped) {
    if (dropped && dropped.item) edit("slot", dropped.place, dropped.item);
    return keep();
  }
  /* The address says what is being made, a new chart or chart 12: that goes on, with the data that just came. */
  function wizardUploaded(answer) {
    if (!answer || !answer.id) return keep();
    const moved = sight && sight.chartId ? sight : null;
    drop();
    if (moved && moved.changes > 0) keepFor(answer.id, moved);
    window.dash_clientside.vizapp.go(`${window.location.pathname}?dataset=${answer.id}`);
    return keep();
  }
  /* under the key that pages/wizard.edit will give the draft: what was changed so far is not lost */
  function keepFor(dataset, draft) {
    const next = `${draft.key.split(":").slice(0, 3).join(":")}:${dataset}`;
    const config = { ...draft.config, table: null };
    const kept = { ...draft, key: next, datasetId: dataset, connectionId: null, query: null, config, changes: draft.changes + 1 };
    try { sessionStorage.setItem(`vizapp:draft:${next}`, JSON.stringify(kept)); } catch { /* the saved chart moves then */ }
  }
  /* the query that assets/sql.js left, for as long as this tab is open: a reload draws it again */
  function wizardBrought() {
    try { return JSON.parse(sessionStorage.getItem("vizapp:query")) || false; } catch { return false; }
  }
  function wizardClosed(open) {
    if (open === false && step === SAVE) edit("closed");
    if (open) nameIt(20);
    return keep();
  }
  /* the dialogue takes the focus when it has slid in; then the name is what one types */
  function nameIt(tries) {
    const field = byId("wizard-name");
    const dialog = field && field.closest(".modal.show");
    if (dialog && dialog.contains(document.activeElement)) { field.focus(); field.select(); return; }
    if (tries > 0) setTimeout(() => nameIt(tries - 1), 50);
  }

  clientside.vizapp = Object.assign({}, clientside.vizapp, { wizardStart, wizardKeep, wizardDropped, wizardUploaded, wizardClosed, wizardBrought });
})();
