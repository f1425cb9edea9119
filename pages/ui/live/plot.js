// One chart on one canvas: axes, grid, curves, marks, crosshair.

// Colours that stay apart for colour-blind eyes, on light and on dark grounds.
const PALETTES = {
  light: {
    train: "#1769c8",
    val: "#d4690a",
    rate: "#6b5bb5",
    good: "#0b7d5e",
    bad: "#c2292e",
    wait: "#8a6a00",
    runs: ["#1769c8", "#d4690a", "#0b8a67", "#b0489a", "#6650c4", "#8a6a00", "#0e8fb5", "#5b6470"],
  },
  dark: {
    train: "#63aeff",
    val: "#ffab52",
    rate: "#b6a6ff",
    good: "#3fd6a3",
    bad: "#ff7a75",
    wait: "#f0c94a",
    runs: ["#63aeff", "#ffab52", "#3fd6a3", "#f394d8", "#b6a6ff", "#f0d75a", "#7fdcf5", "#b4bcc8"],
  },
};
const WHOLE = ["step", "images", "sums"]; // axes without fractions
const PAD = { left: 50, right: 14, top: 20, bottom: 38 };

function el(tag, className = "", text = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  node.append(...children);
  return node;
}

/** The colours of the page as it is now. */
function readTheme(root) {
  const style = getComputedStyle(root);
  const [r, g, b] = (style.color.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  const dark = 0.299 * r + 0.587 * g + 0.114 * b > 128; // bright letters stand on a dark ground
  return { ink: style.color, font: style.fontFamily, dark, ...PALETTES[dark ? "dark" : "light"] };
}

class Plot {
  constructor(kind, title, yName) {
    this.kind = kind;
    this.yName = yName;
    this.range = null;
    this.canvas = el("canvas");
    this.title = el("figcaption", "", title);
    this.node = el("figure", `plot ${kind}`, "", this.title, this.canvas);
  }

  /** What it shows is called otherwise for another kind of run. */
  rename(title, yName) {
    this.title.textContent = title;
    this.yName = yName;
  }

  get width() {
    return this.canvas.clientWidth;
  }

  get height() {
    return this.canvas.clientHeight;
  }

  /** Pixel columns between the y axis and the right edge. */
  get inner() {
    return Math.max(1, this.width - PAD.left - PAD.right);
  }

  toX(x, scene) {
    return PAD.left + ((x - scene.low) / (scene.high - scene.low)) * this.inner;
  }

  fromX(pixel, scene) {
    return scene.low + ((pixel - PAD.left) / this.inner) * (scene.high - scene.low);
  }

  toY(value) {
    const [low, high] = this.range;
    const place = this.log ? Math.log10(Math.max(value, 1e-12)) : value;
    const bottom = this.kind === "rate" ? 8 : PAD.bottom;
    return PAD.top + (1 - (place - low) / (high - low)) * (this.height - PAD.top - bottom);
  }

  /** The values that the y axis must hold, between the ends of the x axis. */
  visible(scene) {
    const values = [];
    for (const line of this.lines(scene)) {
      const from = Math.max(0, lowerBound(line.xs, scene.goal[0]) - 1);
      const to = lowerBound(line.xs, scene.goal[1]) + 1;
      for (const value of line.ys.slice(from, to)) values.push(value);
    }
    return values;
  }

  lines(scene) {
    return scene.lines.filter((line) => line.kind === this.kind && !line.hidden);
  }

  /** Move the y axis towards what it must hold; true while it is on the way. */
  settle(scene) {
    this.log = this.kind === "loss" && scene.log;
    let goal = span(this.kind, this.visible(scene), this.log);
    if (this.log) goal = goal.map(Math.log10);
    const jump = !this.range || this.wasLog !== this.log || scene.still;
    this.wasLog = this.log;
    this.range = jump ? goal : this.range.map((end, i) => end + (goal[i] - end) * 0.22);
    const slack = (goal[1] - goal[0]) * 0.003;
    if (this.range.every((end, i) => Math.abs(end - goal[i]) < slack)) this.range = goal;
    return this.range !== goal;
  }

  draw(scene) {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = this;
    if (!width || !height) return;
    if (this.canvas.width !== Math.round(width * ratio)) this.canvas.width = width * ratio;
    if (this.canvas.height !== Math.round(height * ratio)) this.canvas.height = height * ratio;
    const c = this.canvas.getContext("2d");
    this.c = c;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.font = `11px ${scene.theme.font}`;
    c.lineJoin = "round";
    this.bottom = height - (this.kind === "rate" ? 8 : PAD.bottom);
    this.drawY(scene);
    this.drawX(scene);
    c.save();
    c.beginPath();
    const over = scene.zoomed ? 1 : 7; // room for the first and last dot
    c.rect(PAD.left - over, 2, this.inner + 2 * over, this.bottom + 6);
    c.clip();
    this.drawMarks(scene);
    if (this.kind === "duel") this.drawChance(scene);
    drawGap(this, scene);
    for (const line of this.lines(scene)) drawLine(this, line, scene);
    drawMoment(this, scene);
    drawHover(this, scene);
    c.restore();
  }

  rule(x0, y0, x1, y1, colour, alpha, dash = []) {
    const { c } = this;
    c.globalAlpha = alpha;
    c.strokeStyle = colour;
    c.lineWidth = 1;
    c.setLineDash(dash);
    c.beginPath();
    c.moveTo(x0, y0);
    c.lineTo(x1, y1);
    c.stroke();
    c.setLineDash([]);
    c.globalAlpha = 1;
  }

  text(words, x, y, colour, align = "left", alpha = 0.72) {
    const { c } = this;
    c.globalAlpha = alpha;
    c.fillStyle = colour;
    c.textAlign = align;
    c.fillText(words, x, y);
    c.globalAlpha = 1;
  }

  drawY(scene) {
    const { ink } = scene.theme;
    const [low, high] = this.range;
    const count = Math.max(2, Math.round((this.bottom - PAD.top) / 32));
    const ticks = this.log ? logTicks(10 ** low, 10 ** high) : niceTicks(low, high, count);
    const { formats } = scene;
    const name = { accuracy: formats.round, rate: (v) => formats.rate(v) }[this.kind];
    for (const tick of this.kind === "rate" && !this.lines(scene).length ? [] : ticks) {
      const y = Math.round(this.toY(tick)) + 0.5;
      this.rule(PAD.left, y, PAD.left + this.inner, y, ink, 0.09);
      this.text((name ?? formats.digits)(tick), PAD.left - 7, y + 4, ink, "right");
    }
    if (this.kind === "rate") return;
    this.c.save();
    this.c.translate(11, (PAD.top + this.bottom) / 2);
    this.c.rotate(-Math.PI / 2);
    this.text(this.yName, 0, 0, ink, "center", 0.6);
    this.c.restore();
  }

  drawX(scene) {
    const { ink } = scene.theme;
    this.drawEpochs(scene);
    const base = Math.round(this.bottom) + 0.5;
    this.rule(PAD.left, base, PAD.left + this.inner, base, ink, 0.35);
    if (this.kind === "rate") return;
    const count = Math.max(2, Math.round(this.inner / 90));
    for (const tick of niceTicks(scene.low, scene.high, count, WHOLE.includes(scene.axis))) {
      const x = this.toX(tick, scene);
      this.rule(Math.round(x) + 0.5, base, Math.round(x) + 0.5, base + 4, ink, 0.35);
      this.text(scene.formats.compact(tick), x, base + 16, ink, "center");
    }
    this.text(scene.xName, PAD.left + this.inner / 2, base + 31, ink, "center", 0.6);
  }

  /** A fence at the end of each epoch, with its number; fewer where they would hide the curve. */
  drawEpochs(scene) {
    const { ink } = scene.theme;
    let before = -Infinity;
    scene.epochs.forEach((end, i) => {
      const x = Math.round(this.toX(end, scene)) + 0.5;
      if (x - before < 26 || x < PAD.left || x > PAD.left + this.inner + 1) return;
      this.rule(x, PAD.top - 2, x, this.bottom, ink, 0.14, [2, 3]);
      const long = `${scene.epochName} ${i + 1}`;
      const fits = before === -Infinity && this.c.measureText(long).width < x - PAD.left;
      const name = fits ? long : String(i + 1);
      if (this.kind !== "rate") this.text(name, x + 1, PAD.top - 6, ink, "right", 0.5);
      before = x;
    });
  }

  /** Where both sides of a duel stand that know nothing. */
  drawChance(scene) {
    const y = Math.round(this.toY(Math.LN2)) + 0.5;
    this.rule(PAD.left, y, PAD.left + this.inner, y, scene.theme.ink, 0.4, [2, 4]);
  }

  drawMarks(scene) {
    const { ink, rate } = scene.theme;
    scene.marks.forEach((mark, i) => {
      const x = Math.round(this.toX(mark.x, scene)) + 0.5;
      this.rule(x, PAD.top - 4, x, this.bottom, rate, 0.9, [5, 3]);
      if (this.kind !== "loss") return;
      const left = x > PAD.left + this.inner * 0.7;
      const y = PAD.top + 8 + (i % 3) * 13;
      this.text(mark.label, x + (left ? -5 : 5), y, rate, left ? "right" : "left", 1);
    });
    if (!scene.picked) return;
    const [from, to] = scene.picked.map((x) => this.toX(x, scene));
    this.c.globalAlpha = 0.1;
    this.c.fillStyle = ink;
    this.c.fillRect(from, PAD.top - 4, to - from, this.bottom - PAD.top + 4);
    this.c.globalAlpha = 1;
  }
}
