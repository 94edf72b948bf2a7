/* Draws <span data-svg="<svg …>"> from its text. Dash has no raw markup, and a picture in <img> cannot see the theme's
   variables. Only shapes and their looks get through: no links, no scripts, no styles, no foreign content. */
(function () {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const ELEMENTS = new Set(["svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title"]);
  const ATTRIBUTES = new Set(["viewbox", "preserveaspectratio", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry",
    "d", "points", "transform", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin",
    "stroke-dasharray", "stroke-dashoffset", "vector-effect", "opacity", "font-size", "font-weight", "font-family", "text-anchor", "dominant-baseline", "letter-spacing"]);
  const LIMIT = 20000; // elements; a thumbnail has a few hundred
  let left = 0;

  const safe = (value) => !/url\s*\(|[<>\\]/i.test(value);

  function build(source) {
    const name = source.localName;
    if (source.namespaceURI !== SVG || !ELEMENTS.has(name) || (left -= 1) < 0) return null;
    const made = document.createElementNS(SVG, name);
    for (const { name: key, value } of source.attributes) {
      if (ATTRIBUTES.has(key.toLowerCase()) && safe(value)) made.setAttribute(key, value);
    }
    for (const child of source.childNodes) {
      const part = child.nodeType === Node.ELEMENT_NODE ? build(child) : child.nodeType === Node.TEXT_NODE ? document.createTextNode(child.data) : null;
      if (part) made.append(part);
    }
    return made;
  }

  function parse(text) {
    if (!text) return null;
    const named = text.includes("xmlns=") ? text : text.replace("<svg", `<svg xmlns="${SVG}"`);
    const root = new DOMParser().parseFromString(named, "image/svg+xml").documentElement;
    left = LIMIT;
    const drawn = build(root);
    if (!drawn || drawn.localName !== "svg") return null;
    drawn.setAttribute("aria-hidden", "true"); // the span around it speaks
    drawn.setAttribute("focusable", "false");
    return drawn;
  }

  function draw(box) {
    const drawn = parse(box.dataset.svg);
    box.replaceChildren(...(drawn ? [drawn] : []));
  }

  function drawAll(root) {
    if (root.namespaceURI === SVG) return; // plotly's own nodes, by the thousand
    if (root.matches && root.matches("[data-svg]")) draw(root);
    root.querySelectorAll("[data-svg]").forEach(draw);
  }

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") draw(change.target);
      else for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) drawAll(node);
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-svg"] });
  drawAll(document.documentElement);
})();
