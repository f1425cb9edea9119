// Step 4 in numbers: query times key, scaled, softmax, and the sum of values, for one row.

const SHOWN = 6; // keys of the row that are written out

class Sum {
  constructor(root, walk) {
    this.told = el("p", { className: "hint" });
    this.vectors = el("div", { className: "vectors" });
    this.table = el("table");
    this.result = el("div", { className: "vectors" });
    root.append(this.vectors, el("div", { className: "scroll" }, this.table), this.result, this.told);
    this.walk = walk;
    this.strips = Array.from({ length: 4 }, () => el("canvas", { className: "strip" }));
    this.icons = Array.from({ length: SHOWN }, () => el("canvas", { className: "icon" }));
  }

  draw(book, { query, layer, head }) {
    const rows = book.rows;
    const { words, walk } = this;
    const token = book.token(query);
    if (!rows?.q || rows.layer !== layer || rows.head !== head || !(rows.row || rows.query === token)) {
      this.root.classList.add("waiting");
      return;
    }
    this.root.classList.remove("waiting");
    const [n, d] = rows.q.shape;
    const part = (vectors, i) => vectors.values.subarray(i * d, (i + 1) * d);
    const weights = rows.row ? rows.row.values.subarray(token * n, (token + 1) * n) : rows.weights.values;
    const q = part(rows.q, token);
    const dots = Array.from({ length: n }, (_, key) => part(rows.k, key).reduce((sum, value, i) => sum + value * q[i], 0));
    const keys = this.keys(weights, dots, walk.pointed, book);
    const lines = keys.map((key) => {
      return { key, dot: dots[key], scaled: dots[key] / Math.sqrt(d), weight: weights[key] };
    });
    const mixed = new Float32Array(d);
    for (let key = 0; key < n; key++) part(rows.v, key).forEach((value, i) => (mixed[i] += weights[key] * value));
    this.write(book, words, lines, n);
    const name = book.name(query, words);
    const best = keys[0];
    this.vectors.replaceChildren(
      strip(`q · ${name}`, q, this.strips[0]),
      strip(`k · ${book.name(best - book.first, words)}`, part(rows.k, best), this.strips[1]),
      strip(`v · ${book.name(best - book.first, words)}`, part(rows.v, best), this.strips[2]),
    );
    this.result.replaceChildren(strip(fill(words.mixed, { one: name }), mixed, this.strips[3]));
    this.told.textContent = fill(words.about, { n, d, more: n - lines.length });
  }

  /** The keys with most of the row, the one below the pointer first. */
  keys(weights, dots, pointed, book) {
    const better = (a, b) => weights[b] - weights[a] || dots[b] - dots[a];
    const order = Array.from(dots.keys()).sort(better).slice(0, SHOWN);
    const extra = pointed === undefined ? undefined : book.token(pointed);
    return extra === undefined || extra < 0 ? order : [extra, ...order.filter((key) => key !== extra)].slice(0, SHOWN);
  }

  write(book, words, lines, n) {
    const cell = (text, tag = "td") => el(tag, { textContent: text });
    const heads = ["", words.key, "q·k", "q·k / √d", "softmax"].map((text) => cell(text, "th"));
    const rows = lines.map(({ key, dot, scaled: small, weight }, i) => {
      const patch = key - book.first;
      const icon = el("td");
      if (patch >= 0) icon.append(book.piece(patch, this.icons[i]));
      const share = el("td", { className: "share" });
      share.append(el("i", { style: `width:${70 * weight}px` }), percent(weight));
      const row = el("tr", {}, icon, cell(book.name(patch, words)), cell(dot.toFixed(2)), cell(small.toFixed(2)), share);
      if (patch >= 0) row.onpointerenter = () => this.walk.point(patch);
      return row;
    });
    const rest = 1 - lines.reduce((sum, line) => sum + line.weight, 0);
    const others = [cell(""), cell(fill(words.rest, { n: n - lines.length })), cell(""), cell(""), cell(percent(Math.max(0, rest)))];
    const last = el("tr", { className: "rest" }, ...others);
    this.table.replaceChildren(el("tr", {}, ...heads), ...rows, ...(n > lines.length ? [last] : []));
  }
}

/** A vector as a strip of colours with its name. */
function strip(name, values, old) {
  const canvas = heatmap(scaled(values, { signed: true }), 1, values.length, true, old);
  canvas.title = Array.from(values.slice(0, 64), (value) => value.toFixed(2)).join("  ");
  return el("figure", {}, el("figcaption", { textContent: name }), canvas);
}
