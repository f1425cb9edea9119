// One map at work: the window on what goes in, the kernel, the sum, the map that comes out.

const SPEEDS = [2, 5, 12, 30, 80, 250]; // places a second

class Work {
  constructor(parent) {
    this.picture = el("canvas");
    this.field = el("div", { className: "field" });
    this.source = el("canvas");
    this.window = el("div", { className: "window" });
    this.target = el("canvas", { tabIndex: 0 });
    this.spot = el("div", { className: "spot" });
    this.notes = [0, 1, 2].map(() => el("p"));
    this.heads = [0, 1, 2].map(() => el("h4"));
    const frames = [[this.picture, this.field], [this.source, this.window], [this.target, this.spot]];
    const panels = frames.map((pair, i) =>
      el("figure", {}, this.heads[i], el("div", { className: "pane" }, ...pair), this.notes[i]));
    this.play = el("button", { type: "button", className: "play", onclick: () => this.toggle() });
    this.speed = el("input", { type: "range", min: 0, max: SPEEDS.length - 1, value: 2, step: 1 });
    this.pace = el("span");
    const controls = el("div", { className: "controls" }, this.play, el("label", {}, this.pace, this.speed));
    this.lines = el("div", { className: "lines" });
    this.total = el("p", { className: "total" });
    this.total.setAttribute("aria-live", "off");
    const left = el("div", {}, el("div", { className: "panels" }, ...panels), controls, this.total);
    this.root = el("div", { className: "work" }, el("div", { className: "inner" }, left, this.lines));
    parent.append(this.root);
    this.target.onpointerdown = (event) => this.point(event, true);
    this.target.onpointermove = (event) => event.buttons && this.point(event, true);
    this.target.onkeydown = (event) => this.key(event);
  }

  show(data, tell) {
    this.tell = tell;
    if (this.stamp !== data.stamp) {
      this.stop();
      this.stamp = data.stamp;
      this.words = data.words;
      this.sums = new Sums(data);
      this.channel = 0;
      this.place = data.place;
      this.build(data);
      this.all();
      this.move(...this.place);
    }
  }

  build({ words, picture, size, shapes, alt }) {
    this.heads.forEach((head, i) => (head.textContent = words.heads[i]));
    this.size = size;
    const image = el("img", { src: picture });
    image.onload = () => {
      Object.assign(this.picture, { width: size, height: size });
      this.picture.getContext("2d").drawImage(image, 0, 0, size, size);
    };
    this.picture.setAttribute("aria-label", words.heads[0]);
    this.target.setAttribute("aria-label", alt);
    this.target.setAttribute("role", "application");
    this.shapes = shapes;
    this.curve = null;
    this.play.textContent = words.play;
    this.pace.textContent = words.speed;
    this.cards = Array.from({ length: this.sums.count }, (_, c) => this.card(c));
    this.lines.replaceChildren(...this.cards.map(({ node }) => node));
    this.window.hidden = this.sums.role === "other";
  }

  /** A channel's line: what is under the window, times its kernel, is its part. */
  card(c) {
    const { sums, words } = this;
    const conv = sums.role === "conv";
    const name = fill(words.channel, { n: sums.channels[c] });
    const head = el("button", { type: "button", textContent: name, title: words.channel_help });
    head.onclick = () => this.choose(c);
    const grid = () => {
      const node = el("div", { className: "grid" });
      node.style.gridTemplateColumns = `repeat(${sums.kw}, auto)`;
      node.classList.toggle("fine", sums.kw > 5 || sums.kh > 5);
      for (let i = 0; i < sums.cells; i++) node.append(el("span"));
      return node;
    };
    const cells = grid();
    const row = el("div", { className: "product" }, cells);
    if (conv) {
      const kernel = grid();
      [...kernel.children].forEach((cell, i) => this.fill(cell, sums.kernel[c * sums.cells + i], sums.heavy));
      row.append(el("i", { textContent: "×" }), kernel);
    } else if (sums.role === "bend") {
      this.curve = el("canvas", { className: "curve" });
      row.append(this.curve);
    } else row.append(el("i", { className: "how", textContent: "" }));
    const part = el("b");
    row.append(el("i", { textContent: "=" }), part);
    return { node: el("div", { className: "line" }, head, row), head, cells, part, how: row.querySelector(".how") };
  }

  fill(cell, value, most) {
    cell.classList.toggle("beyond", value === null);
    const share = value === null ? 0 : value / most;
    cell.style.background = value === null ? "" : css(share);
    cell.style.color = value === null ? "" : ink(share);
    cell.textContent = value === null ? "0" : tell(value);
  }

  choose(c) {
    this.channel = c;
    this.move(...this.place);
  }

