// What moves over the ground: paths up to a moment, their heads, and what one step is made of.

const ARROW = 78; // pixels of the longest arrow

/** One contestant: its numbers by name, a row per moment. */
class Racer {
  constructor(told, columns) {
    Object.assign(this, told);
    const values = floats(told.values);
    this.columns = new Map(columns.map((name, at) => [name, at]));
    this.width = columns.length;
    this.values = values;
    this.last = values.length / this.width - 1; // the last moment
  }

  at(name, moment) {
    const column = this.columns.get(name);
    return column === undefined ? NaN : this.values[Math.min(this.last, Math.max(0, moment)) * this.width + column];
  }

  /** The place between two moments. */
  place(moment) {
    const whole = Math.min(this.last, Math.floor(moment));
    const part = Math.min(1, moment - whole);
    const next = Math.min(this.last, whole + 1);
    return ["x", "y"].map((axis) => this.at(axis, whole) * (1 - part) + this.at(axis, next) * part);
  }

  /** A pair of numbers, null where this optimiser has no such thing. */
  pair(name, moment) {
    const found = [this.at(`${name}x`, moment), this.at(`${name}y`, moment)];
    return found.some(Number.isNaN) ? null : found;
  }
}

class Trails {
  constructor() {
    this.canvas = el("canvas", { className: "trails", tabIndex: 0 });
  }

  draw(race) {
    const { view, theme, width, height, racers, focus } = race;
    const ratio = window.devicePixelRatio || 1;
    const { canvas } = this;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio))
      Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const c = canvas.getContext("2d");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.save();
    c.beginPath();
    c.rect(PAD.left, PAD.top, view.wide, view.high);
    c.clip();
    this.marks(c, race);
    const order = [...racers].sort((a, b) => (a.name === focus) - (b.name === focus));
    for (const racer of order) this.path(c, race, racer);
    for (const racer of order) this.head(c, race, racer);
    const chosen = racers.find((racer) => racer.name === focus);
    if (chosen && race.anatomy) this.anatomy(c, race, chosen);
    if (race.start) this.start(c, view, race.start, theme);
    c.restore();
  }

  marks(c, { view, data, theme }) {
    c.lineWidth = 1.6;
    for (const [x, y] of data.minima) star(c, view.x(x), view.y(y), theme);
    c.strokeStyle = theme.ink;
    c.globalAlpha = 0.6;
    for (const [x, y] of data.saddles) {
      const [px, py] = [view.x(x), view.y(y)];
      c.beginPath();
      for (const side of [-1, 1]) {
        c.moveTo(px - 4, py - 4 * side);
        c.lineTo(px + 4, py + 4 * side);
      }
      c.stroke();
    }
    c.globalAlpha = 1;
  }

  path(c, race, racer) {
    const { view, theme, moment, focus } = race;
    const whole = Math.min(racer.last, Math.floor(moment));
    const points = Array.from({ length: whole + 1 }, (_, k) => racer.place(k));
    points.push(racer.place(moment));
    const drawn = points.map(([x, y]) => [bounded(view.x(x)), bounded(view.y(y))]);
    c.lineJoin = c.lineCap = "round";
    const mine = racer.name === focus;
    for (const [colour, wide, alpha] of [
      [theme.ground, mine ? 5.5 : 4, 0.75],
      [theme.hues[racer.hue], mine ? 3 : 2, 1],
    ]) {
      Object.assign(c, { strokeStyle: colour, lineWidth: wide, globalAlpha: alpha });
      c.beginPath();
      drawn.forEach(([x, y], k) => (k ? c.lineTo(x, y) : c.moveTo(x, y)));
      c.stroke();
    }
    c.globalAlpha = 1;
    c.fillStyle = theme.hues[racer.hue];
    drawn.slice(0, -1).forEach(([x, y], k) => {
      const [before, after] = [drawn[k - 1], drawn[k + 1]];
      if (before && Math.hypot(x - before[0], y - before[1]) < 7) return;
      if (!before && after && Math.hypot(x - after[0], y - after[1]) < 7) return;
      c.beginPath();
      c.arc(x, y, mine ? 3 : 2.4, 0, 7);
      c.fill();
    });
  }

  head(c, { view, theme, moment, focus }, racer) {
    const [x, y] = racer.place(moment);
    c.beginPath();
    c.arc(bounded(view.x(x)), bounded(view.y(y)), racer.name === focus ? 7.5 : 6, 0, 7);
    c.fillStyle = theme.hues[racer.hue];
    c.fill();
    c.lineWidth = 2;
    c.strokeStyle = theme.ground;
    c.stroke();
  }

  /** Arrows at the moment: against the gradient, against the momentum, the step; √v as an ellipse. */
  anatomy(c, { view, theme, moment }, racer) {
    const now = Math.min(Math.floor(moment), racer.last - 1);
    const step = racer.pair("d", now);
    if (now < 0 || !step || moment >= racer.last) return; // a finished path is left in peace
    const [px, py] = racer.place(now).map((v, i) => bounded(i ? view.y(v) : view.x(v)));
    const [g, m, s] = ["g", "m", "s"].map((name) => racer.pair(name, now));
    const longest = Math.max(...[g, m, s].filter(Boolean).map(([x, y]) => Math.hypot(x, y)), 1e-30);
    const unit = ARROW / longest;
    if (s) {
      c.beginPath();
      c.ellipse(px, py, Math.max(1.5, s[0] * unit), Math.max(1.5, s[1] * unit), 0, 0, 7);
      Object.assign(c, { strokeStyle: theme.ink, lineWidth: 1.5, globalAlpha: 0.75 });
      c.setLineDash([5, 4]);
      c.stroke();
      c.setLineDash([]);
      c.globalAlpha = 1;
    }
    const parts = ARROWS[theme.name];
    if (m) arrow(c, theme, px, py, -m[0] * unit, m[1] * unit, parts.m);
    arrow(c, theme, px, py, -g[0] * unit, g[1] * unit, parts.g);
    const long = Math.hypot(...step) * view.scale;
    const grown = (0.8 * ARROW) / Math.max(long, 1e-30);
    arrow(c, theme, px, py, step[0] * view.scale * grown, -step[1] * view.scale * grown, parts.d);
  }

  /** Where the race begins: to be dragged. */
  start(c, view, [x, y], theme) {
    const [px, py] = [view.x(x), view.y(y)];
    for (const [colour, wide] of [[theme.ground, 5], [theme.ink, 2]]) {
      Object.assign(c, { strokeStyle: colour, lineWidth: wide });
      c.beginPath();
      c.arc(px, py, 9, 0, 7);
      for (const [dx, dy] of [[1, 0], [0, 1], [-1, 0], [0, -1]]) {
        c.moveTo(px + 9 * dx, py + 9 * dy);
        c.lineTo(px + 14 * dx, py + 14 * dy);
      }
      c.stroke();
    }
  }
}

