// A dot for every head over the layers: how far it looks, or how evenly; a click chooses the head.

const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes = {}, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

const TALL = 210;
const [LEFT, TOP, BELOW] = [46, 12, 40];

class Spread {
  constructor(root, walk) {
    this.title = el("h5");
    this.chart = svg("svg", { class: "chart", height: TALL });
    this.told = el("p", { className: "hint" });
    root.append(this.title, this.chart, this.told);
    this.resized = new ResizeObserver(() => {
      this.print = "";
      walk.request();
    });
    this.resized.observe(root);
  }

  draw(book, { layer, head }) {
    const { data, words } = this;
    const { shape, values } = book[data.of];
    const wide = this.root.clientWidth;
    const print = `${book.stamp} ${layer} ${head} ${wide} ${words.y}`;
    if (!wide || this.print === print) return;
    this.print = print;
    this.title.textContent = words.title;
    const [layers, heads] = shape;
    const most = data.most === "bits" ? Math.log2(book.tokens.shape[0]) : Math.max(...values) * 1.12 || 1;
    const x = (at) => LEFT + ((at + 0.5) / layers) * (wide - LEFT - 8);
    const y = (value) => TOP + (1 - value / most) * (TALL - TOP - BELOW);
    this.chart.setAttribute("width", wide);
    this.chart.replaceChildren(...this.axes(x, y, most, layers, wide));
    for (let at = 0; at < layers; at++) {
      const row = values.subarray(at * heads, (at + 1) * heads);
      const mean = row.reduce((a, b) => a + b, 0) / heads;
      const [from, to] = [x(at) - 12, x(at) + 12];
      this.chart.append(svg("line", { class: "mean", x1: from, x2: to, y1: y(mean), y2: y(mean) }));
      row.forEach((value, one) => this.chart.append(this.dot(x(at), y(value), value, at, one, layer === at && head === one)));
    }
    const value = values[layer * heads + head];
    this.told.textContent = fill(words.about, { layer: layer + 1, head: head + 1, value: value.toFixed(1) });
  }

  dot(cx, cy, value, layer, head, chosen) {
    const node = svg("circle", { cx, cy, r: chosen ? 7 : 5, class: chosen ? "dot chosen" : "dot" });
    const { words, walk } = this;
    node.append(svg("title", {}, fill(words.dot, { layer: layer + 1, head: head + 1, value: value.toFixed(2) })));
    node.addEventListener("click", () => walk.choose({ layer, head }));
    return node;
  }

  axes(x, y, most, layers, wide) {
    const parts = [];
    const step = most > 8 ? Math.ceil(most / 4) : most / 4;
    for (let value = 0; value <= most; value += step) {
      parts.push(svg("line", { class: "rule", x1: LEFT, x2: wide, y1: y(value), y2: y(value) }));
      parts.push(svg("text", { x: LEFT - 7, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(most > 8 ? 0 : 1)));
    }
    for (let at = 0; at < layers; at++) {
      parts.push(svg("text", { x: x(at), y: TALL - BELOW + 18, "text-anchor": "middle" }, String(at + 1)));
    }
    const middle = (LEFT + wide) / 2;
    parts.push(svg("text", { class: "axis", x: middle, y: TALL - 5, "text-anchor": "middle" }, this.words.x));
    const turn = `translate(11 ${(TALL - BELOW + TOP) / 2}) rotate(-90)`;
    parts.push(svg("text", { class: "axis", transform: turn, "text-anchor": "middle" }, this.words.y));
    return parts;
  }
}