  /** The whole map that comes out, or as far as the window has come. */
  all(until = Infinity) {
    const { sums } = this;
    const bare = until === Infinity;
    paint(this.target, sums.columns, sums.rows, (i) => {
      const value = sums.made[i] / sums.most;
      return bare || i <= until ? value : shade(value).map((c) => 0.16 * c + 20);
    });
    if (this.painted !== this.channel || this.of !== sums) {
      const start = this.channel * sums.high * sums.wide;
      paint(this.source, sums.wide, sums.high, (i) => sums.given[start + i] / sums.top);
      [this.painted, this.of] = [this.channel, sums];
    }
  }

  move(row, column, numbers = true) {
    this.place = [row, column];
    const { sums, words } = this;
    const until = this.running ? row * sums.columns + column : Infinity;
    this.all(until);
    this.lay(this.window, sums.box(row, column), sums.high, sums.wide);
    this.lay(this.spot, [row, column, row + 1, column + 1], sums.rows, sums.columns);
    const [rows, columns] = [sums.reach?.[0][row], sums.reach?.[1][column]];
    this.field.hidden = !rows;
    if (rows) this.lay(this.field, [rows[0], columns[0], rows[1], columns[1]], this.size, this.size);
    const seen = rows && { high: rows[1] - rows[0], wide: columns[1] - columns[0] };
    this.notes[0].textContent = rows ? fill(words.sees, { ...seen, full: sums.field }) : words.unknown;
    this.notes[1].textContent = fill(words.given, { n: sums.channels[this.channel], shape: this.shapes[0] });
    this.notes[2].textContent = fill(words.made, { row, column, shape: this.shapes[1] });
    this.cards.forEach(({ head }, c) => head.setAttribute("aria-pressed", String(c === this.channel)));
    if (numbers) this.numbers(row, column);
  }

  lay(node, [top, left, bottom, right], high, wide) {
    const style = { top: top / high, left: left / wide, height: (bottom - top) / high, width: (right - left) / wide };
    for (const [name, share] of Object.entries(style)) node.style[name] = `${100 * share}%`;
  }

  numbers(row, column) {
    const { sums, words } = this;
    const found = sums.at(row, column);
    this.cards.forEach(({ cells, part, how }, c) => {
      found.windows[c].forEach((value, i) => {
        this.fill(cells.children[i], value, sums.top);
        const winner = sums.role === "max" && value !== null && value === found.parts[c];
        cells.children[i].classList.toggle("winner", winner);
      });
      part.textContent = tell(found.parts[c]);
      if (how) how.textContent = this.how(found.windows[c]);
    });
    if (this.curve) this.bend(found.windows[0][0], found.made);
    const parts = { parts: tell(found.parts.reduce((a, b) => a + b, 0)), bias: tell(sums.bias) };
    Object.assign(parts, { rest: tell(found.rest), others: sums.others });
    Object.assign(parts, { total: tell(found.total, 4), made: tell(found.made, 4) });
    const form = sums.role !== "conv" ? "by_itself" : sums.others ? "sum_rest" : "sum";
    this.total.textContent = fill(words[form], parts);
    const right = Math.abs(found.total - found.made) <= 1e-4 * Math.max(1, sums.most);
    this.total.dataset.right = String(right);
    this.total.append(el("b", { textContent: right ? ` ✓ ${words.equal}` : ` ✗ ${words.differs}` }));
    Object.assign(this.total.dataset, { total: found.total, made: found.made });
  }

  /** A pooling or a norm in one line. */
  how(cells) {
    const { sums, words } = this;
    if (sums.role === "max") return words.max;
    if (sums.role === "mean") return fill(words.mean, { n: sums.full ? sums.cells : cells.filter((c) => c !== null).length });
    const [mean, deviation, scale, shift] = sums.norm.map((value) => tell(value));
    return `(x − ${mean}) / ${deviation} · ${scale} + ${shift}`.replace("− −", "+ ").replace("+ −", "− ");
  }

  /** A bend's curve, and the point on it. */
  bend(x, y) {
    const [xs, ys] = this.sums.curve;
    const [wide, high] = [150, 84];
    Object.assign(this.curve, { width: 2 * wide, height: 2 * high });
    const [left, right, low, top] = [xs[0], xs.at(-1), Math.min(...ys, 0), Math.max(...ys)];
    const to = (a, b) => [(a - left) / (right - left) * wide, high - 4 - (b - low) / (top - low || 1) * (high - 8)];
    const pen = this.curve.getContext("2d");
    const style = getComputedStyle(this.root);
    pen.scale(2, 2);
    pen.strokeStyle = style.getPropertyValue("--line");
    pen.strokeRect(0, to(0, 0)[1], wide, 0);
    pen.strokeRect(to(0, 0)[0], 0, 0, high);
    pen.strokeStyle = style.color;
    pen.lineWidth = 1.6;
    pen.beginPath();
    xs.forEach((a, i) => pen.lineTo(...to(a, ys[i])));
    pen.stroke();
    pen.fillStyle = "#f07a1a";
    pen.beginPath();
    pen.arc(...to(x, y), 4, 0, 7);
    pen.fill();
  }
}
