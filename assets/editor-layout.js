/* Where tiles stand, as pure functions of [{chartId, position}]: the rules of react-grid-layout with vertical compaction,
   needed where no mouse is involved (keyboard, a chart added by a button, the first look at a stored layout). */
(function () {
  "use strict";
  const overlaps = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  const blocker = (placed, box) => placed.find((other) => overlaps(other, box));
  const boxOf = (item) => ({ id: item.chartId, ...item.position });
  const find = (items, id) => items.find((item) => item.chartId === id);

  /* Inside the columns, whatever was stored. */
  function inside(box, columns) {
    const w = Math.max(1, Math.min(box.w, columns));
    return { ...box, w, x: Math.max(0, Math.min(box.x, columns - w)) };
  }

  /* Every tile as high up as it can go without covering one that comes before it; `lead` comes first in its row. */
  function pack(items, columns, lead) {
    const boxes = items.map((item) => inside(boxOf(item), columns));
    const placed = boxes.filter((box) => box.static);
    const order = boxes.filter((box) => !box.static)
      .sort((a, b) => a.y - b.y || (b.id === lead) - (a.id === lead) || a.x - b.x);
    for (const box of order) {
      while (box.y > 0 && !blocker(placed, { ...box, y: box.y - 1 }) && !blocker(placed, box)) box.y -= 1;
      for (let hit = blocker(placed, box); hit; hit = blocker(placed, box)) box.y = hit.y + hit.h;
      placed.push(box);
    }
    const where = new Map(placed.map((box) => [box.id, box]));
    return items.map((item) => {
      const { x, y, w, h } = where.get(item.chartId);
      return { ...item, position: { ...item.position, x, y, w, h } };
    });
  }

  const put = (items, id, change) => items.map((item) => (item.chartId === id ? { ...item, position: { ...item.position, ...change } } : item));

  function sideways(items, id, step, columns) {
    const at = find(items, id).position;
    const x = Math.max(0, Math.min(at.x + step, columns - at.w));
    return x === at.x ? items : pack(put(items, id, { x }), columns, id);
  }

  /* One place up or down: past whatever is in the way, because compaction would undo a single row. */
  function upright(items, id, step, columns) {
    const at = find(items, id).position;
    const end = items.reduce((low, item) => Math.max(low, item.position.y + item.position.h), 0) + 1;
    for (let y = at.y + step; y >= 0 && y <= end; y += step) {
      const packed = pack(put(items, id, { y }), columns, id);
      if ((find(packed, id).position.y - at.y) * step > 0) return packed;
    }
    return items;
  }

  const move = (items, id, dx, dy, columns) => (dx ? sideways(items, id, dx, columns) : upright(items, id, dy, columns));

  function resize(items, id, dw, dh, columns) {
    const at = find(items, id).position;
    const between = (value, least, most) => Math.max(least || 1, Math.min(value, most));
    const w = between(at.w + dw, at.minW, Math.min(at.maxW || columns, columns - at.x));
    const h = between(at.h + dh, at.minH, at.maxH || 1000);
    return w === at.w && h === at.h ? items : pack(put(items, id, { w, h }), columns, id);
  }

  /* The first place, line by line, that is free for w × h. */
  function free(items, w, h, columns) {
    const boxes = items.map(boxOf);
    const width = Math.min(w, columns);
    for (let y = 0; ; y += 1) {
      for (let x = 0; x + width <= columns; x += 1) {
        if (!blocker(boxes, { x, y, w: width, h })) return { x, y, w: width, h };
      }
    }
  }

  window.VizappLayout = { pack, move, resize, free, find };
})();