const ARROWS = {
  light: { g: "#C2292E", m: "#0B6E8A", d: "#14151A" },
  dark: { g: "#FF7A75", m: "#5CD6F0", d: "#FFFFFF" },
};

/** Canvas paths that reach to infinity are not drawn at all. */
function bounded(value) {
  return Math.min(1e5, Math.max(-1e5, Number.isFinite(value) ? value : 1e5));
}

function arrow(c, theme, x, y, dx, dy, colour) {
  const long = Math.hypot(dx, dy);
  if (long < 1) return;
  const [ux, uy] = [dx / long, dy / long];
  const tip = Math.min(11, 0.5 * long + 3);
  for (const [paint, wide] of [[theme.ground, 6], [colour, 3]]) {
    Object.assign(c, { strokeStyle: paint, fillStyle: paint, lineWidth: wide, lineCap: "round" });
    c.beginPath();
    c.moveTo(x, y);
    c.lineTo(x + dx - ux * tip, y + dy - uy * tip);
    c.stroke();
    c.beginPath();
    c.moveTo(x + dx, y + dy);
    c.lineTo(x + dx - ux * tip - uy * tip * 0.5, y + dy - uy * tip + ux * tip * 0.5);
    c.lineTo(x + dx - ux * tip + uy * tip * 0.5, y + dy - uy * tip - ux * tip * 0.5);
    c.closePath();
    if (wide > 3) c.stroke();
    c.fill();
  }
}

function star(c, x, y, theme) {
  c.beginPath();
  for (let k = 0; k < 10; k += 1) {
    const [far, turn] = [k % 2 ? 3.6 : 8.5, (k * Math.PI) / 5 - Math.PI / 2];
    c.lineTo(x + far * Math.cos(turn), y + far * Math.sin(turn));
  }
  c.closePath();
  Object.assign(c, { fillStyle: "#F2B92B", strokeStyle: theme.name === "dark" ? "#15161A" : "#6B4E00" });
  c.fill();
  c.stroke();
}
