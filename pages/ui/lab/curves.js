// The chart: curves, dots and bars over a pair of axes, which glide to where they are next.

const PAD = { left: 46, right: 14, top: 24, bottom: 38 };
const GLIDE = 130; // ms from one look to the next
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

class Chart {
  constructor(root) {
    this.head = el("figcaption");
    this.svg = drawn("svg", { tabindex: 0, role: "img" });
    this.said = el("output", { ariaLive: "polite" });
    this.clip = drawn("rect");
    const clip = drawn("clipPath", { id: "inside" });
    clip.append(this.clip);
    this.parts = {};
    this.svg.append(clip);
    for (const name of ["grid", "drawn", "marks", "cross"]) this.svg.append((this.parts[name] = drawn("g", { class: name })));
    this.parts.drawn.setAttribute("clip-path", "url(#inside)");
    this.root = el("figure", { className: "curves" }, this.head, this.svg, this.said);
    root.append(this.root);
    new ResizeObserver(() => this.resized()).observe(this.svg);
    this.svg.addEventListener("pointermove", (event) => this.read(event.clientX - this.svg.getBoundingClientRect().left));
    this.svg.addEventListener("pointerleave", () => this.read(null));
    this.svg.addEventListener("blur", () => this.read(null));
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  take(data) {
    this.data = data;
    this.lines = data.lines.map((line) => ({ ...line, x: floats(line.x), y: floats(line.y) }));
    if (!this.told) this.colour();
    else requestAnimationFrame(() => this.colour());
    const names = this.lines.map((line) => el("span", {}, this.swatch(line), line.name));
    this.head.replaceChildren(el("b", { textContent: data.title }), ...(names.length > 1 ? names : []));
    const says = `${data.title}. ${data.axes.join(", ")}. ${this.lines.map((line) => line.name).join(", ")}`;
    this.svg.setAttribute("aria-label", says);
    this.svg.style.height = `${data.height}px`;
    this.draw(true);
  }

  /** Asked for anywhere else, a width would have the page laid out at once, for every chart on it. */
  resized() {
    const wide = this.svg.clientWidth;
    if (wide === this.width) return;
    this.width = wide;
    if (this.data) this.draw();
  }

  /** The colours of the page as it is now; looked up with the next frame: at once, all styles are worked out anew. */
  colour() {
    const told = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors");
    if (told === this.told) return;
    this.told = told;
    const hues = told.split(/,(?![^(]*\))/).map((hue) => hue.trim()).filter(Boolean);
    const known = hues.length ? hues : HUES;
    known.forEach((hue, at) => this.root.style.setProperty(`--h${at}`, hue));
    this.hue = (line) => `--hue: var(--h${line.hue % known.length})`;
  }

  swatch(line) {
    const mark = el("i", { className: line.kind });
    mark.style.cssText = this.hue(line);
    return mark;
  }

  /** The ends of both axes: those given, else those of the data. */
  ends() {
    const found = [];
    for (const [at, name] of ["x", "y"].entries()) {
      const log = this.data.log.includes(name);
      const seen = [...this.lines.flatMap((line) => Array.from(line[name])), ...this.data.marks.map((mark) => mark[at])];
      if (name === "y" && !log && this.lines.some((line) => line.kind === "bars")) seen.push(0);
      const known = seen.filter((value) => Number.isFinite(value) && (!log || value > 0));
      let [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [log ? 1 : 0, 1];
      if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
      const bars = name === "x" && this.lines.some((line) => line.kind === "bars");
      const dots = this.lines.some((line) => line.kind === "dots");
      const room = bars ? 0.6 / Math.max(1, new Set(known).size - 1) : name === "y" ? 0.06 : dots ? 0.02 : 0;
      const spare = log ? (high / low) ** room : (high - low) * room;
      const [first, last] = log ? [low / spare, high * spare] : [low - spare, high + spare];
      const grounded = name === "y" && low === 0 && !log; // nothing hangs below a floor of zero
      found.push(this.data.reach[2 * at] ?? (grounded ? 0 : first), this.data.reach[2 * at + 1] ?? last);
    }
    return found;
  }

  draw(glide = false) {
    this.width ||= this.svg.clientWidth;
    if (!this.width) return;
    const { height, log } = this.data;
    const [left, right, bottom, top] = this.ends();
    this.x = new Axis(left, right, PAD.left, this.width - PAD.right, log.includes("x"));
    if (this.data.ticks.length) this.x.ticks = this.data.ticks;
    this.y = new Axis(bottom, top, height - PAD.bottom, PAD.top, log.includes("y"));
    const [wide, high] = [this.x.to - this.x.from, this.y.from - this.y.to];
    for (const [name, value] of Object.entries({ x: PAD.left - 2, y: PAD.top - 4, width: wide + 4, height: high + 8 })) this.clip.setAttribute(name, value);
    this.ground();
    const goal = this.lines.map((line) => Float32Array.from({ length: 2 * line.x.length }, (_, i) => this[i % 2 ? "y" : "x"].at(line[i % 2 ? "y" : "x"][i >> 1])));
    const same = this.shown?.length === goal.length && goal.every((points, at) => points.length === this.shown[at].length);
    cancelAnimationFrame(this.frame);
    if (glide && same && !STILL.matches && !document.hidden) this.glide(this.shown, goal, performance.now());
    else this.paint(goal);
    this.mark();
    this.read(null);
  }

  glide(from, goal, began) {
    const share = Math.min(1, (performance.now() - began) / GLIDE);
    const eased = 1 - (1 - share) ** 3;
    this.paint(share < 1 ? goal.map((points, at) => points.map((to, i) => (Number.isFinite(from[at][i]) ? from[at][i] + (to - from[at][i]) * eased : to))) : goal);
    if (share < 1) this.frame = requestAnimationFrame(() => this.glide(from, goal, began));
  }

  ground() {
    const { x, y } = this;
    const made = [];
    const counted = this.lines.some((line) => line.kind === "bars");
    for (const value of x.ticks) {
      const zero = !value && !x.log && !counted;
      made.push(drawn("line", { x1: x.at(value), x2: x.at(value), y1: y.from, y2: y.to, class: zero ? "zero" : "" }));
      made.push(drawn("text", { x: x.at(value), y: y.from + 16, "text-anchor": "middle" }, x.told(value)));
    }
    for (const value of y.ticks) {
      made.push(drawn("line", { x1: x.from, x2: x.to, y1: y.at(value), y2: y.at(value), class: value || y.log ? "" : "zero" }));
      made.push(drawn("text", { x: x.from - 7, y: y.at(value) + 4, "text-anchor": "end" }, y.told(value)));
    }
    made.push(drawn("text", { x: (x.from + x.to) / 2, y: y.from + 33, "text-anchor": "middle" }, this.data.axes[0]));
    made.push(drawn("text", { x: 2, y: 12 }, this.data.axes[1]));
    this.parts.grid.replaceChildren(...made);
  }

  paint(points) {
    this.shown = points;
    const group = this.parts.drawn;
    while (group.childElementCount > this.lines.length) group.lastChild.remove();
    while (group.childElementCount < this.lines.length) group.append(drawn("path"));
    this.lines.forEach((line, at) => {
      const path = group.children[at];
      path.setAttribute("class", line.kind);
      path.setAttribute("style", this.hue(line));
      path.setAttribute("d", line.kind === "bars" ? this.bars(points[at], line) : this.path(points[at], line.kind === "dots"));
    });
  }

  path(points, dots) {
    let [text, pen] = ["", false];
    for (let i = 0; i < points.length; i += 2) {
      const known = Number.isFinite(points[i]) && Number.isFinite(points[i + 1]);
      const up = Math.max(-9999, Math.min(9999, points[i + 1])).toFixed(1);
      if (known) text += `${dots || !pen ? "M" : "L"}${points[i].toFixed(1)} ${up}${dots ? "h0" : ""}`;
      pen = known;
    }
    return text;
  }

  bars(points, line) {
    const kin = this.lines.filter((other) => other.kind === "bars");
    const places = Array.from({ length: points.length / 2 }, (_, i) => points[2 * i]).sort((a, b) => a - b);
    const gaps = places.slice(1).map((place, i) => place - places[i]).filter((gap) => gap > 0.5);
    const wide = Math.min(70, gaps.length ? Math.min(...gaps) : 70) * 0.8 / kin.length;
    const shift = (kin.indexOf(line) - kin.length / 2) * wide;
    const floor = this.y.log ? this.y.from : Math.max(this.y.to, Math.min(this.y.from, this.y.at(0)));
    let text = "";
    for (let i = 0; i < points.length; i += 2)
      if (Number.isFinite(points[i + 1])) text += `M${(points[i] + shift + 0.5).toFixed(1)} ${floor.toFixed(1)}V${points[i + 1].toFixed(1)}h${(wide - 1).toFixed(1)}V${floor.toFixed(1)}z`;
    return text;
  }

  mark() {
    const made = [];
    for (const [across, up, text] of this.data.marks) {
      const [x, y] = [this.x.at(across), this.y.at(up)];
      if (!(x >= PAD.left - 8 && x <= this.width - PAD.right + 8 && Number.isFinite(y))) continue;
      const high = Math.max(this.y.to, Math.min(this.y.from, y));
      const last = x > this.x.from + (this.x.to - this.x.from) * 0.7;
      made.push(drawn("circle", { cx: x, cy: high, r: 4.5 }));
      const below = high < this.y.to + 14;
      made.push(drawn("text", { x: x + (last ? -9 : 9), y: high + (below ? 18 : -8), "text-anchor": last ? "end" : "start" }, text));
    }
    this.parts.marks.replaceChildren(...made);
  }

  // Reading values ---------------------------------------------------------------------------

  /** What stands under a place of the horizontal axis: per line the nearest point. */
  read(pixel) {
    this.place = pixel;
    const inside = pixel !== null && this.x && pixel >= PAD.left - 6 && pixel <= this.width - PAD.right + 6;
    const found = inside ? this.lines.map((line, at) => this.near(this.shown[at], line, pixel)).filter(Boolean) : [];
    if (!found.length) {
      this.parts.cross.replaceChildren();
      this.said.replaceChildren();
      return;
    }
    const middle = found.reduce((a, b) => (Math.abs(a.x - pixel) <= Math.abs(b.x - pixel) ? a : b));
    const rule = drawn("line", { x1: middle.x, x2: middle.x, y1: this.y.from, y2: this.y.to });
    const dots = found.filter((one) => one.y >= this.y.to - 1 && one.y <= this.y.from + 1).map((one) => drawn("circle", { cx: one.x, cy: one.y, r: 4, style: this.hue(one.line) }));
    this.parts.cross.replaceChildren(rule, ...dots);
    const rows = found.map((one) => el("div", {}, this.swatch(one.line), one.line.name, el("b", { textContent: tell(one.line.y[one.at]) })));
    this.said.replaceChildren(el("div", { textContent: `${this.data.axes[0]} = ${tell(middle.line.x[middle.at])}` }), ...rows);
    const wide = this.said.offsetWidth;
    const side = middle.x + 14 + wide < this.width ? middle.x + 14 : Math.max(0, middle.x - 14 - wide);
    this.said.style.transform = `translate(${side}px, ${this.svg.getBoundingClientRect().top - this.root.getBoundingClientRect().top + PAD.top}px)`;
  }

  near(points, line, pixel) {
    let [best, at] = [Infinity, -1];
    for (let i = 0; i < points.length; i += 2) {
      const far = Math.abs(points[i] - pixel);
      if (far < best && Number.isFinite(points[i + 1])) [best, at] = [far, i / 2];
    }
    const reach = line.kind === "dots" ? 12 : line.kind === "bars" ? 45 : 24;
    return at >= 0 && best <= reach ? { line, at, x: points[2 * at], y: points[2 * at + 1] } : null;
  }

  key(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") this.read(null);
    if (!way || !this.lines.length) return;
    event.preventDefault();
    const places = this.shown[0].filter((_, i) => i % 2 === 0).sort();
    const beyond = this.place === null ? [places[0]] : places.filter((place) => (place - this.place) * way > (event.shiftKey ? 20 : 0.4));
    const next = way > 0 ? beyond[0] : beyond.at(-1);
    if (next !== undefined) this.read(next);
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function curves({ data, parentElement }) {
  const chart = (parentElement.chart ??= new Chart(parentElement));
  chart.take(data);
}
