// What is taken for what: counts as a heat map, beside each row how much of it is right.

const BARS = 120; // pixels kept for the bars at the right

class Confusion {
  constructor(words, formats) {
    Object.assign(this, { words, formats });
    this.canvas = el("canvas");
    this.canvas.setAttribute("role", "img");
    this.hint = el("p", "hint");
    this.when = el("span", "count");
    const head = el("div", "heading", "", el("h4", "", words["confusion.title"]), this.when);
    this.node = el("section", "confusion", "", head, this.canvas, this.hint);
    this.node.hidden = true;
    this.over = null;
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => this.hover(null));
  }

  show(view, theme) {
    const { words } = this;
    const { classes, confusion } = view;
    const n = classes.length;
    this.node.hidden = !n;
    this.matrix = confusion ?? classes.map(() => classes.map(() => 0));
    Object.assign(this, { classes, theme });
    this.sums = this.matrix.map((row) => row.reduce((a, b) => a + b, 0));
    this.when.textContent = confusion ? fill(words["confusion.after"], { n: view.epoch }) : "";
    this.usual = confusion ? this.worst() : words["confusion.waiting"];
    this.canvas.setAttribute("aria-label", `${words["confusion.title"]}. ${this.usual}`);
    this.draw();
  }

  /** The pair that is mixed up most often, as a sentence. */
  worst() {
    let found = [0, 0, 0];
    this.matrix.forEach((row, i) =>
      row.forEach((count, j) => {
        if (i !== j && count > found[2]) found = [i, j, count];
      }),
    );
    return found[2] ? this.say("worst", ...found) : this.words["confusion.no_mistake"];
  }

  say(what, i, j, n) {
    const names = { n: this.formats.count(n), truth: this.classes[i], guess: this.classes[j] };
    return fill(this.words[`confusion.${what}`], names);
  }

  hover(event) {
    const { left, top, side, n } = this.box ?? {};
    const was = String(this.over);
    this.over = null;
    if (event && n) {
      const bounds = this.canvas.getBoundingClientRect();
      const j = Math.floor((event.clientX - bounds.left - left) / side);
      const i = Math.floor((event.clientY - bounds.top - top) / side);
      if (i >= 0 && i < n && j >= 0) this.over = [i, Math.min(j, n)];
    }
    if (was !== String(this.over)) this.draw();
  }

  /** The line below: the cell or bar under the pointer, else the worst mix-up. */
  explain() {
    if (!this.over) return this.usual;
    const [i, j] = this.over;
    const what = i === j ? "cell_right" : "cell_wrong";
    if (j < this.matrix.length) return this.say(what, i, j, this.matrix[i][j]);
    const values = { truth: this.classes[i], share: this.formats.share(this.right(i)) };
    return fill(this.words["confusion.class_right"], values);
  }

  right(i) {
    return this.sums[i] ? this.matrix[i][i] / this.sums[i] : 0;
  }

  draw() {
    const { canvas, matrix, theme } = this;
    const width = canvas.clientWidth;
    if (!matrix || !width) return;
    this.hint.textContent = this.explain();
    const c = canvas.getContext("2d");
    c.font = `11px ${theme.font}`;
    const n = matrix.length;
    const names = Math.max(...this.classes.map((name) => c.measureText(name).width));
    const left = Math.min(96, names) + 30;
    const tall = names > 26 ? Math.min(64, names) + 6 : 18;
    const side = Math.min(34, Math.max(200, width - left - BARS) / n);
    this.box = { left, top: 4, side, n, tall };
    const height = Math.round(4 + side * n + tall + 22);
    const ratio = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    c.scale(ratio, ratio);
    c.textBaseline = "middle";
    c.font = `11px ${theme.font}`;
    this.cells(c);
    this.labels(c);
    this.bars(c, Math.min(240, width - left - side * n - 56));
  }

  cells(c) {
    const { left, top, side, n } = this.box;
    const { theme, matrix } = this;
    matrix.forEach((row, i) =>
      row.forEach((count, j) => {
        const share = this.sums[i] ? count / this.sums[i] : 0;
        const [x, y] = [left + j * side, top + i * side];
        c.fillStyle = theme.ink;
        c.globalAlpha = 0.045;
        c.fillRect(x + 0.5, y + 0.5, side - 1, side - 1);
        c.fillStyle = i === j ? theme.train : theme.bad;
        c.globalAlpha = i === j ? 0.08 + 0.87 * share : Math.min(1, Math.sqrt(share) * 1.15);
        if (count) c.fillRect(x + 0.5, y + 0.5, side - 1, side - 1);
        const strong = c.globalAlpha > 0.55;
        c.globalAlpha = 1;
        if (this.over && this.over[0] === i && this.over[1] === j) {
          c.strokeStyle = theme.ink;
          c.lineWidth = 2;
          c.strokeRect(x + 1, y + 1, side - 2, side - 2);
        }
        if (!count || side < 17) return;
        c.fillStyle = strong ? (theme.dark ? "#000" : "#fff") : theme.ink;
        c.textAlign = "center";
        if (c.measureText(count).width > side - 2) return;
        c.fillText(count, x + side / 2, y + side / 2 + 1);
      }),
    );
  }

  labels(c) {
    const { left, top, side, n, tall } = this.box;
    c.fillStyle = this.theme.ink;
    const every = Math.ceil(12 / side);
    const shorten = (name, room) => {
      let text = String(name);
      while (text.length > 2 && c.measureText(text).width > room) text = text.slice(0, -2) + "…";
      return text;
    };
    c.globalAlpha = 0.8;
    this.classes.forEach((name, i) => {
      if (i % every) return;
      c.textAlign = "right";
      c.fillText(shorten(name, left - 30), left - 6, top + (i + 0.5) * side + 1);
      c.save();
      c.translate(left + (i + 0.5) * side, top + n * side + 6);
      if (tall > 20) c.rotate(-Math.PI / 2);
      c.textAlign = tall > 20 ? "right" : "center";
      c.fillText(shorten(name, tall), 0, tall > 20 ? 0 : 7);
      c.restore();
    });
    c.globalAlpha = 0.6;
    c.textAlign = "center";
    const middle = left + (n * side) / 2;
    c.fillText(this.words["confusion.predicted"], middle, top + n * side + tall + 12);
    c.translate(9, top + (n * side) / 2);
    c.rotate(-Math.PI / 2);
    c.fillText(this.words["confusion.truth"], 0, 0);
    c.rotate(Math.PI / 2);
    c.translate(-9, -top - (n * side) / 2);
    c.globalAlpha = 1;
  }

  bars(c, room) {
    const { left, top, side, n } = this.box;
    const x = left + n * side + 12;
    const { theme } = this;
    if (room < 24) return;
    for (let i = 0; i < n; i++) {
      const y = top + (i + 0.5) * side;
      const tall = Math.max(2, Math.min(8, side - 3));
      c.fillStyle = theme.ink;
      c.globalAlpha = 0.1;
      c.fillRect(x, y - tall / 2, room, tall);
      c.globalAlpha = 1;
      c.fillStyle = theme.good;
      c.fillRect(x, y - tall / 2, room * this.right(i), tall);
      c.fillStyle = theme.ink;
      c.globalAlpha = 0.8;
      c.textAlign = "left";
      if (side >= 11) c.fillText(this.formats.round(this.right(i)), x + room + 5, y + 1);
      c.globalAlpha = 1;
    }
    c.globalAlpha = 0.6;
    c.textAlign = "center";
    c.fillText(this.words["confusion.bars"], x + room / 2, top + n * side + 12);
    c.globalAlpha = 1;
  }
}
