/* The draft of a dashboard. Its one home is the store `editor-state`; whatever the user does is one call of `change`,
   which writes the next state there, remembers the one before, shows it on the grid and keeps it in this browser.
   Hands (mouse, keys, drag and drop) are in editor-hands.js, the rules of the grid in editor-layout.js. */
(function () {
  "use strict";
  // The twin of class Editor in components/ids.py.
  const ID = Object.fromEntries(["grid", "name", "description", "own-background", "background", "padding", "auto-refresh", "state", "history", "about",
    "save-state", "offer", "offer-text", "live", "back"].map((name) => [name, `editor-${name}`]));
  const STEPS = 100;
  const { pack } = window.VizappLayout;
  const props = (id) => { const found = window.dash_component_api.getLayout(id); return found ? found.props : {}; };
  const write = (id, values) => window.dash_clientside.set_props(id, values);
  // neither the order of keys nor that of tiles is a change
  const sorted = (_key, value) => {
    if (Array.isArray(value)) return [...value].sort((a, b) => (a && b && a.chartId - b.chartId) || 0);
    return value && typeof value === "object" ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  };
  const same = (a, b) => JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
  const none = () => window.dash_clientside.no_update;
  const plural = (count) => `${count} unsaved change${count === 1 ? "" : "s"}`;
  const say = (text) => write(ID.live, { children: text });

  const state = () => props(ID.state).data;
  const log = () => props(ID.history).data;
  const about = () => props(ID.about).data;
  const columns = () => state().draft.layout.gridCols;
  const items = () => state().draft.layout.items;
  const nameOf = (chart) => (about().charts[chart] || { name: "a chart" }).name;
  const withItems = (draft, next) => ({ ...draft, layout: { ...draft.layout, items: next } });

  /* ---------- places: a chart keeps its place in the grid's list of children for as long as the page lives */
  const slotId = (number) => `editor-slot-${number}`;
  const chartIn = (slot) => {
    const number = Number(slot.replace("editor-slot-", ""));
    const found = Object.entries(about().slots).find(([, used]) => used === number);
    return found ? Number(found[0]) : null;
  };
  function reserve(chart) {
    const known = about();
    if (chart in known.slots) return slotId(known.slots[chart]);
    const used = new Set(Object.values(known.slots));
    let number = 0;
    while (used.has(number)) number += 1;
    write(ID.about, { data: { ...known, slots: { ...known.slots, [chart]: number } } });
    if (number >= known.places) morePlaces();
    return slotId(number);
  }
  function morePlaces() { // rare: the grid draws all its tiles anew
    const known = about();
    const made = Array.from({ length: 40 }, (_, n) => ({ type: "Div", namespace: "dash_html_components",
      props: { id: slotId(known.places + n), className: "slot is-free", children: [] } }));
    write(ID.about, { data: { ...known, places: known.places + made.length } });
    write(ID.grid, { children: [...props(ID.grid).children, ...made] });
  }
  const introduce = (chart, facts) => write(ID.about, { data: { ...about(), charts: { ...about().charts, [chart]: facts } } });

  /* ---------- the grid shows the draft */
  function show(draft) {
    const onIt = new Map(draft.layout.items.map((item) => [item.chartId, item.position]));
    for (const chart of onIt.keys()) reserve(chart);
    const { slots, places } = about();
    const charts = new Map(Object.entries(slots).map(([chart, number]) => [number, Number(chart)]));
    const layout = Array.from({ length: places }, (_, number) => cells(slotId(number), onIt.get(charts.get(number))));
    for (const [number, chart] of charts) fillSlot(number, chart, onIt.has(chart));
    const brief = (list) => list.map(({ i, x, y, w, h }) => [i, x, y, w, h].join()).sort();
    if (!same(brief(layout), brief(props(ID.grid).layout || []))) write(ID.grid, { layout });
  }
  const cells = (i, position) => (position ? { i, ...position } : { i, x: 0, y: 0, w: 0, h: 0, static: true });

  function fillSlot(number, chart, present) {
    const slot = props(slotId(number));
    const className = present ? "slot" : "slot is-gone";
    const empty = !slot.children || !slot.children.length;
    if (empty && present) write(slotId(number), { children: [tileOf(chart)], className });
    else if (!empty && slot.className !== className) write(slotId(number), { className });
    if (empty && present) ask(chart);
  }
  function tileOf(chart) {
    const { name, kind } = about().charts[chart] || { name: "Chart", kind: "chart" };
    const words = (text) => text.replaceAll("{chart}", String(chart)).replaceAll("{name}", name);
    return JSON.parse(JSON.stringify(about().templates[kind]), (key, value) => {
      if (key === "chart") return chart;
      return typeof value === "string" ? words(value) : value;
    });
  }
  let round = 0;
  const ask = (chart, refresh = false) => write({ page: "editor", el: "ask", chart }, { data: { round: (round += 1), refresh } });

  /* ---------- the fields show the draft */
  const fields = (draft) => {
    const { backgroundColor = "", padding = "", autoRefresh = 0 } = draft.layout.settings || {};
    return { name: draft.name, description: draft.description || "", "own-background": Boolean(backgroundColor), padding: String(padding), "auto-refresh": String(autoRefresh),
      ...(/^#[0-9a-f]{6}$/i.test(backgroundColor) ? { background: backgroundColor } : {}) };
  };
  function showFields(draft) {
    for (const [field, value] of Object.entries(fields(draft))) {
      if (props(ID[field]).value !== value) write(ID[field], { value });
    }
    const disabled = !draft.layout.settings.backgroundColor;
    if (props(ID.background).disabled !== disabled) write(ID.background, { disabled });
  }

  /* ---------- history */
  const step = (label, entry) => ({ label, draft: state().draft, changes: log().changes, ...entry });
  function change(label, draft, merge = "") {
    const past = log();
    if (!past || same(draft, state().draft)) return;
    const joins = merge && past.merge === merge && past.past.length > 0;
    commit(draft, { ...past, merge, future: [], changes: joins ? past.changes : past.changes + 1,
      past: joins ? past.past : [...past.past, step(label)].slice(-STEPS) });
  }
  function commit(draft, next) {
    const changes = same(draft, next.base) ? 0 : Math.max(1, next.changes);
    write(ID.state, { data: { ...state(), draft } });
    write(ID.history, { data: { ...next, changes } });
    show(draft);
    showFields(draft);
    keep();
  }
  function travel(from, to) {
    const now = log();
    const entry = now[from][now[from].length - 1];
    if (!entry) return;
    say(`${from === "past" ? "Undone" : "Done again"}: ${entry.label}`);
    commit(entry.draft, { ...now, merge: "", changes: entry.changes, [from]: now[from].slice(0, -1), [to]: [...now[to], step(entry.label)] });
  }
  const undo = () => travel("past", "future");
  const redo = () => travel("future", "past");
  function discard() {
    const { base, changes } = log();
    change(`discard ${plural(changes)}`, base);
    say("Back to what is saved. Undo brings your changes back.");
  }

  /* ---------- what survives a reload: one draft per user and dashboard, in this browser */
  const key = (id = state().dashboard) => `vizapp:draft:${about().user}:${id || "new"}`;
  function stored() {
    try { return JSON.parse(localStorage.getItem(key())); } catch { return null; }
  }
  function store(value) {
    try {
      if (value) localStorage.setItem(key(), JSON.stringify(value)); else localStorage.removeItem(key());
      return Boolean(value);
    } catch { return false; } // no room, or forbidden: then leaving the page still asks
  }
  /* an earlier draft that was neither restored nor discarded yet must not be overwritten */
  function keep() {
    const { changes, offered } = log();
    if (offered) return;
    const { draft, version } = state();
    const kept = store(changes ? { draft, version, changes, charts: about().charts, at: Date.now() } : null);
    if (kept !== log().kept) write(ID.history, { data: { ...log(), kept } });
  }
  const moment = (at) => new Date(at).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  function offerEarlier() {
    const found = stored();
    const whole = found && found.draft && found.draft.layout && Array.isArray(found.draft.layout.items);
    if (!whole || same(found.draft, state().draft)) { store(null); return false; }
    const old = found.version !== state().version ? " Somebody saved this dashboard after you made them." : "";
    write(ID["offer-text"], { children: `This browser kept ${plural(found.changes)} of ${moment(found.at)}.${old}` });
    write("editor-restore", { children: `Restore ${plural(found.changes)}` });
    write(ID.offer, { hidden: false });
    return true;
  }
  const closeOffer = () => {
    write(ID.offer, { hidden: true });
    write(ID.history, { data: { ...log(), offered: false } });
  };
  function restore() {
    const found = stored();
    closeOffer();
    if (!found) return;
    for (const [chart, facts] of Object.entries(found.charts || {})) if (!about().charts[chart]) introduce(chart, facts);
    write(ID.state, { data: { ...state(), version: found.version } }); // so that saving notices what happened since
    const now = log();
    commit(found.draft, { ...now, past: [...now.past, step("restore the draft")].slice(-STEPS), future: [], merge: "", changes: now.changes + found.changes });
    say(`${plural(found.changes)} restored`);
  }

  /* ---------- the page is new */
  function boot() {
    const { draft } = state();
    const tidy = withItems(draft, pack(draft.layout.items, draft.layout.gridCols));
    write(ID.state, { data: { ...state(), draft: tidy } });
    write(ID.history, { data: { base: tidy, changes: 0, past: [], future: [], merge: "", kept: false, offered: false } });
    if (offerEarlier()) write(ID.history, { data: { ...log(), offered: true } });
    show(tidy);
    about().pending.forEach((chart) => ask(chart));
  }

  /* ---------- callbacks */
  function paint(_state, past) {
    if (!past) { setTimeout(() => { if (state() && !log()) boot(); }); return Array(11).fill(none()); }
    const last = (list) => (list.length ? list[list.length - 1].label : "");
    const [back, on] = [last(past.past), last(past.future)];
    const isNew = !_state.dashboard;
    const words = past.changes ? `${plural(past.changes)}${past.kept ? ", kept in this browser" : ""}` : isNew ? "Not saved yet" : "Saved";
    const dot = past.changes ? "dot dot-warn" : isNew ? "dot" : "dot dot-good";
    const spoken = (verb, label) => (label ? `${verb}: ${label}` : verb);
    return [past.changes ? String(past.changes) : "", words, dot, !back, spoken("Undo", back), `${spoken("Undo", back)} (Ctrl Z)`,
      !on, spoken("Redo", on), `${spoken("Redo", on)} (Ctrl Shift Z)`, !past.changes, surface(_state.draft)];
  }
  const surface = ({ layout: { settings = {} } }) => ({
    ...(settings.backgroundColor ? { "--board-bg": settings.backgroundColor } : {}),
    ...(settings.padding === undefined ? {} : { "--board-pad": settings.padding }),
  });

  function tick(now, _list, ids, names) {
    const onIt = new Set(now.draft.layout.items.map((item) => item.chartId));
    const label = ({ chart }, n) => (onIt.has(chart) ? `“${names[n]}” is on the dashboard: go to it` : `Add “${names[n]}”`);
    return [ids.map(({ chart }) => (onIt.has(chart) ? "side-item is-placed" : "side-item")), ids.map(label), ids.map(label)];
  }

  /* The grid tells its layout after a drag, after a resize, and when it tidied up by itself. */
  function arrange(layout) {
    if (!log() || !layout) return none();
    const where = new Map(layout.filter((cell) => cell.w > 0).map((cell) => [chartIn(cell.i), cell]));
    if (!items().every((item) => where.has(item.chartId)) || where.size !== items().length) return none();
    const next = items().map((item) => {
      const { x, y, w, h } = where.get(item.chartId);
      return { ...item, position: { ...item.position, x, y, w, h } };
    });
    const draft = withItems(state().draft, next);
    const hand = window.VizappHands.take();
    if (hand === undefined) return none();
    if (hand) change(`${hand.resizing ? "resize" : "move"} ${nameOf(hand.chart)}`, draft);
    else if (!same(draft, state().draft)) commit(draft, { ...log(), base: log().changes ? log().base : draft });
    return none();
  }

  const LABELS = { name: "rename the dashboard", description: "change the description", "own-background": "change the background", background: "change the background",
    padding: "change the space around the charts", "auto-refresh": "change the refresh" };
  function fill(name, description, own, background, padding, refresh) {
    const told = window.dash_clientside.callback_context.triggered.map((entry) => entry.prop_id.split(".")[0].replace("editor-", ""));
    if (!log()) return none();
    if (told.includes("name") && name && name.trim()) write("editor-name-error", { children: null });
    for (const field of told) change(LABELS[field], filled(state().draft, field, { name, description, own, background, padding, refresh }), field);
    return none();
  }
  function filled(draft, field, values) {
    if (field === "name" || field === "description") return { ...draft, [field]: values[field] || "" };
    const settings = { ...draft.layout.settings };
    const put = (name, value) => { if (value === undefined) delete settings[name]; else settings[name] = value; };
    if (field === "padding") put("padding", values.padding === "" ? undefined : Number(values.padding));
    if (field === "auto-refresh" && String(settings.autoRefresh || 0) !== values.refresh) put("autoRefresh", Number(values.refresh));
    if (field === "own-background" && Boolean(settings.backgroundColor) !== Boolean(values.own)) put("backgroundColor", values.own ? values.background || sunk() : undefined);
    if (field === "background" && settings.backgroundColor) put("backgroundColor", values.background);
    return { ...draft, layout: { ...draft.layout, settings } };
  }
  /* What was typed a moment ago is on its way through Dash when Ctrl S is pressed: it is taken along. */
  function takeTyped() {
    for (const field of ["name", "description"]) change(LABELS[field], { ...state().draft, [field]: document.getElementById(ID[field]).value }, field);
  }
  const sunk = () => getComputedStyle(document.documentElement).getPropertyValue("--sunk").trim();

  const triggered = () => (window.dash_clientside.callback_context.triggered || []).filter((entry) => entry.value).map((entry) => entry.prop_id.split(".")[0]);
  function press() {
    const todo = { "editor-undo": undo, "editor-redo": redo, "editor-discard": discard };
    triggered().forEach((id) => todo[id] && todo[id]());
    return none();
  }
  function answer() {
    const forget = () => { store(null); closeOffer(); keep(); };
    const todo = { "editor-restore": restore, "editor-forget": forget, "editor-theirs": loadTheirs };
    triggered().forEach((id) => todo[id] && todo[id]());
    return none();
  }
  function reload() {
    const mark = document.getElementById(ID["save-state"]);
    mark.dataset.unsaved = ""; // leaving is meant now
    window.location.reload();
  }
  function loadTheirs() { keep(); reload(); }

  function again() {
    const pressed = (window.dash_clientside.callback_context.triggered || []).filter((entry) => entry.value);
    pressed.forEach((entry) => ask(JSON.parse(entry.prop_id.slice(0, entry.prop_id.lastIndexOf("."))).chart, true));
    return none();
  }

  /* What became of saving. */
  function settle(outcome) {
    if (!outcome) return none();
    if (outcome.status === "refused") document.getElementById(ID.name).focus();
    if (outcome.status === "copied") leaveFor(outcome);
    if (outcome.status === "saved") rebase(outcome);
    return none();
  }
  function leaveFor({ dashboard }) {
    store(null);
    document.getElementById(ID["save-state"]).dataset.unsaved = "";
    window.dash_clientside.vizapp.go(`/dashboards/${dashboard}/edit`);
  }
  function rebase(outcome) {
    const untouched = same(state().draft, outcome.sent); // the server may have trimmed the name
    const wasNew = !state().dashboard;
    if (!log().offered) store(null);
    write(ID.state, { data: { dashboard: outcome.dashboard, version: outcome.version, draft: untouched ? outcome.draft : state().draft } });
    const { past, future } = log();
    const renumbered = (list) => list.map((entry, index) => ({ ...entry, changes: list.length - index }));
    write(ID.history, { data: { ...log(), base: outcome.draft, changes: untouched ? 0 : 1, merge: "", past: renumbered(past), future: renumbered(future) } });
    showFields(state().draft);
    keep();
    if (wasNew) becomeStored(outcome.dashboard);
  }
  function becomeStored(id) {
    window.history.replaceState({}, "", `/dashboards/${id}/edit`);
    write(ID.back, { href: `/dashboards/${id}`, "aria-label": "Back to the dashboard", title: "Back to the dashboard" });
  }

  const showAgain = () => { if (log()) show(state().draft); };
  window.VizappEditor = { state, items, columns, change, withItems, undo, redo, introduce, nameOf, write, props, say, showAgain, takeTyped };
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  clientside.vizapp_editor = { paint, tick, arrange, fill, press, answer, again, settle };
})();
