// The data's way through a net: a drawing per step, arrows between them, what each step costs.

const SVG = "http://www.w3.org/2000/svg";
const SIDE = 76; // pixels that the side of the whole picture is drawn with
const STEP = 3.5; // pixels from one sheet of a stack to the next
const MOST = { sheets: 9, bars: 9, units: 9, classes: 10 };
const DRAWN = { maps, tokens, units };

function svg(width, height, ...children) {
  const node = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  node.setAttribute("aria-hidden", "true");
  node.append(...children);
  return node;
}

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** Feature maps: a stack of sheets, larger ones for larger maps, more for more channels. */
function maps({ side, count }, whole) {
  const size = Math.max(12, SIDE * (side / Math.max(whole, side)) ** 0.75);
  const sheets = Math.min(MOST.sheets, count < 2 ? 1 : Math.round(Math.log2(count)) + 1);
  const extent = size + (sheets - 1) * STEP + 2;
  const parts = [];
  for (let i = sheets - 1; i >= 0; i--) {
    const [x, y] = [1 + i * STEP, extent - size - 1 - i * STEP];
    parts.push(shape("rect", { class: "sheet", x, y, width: size, height: size, rx: 2.5 }));
  }
  for (let i = 1; i < side && side <= 8; i++) {
    const [at, low] = [1 + (i * size) / side, extent - size - 1];
    const across = { x1: 1, x2: 1 + size, y1: low + at - 1, y2: low + at - 1 };
    const down = { x1: at, x2: at, y1: low, y2: low + size };
    parts.push(shape("line", { class: "cell", ...across }));
    parts.push(shape("line", { class: "cell", ...down }));
  }
  return svg(extent, extent, ...parts);
}

/** What stands in the middle of a row that is too long to be drawn whole. */
function dots(x, y, upright) {
  return [-4, 0, 4].map((by) =>
    shape("circle", { class: "more", cx: x + (upright ? 0 : by), cy: y + (upright ? by : 0), r: 1.1 }),
  );
}

/** Tokens: bars below each other, wider ones for longer vectors. */
function tokens({ count, width }) {
  const bars = Math.min(MOST.bars, count);
  const long = Math.min(96, 10 + 9 * Math.log2(width));
  const parts = [];
  for (let i = 0; i < bars; i++) {
    const y = 1 + i * 11;
    if (count > bars && i === bars - 2) parts.push(...dots(long / 2, y + 3.5, true));
    else parts.push(shape("rect", { class: "bar", x: 1, y, width: long, height: 7, rx: 2 }));
  }
  return svg(long + 2, bars * 11 - 2, ...parts);
}

/** A vector: units below each other. */
function units({ count }) {
  const shown = Math.min(MOST.units, count);
  const parts = [];
  for (let i = 0; i < shown; i++) {
    const cy = 6 + i * 12;
    if (count > shown && i === shown - 2) parts.push(...dots(6, cy, true));
    else parts.push(shape("circle", { class: "unit", cx: 6, cy, r: 4.4 }));
  }
  return svg(12, shown * 12, ...parts);
}

function classes(names) {
  const shown = names.slice(0, names.length > MOST.classes ? MOST.classes - 1 : MOST.classes);
  const cut = names.length > shown.length ? ["…"] : [];
  const list = el("div", { className: "classes" });
  list.append(...[...shown, ...cut].map((name) => el("span", {}, name)));
  if (list.childElementCount > 8) {
    list.classList.add("two");
    list.style.gridTemplateRows = `repeat(${Math.ceil(list.childElementCount / 2)}, auto)`;
  }
  return list;
}

function picture({ source, down, across }) {
  const node = el("div", { className: "picture" });
  if (source) node.style.backgroundImage = `url("${source}")`;
  node.classList.toggle("cut", down * across > 1);
  node.style.setProperty("--down", down);
  node.style.setProperty("--across", across);
  return node;
}

/** A count with its share of the whole as a bar. */
function share({ text, part }) {
  const bar = el("i", {}, el("b"));
  bar.firstChild.style.width = `${100 * part}%`;
  return el("div", { className: "share" }, text, bar);
}

function step(stage, whole) {
  const made = el("li");
  const title = el("h4", {}, stage.title);
  if (stage.times > 1) title.append(el("span", { className: "times" }, `×${stage.times}`));
  let drawn;
  if (stage.picture) drawn = picture(stage.picture);
  else if (stage.classes) drawn = classes(stage.classes);
  else drawn = DRAWN[stage.form](stage, whole);
  made.append(el("div", { className: "drawing" }, drawn), title, el("p", { className: "note" }, stage.note));
  made.append(el("p", { className: "shape" }, stage.shape), ...(stage.shares ?? []).map(share));
  if (stage.tone) made.style.setProperty("--tone", stage.tone);
  return made;
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function way({ data, parentElement }) {
  const told = JSON.stringify(data);
  const before = parentElement.querySelector(".way");
  if (before?.told === told) return;
  const list = el("ol");
  const old = before?.stages ?? [];
  data.stages.forEach((stage, i) => {
    const node = step(stage, data.whole);
    node.classList.toggle("fresh", JSON.stringify(stage) !== JSON.stringify(old[i]));
    node.style.setProperty("--at", i);
    list.append(node);
  });
  const root = Object.assign(el("div", { className: "way" }, list), { told, stages: data.stages });
  list.setAttribute("aria-label", data.label);
  if (before) before.replaceWith(root);
  else parentElement.append(root);
}
