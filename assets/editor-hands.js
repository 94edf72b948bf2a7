/* The hands of the editor: selecting, arrow keys, adding and removing, dragging a chart in. Listeners sit on the
   document, so it does not matter when React draws. */
(function () {
  "use strict";
  const rules = () => window.VizappLayout;
  const $ = (selector, root = document) => root.querySelector(selector);
  const editor = () => window.VizappEditor;
  const here = () => Boolean($("#editor-grid, .editor"));
  const closest = (event, selector) => (event.target.closest ? event.target.closest(selector) : null);
  const tileFor = (chart) => $(`.slot:not(.is-gone) > .tile[data-chart="${chart}"]`);
  const place = ({ x, y, w, h }) => `row ${y + 1}, column ${x + 1}, ${w} by ${h}`;
  let hand = null; // what the mouse holds: the grid's next word is about this
  let carried = null; // the chart that is being dragged in

  /* ---------- selecting: the tile that has the focus, or has something in it that has */
  function select(tile) {
    document.querySelectorAll(".canvas .tile.is-selected").forEach((el) => { if (el !== tile) el.classList.remove("is-selected"); });
    if (!tile) return;
    tile.classList.add("is-selected");
    showSize(tile);
  }
  function showSize(tile) {
    const item = rules().find(editor().items(), Number(tile.dataset.chart));
    if (item) tile.dataset.size = `${item.position.w} × ${item.position.h}`;
  }
  document.addEventListener("focusin", (event) => { if (here()) select(closest(event, ".canvas .slot > .tile")); });
  document.addEventListener("pointerdown", (event) => {
    if (!here()) return;
    const box = closest(event, ".react-grid-item");
    const tile = box && $(".slot > .tile", box);
    hand = tile ? { chart: Number(tile.dataset.chart), resizing: Boolean(closest(event, ".react-resizable-handle")) } : null;
    // plotly keeps the browser from giving the focus to what is pressed
    if (tile && !closest(event, "a, button, input, [tabindex='0']:not(.tile)")) setTimeout(() => tile.focus({ preventScroll: true }));
    if (!tile && closest(event, ".canvas")) select(null);
  });
  // the grid speaks right after the button is let go; what it says later, it says by itself
  document.addEventListener("pointerup", () => { const held = hand; setTimeout(() => { if (hand === held) hand = null; }, 300); });
  document.addEventListener("pointermove", () => {
    const box = hand && hand.resizing && $(".react-grid-item.react-grid-placeholder");
    const tile = box && tileFor(hand.chart);
    if (!tile) return;
    const { w, h } = cellsOf(box);
    tile.dataset.size = `${w} × ${h}`;
  });

  /* ---------- what is on the screen, in cells */
  function cellsOf(box) {
    const { cols, rowHeight, margin: [gap] } = editor().props("editor-grid");
    const column = (box.parentElement.clientWidth - gap * (cols - 1)) / cols;
    const [, left, top] = /translate\((-?[\d.]+)px, ?(-?[\d.]+)px\)/.exec(box.style.transform) || [0, 0, 0];
    const count = (size, unit) => Math.round((Number(size) + gap) / (unit + gap));
    return { x: count(left - gap, column), y: count(top - gap, rowHeight), w: count(parseFloat(box.style.width), column), h: count(parseFloat(box.style.height), rowHeight) };
  }

  /* ---------- adding and removing */
  function factsOf(item) {
    const [w, h] = item.dataset.size.split("x").map(Number);
    return { chart: Number(item.dataset.chart), name: item.dataset.name, kind: item.dataset.kind, about: item.dataset.about, w, h };
  }
  const layoutWith = (items) => editor().withItems(editor().state().draft, items);
  function insert({ chart, name, kind }, position, others) {
    editor().introduce(chart, { name, kind });
    const next = rules().pack([...others, { chartId: chart, position }], editor().columns(), chart);
    editor().change(`add ${name}`, layoutWith(next));
    editor().say(`“${name}” added at ${place(rules().find(next, chart).position)}`);
  }
  function add(item) {
    const facts = factsOf(item);
    if (rules().find(editor().items(), facts.chart)) { goTo(facts.chart); return; }
    insert(facts, rules().free(editor().items(), facts.w, facts.h, editor().columns()), editor().items());
    reveal(facts.chart, false);
  }
  function reveal(chart, focus, tries = 20) {
    const tile = tileFor(chart);
    if (!tile) { if (tries) setTimeout(() => reveal(chart, focus, tries - 1), 50); return; }
    if (focus) tile.focus({ preventScroll: true });
    setTimeout(() => tile.scrollIntoView({ block: "nearest", behavior: "smooth" }), 200); // after the grid has moved it
  }
  const goTo = (chart) => reveal(chart, true);
  function remove(chart) {
    const name = editor().nameOf(chart);
    const order = [...editor().items()].sort((a, b) => a.position.y - b.position.y || a.position.x - b.position.x).map((item) => item.chartId);
    const next = order[order.indexOf(chart) + 1] || order[order.indexOf(chart) - 1];
    editor().change(`remove ${name}`, layoutWith(rules().pack(editor().items().filter((item) => item.chartId !== chart), editor().columns())));
    editor().say(`“${name}” removed`);
    if (next) tileFor(next).focus({ preventScroll: true }); else $("#editor-search").focus();
  }
  document.addEventListener("click", (event) => { if (closest(event, "#editor-save, #editor-overwrite, #editor-copy")) editor().takeTyped(); }, true);
  document.addEventListener("click", (event) => {
    if (!here()) return;
    const gone = closest(event, ".canvas [data-remove]");
    const added = closest(event, ".side-add");
    if (gone) remove(Number(gone.dataset.remove));
    if (added) add(added.closest(".side-item"));
  });

  /* ---------- keys */
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const typing = (el) => Boolean(el && (el.isContentEditable || /^(input|textarea|select)$/i.test(el.tagName)));
  document.addEventListener("keydown", (event) => {
    if (!here()) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && !typing(event.target) && /^[zy]$/i.test(event.key)) {
      event.preventDefault();
      if (event.key.toLowerCase() === "y" || event.shiftKey) editor().redo(); else editor().undo();
    } else if (event.target.matches && event.target.matches(".canvas .slot > .tile") && !command && !event.altKey) onTile(event);
  });
  function onTile(event) {
    const chart = Number(event.target.dataset.chart);
    if (ARROWS[event.key]) { event.preventDefault(); nudge(chart, ARROWS[event.key], event.shiftKey); }
    if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); remove(chart); }
    if (event.key === "Escape") { event.target.blur(); select(null); }
  }
  function nudge(chart, [dx, dy], resizing) {
    const items = (resizing ? rules().resize : rules().move)(editor().items(), chart, dx, dy, editor().columns());
    const name = editor().nameOf(chart);
    hand = null;
    editor().change(`${resizing ? "resize" : "move"} ${name}`, layoutWith(items), `keys:${resizing}:${chart}`);
    editor().say(`“${name}” at ${place(rules().find(items, chart).position)}`);
    showSize(tileFor(chart));
    reveal(chart, false);
  }

  /* ---------- dragging in */
  document.addEventListener("dragstart", (event) => {
    const item = closest(event, ".side-item[data-chart]");
    carried = null;
    if (!item) return;
    const facts = factsOf(item);
    if (rules().find(editor().items(), facts.chart)) { event.preventDefault(); goTo(facts.chart); return; }
    carried = { ...facts, w: Math.min(facts.w, editor().columns()) };
    event.dataTransfer.setData("text/plain", facts.name);
    event.dataTransfer.effectAllowed = "copy";
    event.dataTransfer.setDragImage(ghost(item, facts), 14, 14);
    // the grid shows the place with the chart's own size
    editor().write("editor-grid", { droppingItem: { i: "__dropping-elem__", w: carried.w, h: carried.h } });
  });
  function ghost(item, { name, about }) {
    const made = document.createElement("div");
    made.className = "ghost editor-ghost";
    made.append(Object.assign(document.createElement("div"), { className: "tile-title clip", textContent: name }),
      Object.assign(document.createElement("div"), { className: "tile-sub", textContent: about }));
    const drawing = $("svg", item);
    if (drawing) made.append(drawing.cloneNode(true));
    document.body.append(made);
    setTimeout(() => made.remove()); // the browser has taken its picture by then
    return made;
  }
  document.addEventListener("dragover", () => {
    const box = carried && $(".react-grid-item.react-grid-placeholder");
    if (box) box.dataset.say = `Drop here, ${carried.w} × ${carried.h}`;
  }, true);
  /* Before the grid hears of it: where it shows everything is where everything goes. */
  document.addEventListener("drop", (event) => {
    const grid = carried && closest(event, ".react-grid-layout");
    if (!grid) return;
    const facts = carried;
    const { position, others } = shown(grid, facts, event);
    setTimeout(() => { insert(facts, position, others); reveal(facts.chart, true); });
  }, true);
  /* Not dropped, or dropped elsewhere: what had moved aside goes back. */
  document.addEventListener("dragend", () => {
    if (carried) setTimeout(() => { carried = null; editor().showAgain(); });
  });
  function shown(grid, { w, h }, event) {
    const tiles = [...grid.querySelectorAll(":scope > .react-grid-item")].filter((box) => $(".slot > .tile", box));
    const cells = new Map(tiles.map((box) => [Number($(".slot > .tile", box).dataset.chart), cellsOf(box)]));
    const others = editor().items().map((item) => ({ ...item, position: { ...item.position, ...(cells.get(item.chartId) || {}) } }));
    return { others, position: { ...under(grid, event, w), w, h } };
  }
  /* The corner of what is carried is at the pointer, as the grid has it. */
  function under(grid, event, width) {
    const { cols, rowHeight, margin: [gap] } = editor().props("editor-grid");
    const box = grid.getBoundingClientRect();
    const cell = (at, size) => Math.max(0, Math.round(at / (size + gap)));
    const column = (box.width - gap * (cols - 1)) / cols;
    return { x: Math.min(cell(event.clientX - box.left, column), cols - width), y: cell(event.clientY - box.top, rowHeight) };
  }

  /* What the grid says now: {chart, resizing} by hand, null by itself, undefined while a chart is on its way in. */
  window.VizappHands = { take: () => { const held = carried ? undefined : hand; hand = null; return held; } };
})();
