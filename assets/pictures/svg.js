/* What stands on the page as SVG: boxes, texts and plots at the places where the browser has put them. The fonts that
   are used come along, so that the file looks the same wherever it is opened. */
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const pen = document.createElement("canvas").getContext("2d");
  const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
  let used; // font family → its characters
  let plots; // graph element → its SVG text
  let serial = 0;

  function make(name, attributes, parent) {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) if (value !== "" && value !== null) made.setAttribute(key, value);
    if (parent) parent.append(made);
    return made;
  }
  const round = (value) => Math.round(value * 100) / 100;

  /* Programs that draw do not know rgba() in an attribute. */
  function paint(name, colour) {
    const [r, g, b, alpha = 1] = (colour.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const hex = [r, g, b].map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");
    return { [name]: `#${hex}`, [`${name}-opacity`]: alpha === 1 ? "" : alpha };
  }
  const seen = (colour) => !/^rgba\(.*,\s*0\)$/.test(colour);

  /* ---------- boxes: background and borders */
  function box(style, rect, out) {
    const radius = Math.min(parseFloat(style.borderTopLeftRadius) || 0, rect.height / 2);
    const area = { x: round(rect.x), y: round(rect.y), width: round(rect.width), height: round(rect.height), rx: radius || "" };
    if (seen(style.backgroundColor)) make("rect", { ...area, ...paint("fill", style.backgroundColor) }, out);
    const sides = ["Top", "Right", "Bottom", "Left"].map((side) => ({
      side,
      width: style[`border${side}Style`] === "none" ? 0 : parseFloat(style[`border${side}Width`]),
      colour: style[`border${side}Color`],
    })).filter(({ width, colour }) => width && seen(colour));
    if (sides.length === 4 && sides.every(({ width, colour }) => width === sides[0].width && colour === sides[0].colour)) frame(area, sides[0], out);
    else sides.forEach((side) => edge(rect, side, out));
  }
  function frame(area, { width, colour }, out) {
    const inner = { ...area, x: area.x + width / 2, y: area.y + width / 2, width: Math.max(0, area.width - width), height: Math.max(0, area.height - width) };
    make("rect", { ...inner, fill: "none", "stroke-width": width, ...paint("stroke", colour) }, out);
  }
  function edge(rect, { side, width, colour }, out) {
    const wide = side === "Top" || side === "Bottom";
    const x = side === "Right" ? rect.right - width : rect.left;
    const y = side === "Bottom" ? rect.bottom - width : rect.top;
    const size = wide ? { width: round(rect.width), height: width } : { width, height: round(rect.height) };
    make("rect", { x: round(x), y: round(y), ...size, ...paint("fill", colour) }, out);
  }

  /* ---------- texts: one element a line, at the baseline */
  const first = (family) => family.split(",")[0].trim().replace(/^["']|["']$/g, "");
  function put(text, x, top, height, style, out) {
    const clean = text.replace(NOT_XML, "");
    if (!clean.trim()) return;
    pen.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = pen.measureText("x");
    const family = first(style.fontFamily);
    used.set(family, (used.get(family) || "") + clean);
    const made = make("text", {
      x: round(x),
      y: round(top + (height - above - below) / 2 + above),
      "font-family": style.fontFamily.replace(/"/g, "'"),
      "font-size": style.fontSize,
      "font-weight": style.fontWeight === "400" ? "" : style.fontWeight,
      "letter-spacing": style.letterSpacing === "normal" ? "" : style.letterSpacing,
      style: style.fontVariantNumeric === "normal" ? "white-space:pre" : `white-space:pre;font-variant-numeric:${style.fontVariantNumeric}`,
      ...paint("fill", style.color),
    }, out);
    made.textContent = style.textTransform === "uppercase" ? clean.toUpperCase() : clean;
  }
  /* Characters with their places, as far as they are shown. */
  function* characters(node) {
    const range = document.createRange();
    let at = 0;
    for (const char of node.data) {
      range.setStart(node, at);
      range.setEnd(node, (at += char.length));
      const rect = range.getClientRects()[0];
      if (rect && rect.width) yield { char: /\s/.test(char) ? " " : char, rect };
    }
  }
  function lines(node) {
    const found = [];
    for (const { char, rect } of characters(node)) {
      const last = found[found.length - 1];
      if (last && Math.abs(last.top - rect.top) < 2) last.chars.push({ char, rect });
      else found.push({ top: rect.top, height: rect.height, chars: [{ char, rect }] });
    }
    return found;
  }
  function shortened(el) {
    const cut = el.closest("h1, h2, p, .clip, .kpi-label, .kpi-value, .name");
    if (!cut || getComputedStyle(cut).textOverflow !== "ellipsis" || cut.scrollWidth <= cut.clientWidth) return Infinity;
    return cut.getBoundingClientRect().right;
  }
  function write(node, out) {
    if (!node.data.trim()) return;
    const el = node.parentElement;
    const style = getComputedStyle(el);
    const end = shortened(el);
    for (const { top, height, chars } of lines(node)) {
      let kept = chars;
      if (chars[chars.length - 1].rect.right > end + 1) {
        pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const room = end - pen.measureText("…").width;
        kept = [...chars.filter(({ rect }) => rect.right <= room), { char: "…" }];
      }
      const x = kept[0].rect ? kept[0].rect.left : chars[0].rect.left;
      put(kept.map(({ char }) => char).join("").trimEnd(), x, top, height, style, out);
    }
  }
  /* An icon is a letter of a font, put in by the style sheet. */
  function icon(el, rect, out) {
    const style = getComputedStyle(el, "::before");
    const text = (style.content.match(/^"(.+)"$/) || [])[1];
    if (!text || style.display === "none") return;
    const size = parseFloat(style.fontSize);
    put(text, rect.left, rect.top + (rect.height - size) / 2, size, style, out);
  }

  /* ---------- drawings */
  function drawing(el, rect, out) {
    const copy = el.cloneNode(true);
    const [from, to] = [el, copy].map((one) => [one, ...one.querySelectorAll("*")]);
    from.forEach((one, index) => {
      const style = getComputedStyle(one);
      if (to[index].hasAttribute("fill") && style.fill !== "none") Object.entries(paint("fill", style.fill)).forEach(([key, value]) => to[index].setAttribute(key, value));
      if (to[index].hasAttribute("stroke") && style.stroke !== "none") Object.entries(paint("stroke", style.stroke)).forEach(([key, value]) => to[index].setAttribute(key, value));
      ["fill-opacity", "stroke-opacity"].forEach((name) => { if (to[index].getAttribute(name) === "") to[index].removeAttribute(name); });
    });
    for (const [key, value] of Object.entries({ x: round(rect.x), y: round(rect.y), width: round(rect.width), height: round(rect.height) })) copy.setAttribute(key, value);
    out.append(copy);
  }
  function graph(gd, rect, out) {
    const { letterSpacing } = getComputedStyle(gd);
    const drawn = new DOMParser().parseFromString(plots.get(gd), "image/svg+xml").documentElement;
    used.set("Inter", (used.get("Inter") || "") + drawn.textContent);
    drawn.setAttribute("x", round(rect.x));
    drawn.setAttribute("y", round(rect.y));
    drawn.setAttribute("overflow", "visible");
    if (letterSpacing !== "normal") drawn.setAttribute("letter-spacing", letterSpacing);
    out.append(drawn);
  }

  /* ---------- the walk */
  const clips = (el, style) => style.overflowX !== "visible" && (el.scrollWidth > el.clientWidth + 1 || el.scrollHeight > el.clientHeight + 1);
  function clip(rect, out) {
    const id = `clip${(serial += 1)}`;
    const holder = make("clipPath", { id }, out);
    make("rect", { x: round(rect.x), y: round(rect.y), width: round(rect.width), height: round(rect.height) }, holder);
    return make("g", { "clip-path": `url(#${id})` }, out);
  }
  function walk(node, out) {
    if (node.nodeType === Node.TEXT_NODE) { write(node, out); return; }
    if (node.nodeType !== Node.ELEMENT_NODE || node.classList.contains("visually-hidden")) return;
    const style = getComputedStyle(node);
    if (style.display === "none" || style.visibility === "hidden") return;
    const rect = node.getBoundingClientRect();
    if (plots.has(node)) { graph(node, rect, out); return; }
    if (node.localName === "svg") { drawing(node, rect, out); return; }
    let inside = style.opacity === "1" ? out : make("g", { opacity: style.opacity }, out);
    box(style, rect, inside);
    if (clips(node, style)) inside = clip(rect, inside);
    icon(node, rect, inside);
    for (const child of node.childNodes) walk(child, inside);
  }

  /* ---------- fonts */
  function ranges(text) {
    return text.split(",").map((part) => part.trim().replace(/^U\+/i, "").split("-").map((hex) => parseInt(hex, 16)))
      .map(([low, high = low]) => (code) => code >= low && code <= high);
  }
  async function embedded(rule, sheet) {
    const family = first(rule.style.fontFamily);
    const text = used.get(family);
    const within = ranges(rule.style.unicodeRange || "U+0-10FFFF");
    if (!text || ![...text].some((char) => within.some((range) => range(char.codePointAt(0))))) return "";
    const source = (rule.style.src.match(/url\("([^"]+)"\)/) || [])[1];
    const bytes = new Uint8Array(await (await fetch(new URL(source, sheet.href))).arrayBuffer());
    let binary = "";
    for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
    const weight = rule.style.fontWeight ? `font-weight:${rule.style.fontWeight};` : "";
    const range = rule.style.unicodeRange ? `unicode-range:${rule.style.unicodeRange};` : "";
    return `@font-face{font-family:"${family}";${weight}${range}src:url(data:font/woff2;base64,${btoa(binary)}) format("woff2")}`;
  }
  async function fonts() {
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule).map((rule) => embedded(rule, sheet)));
    return (await Promise.all(rules)).join("");
  }

  async function writeAll(root) {
    used = new Map();
    plots = new Map();
    for (const gd of root.querySelectorAll(".js-plotly-plot")) {
      const { width, height } = gd._fullLayout;
      plots.set(gd, await window.Plotly.toImage(gd, { format: "svg", width, height, imageDataOnly: true }));
    }
    const { width, height } = root.getBoundingClientRect();
    const svg = make("svg", { width: Math.ceil(width), height: Math.ceil(height), viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}` });
    const style = make("style", {}, make("defs", {}, svg));
    walk(root, svg);
    style.textContent = await fonts();
    return new XMLSerializer().serializeToString(svg);
  }
  window.VZ_SVG = { write: writeAll };
})();
