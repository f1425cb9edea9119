// Cells as colours on a canvas, and the small helpers of the element.

const HEAT = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
const [FOR, AGAINST] = [[255, 122, 26], [58, 134, 255]];
const LIFT = 0.6; // exponent that makes weak values visible, too

function shade(value) {
  const place = Math.min(1, Math.max(0, value)) * (HEAT.length - 1);
  const at = Math.min(HEAT.length - 2, Math.floor(place));
  return HEAT[at].map((low, c) => Math.round(low + (HEAT[at + 1][c] - low) * (place - at)));
}

/** A number with so many digits; infinities and what is no number have their signs. */
function tell(value, digits) {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const plain = Math.abs(value) < 1e6 ? value.toFixed(digits) : value.toExponential(1);
  return (/^-0\.?0*$/.test(plain) ? plain.slice(1) : plain).replace("-", "−");
}

function numbers(told) {
  if (!told.values) return null;
  return told.style === "number" ? new Float64Array(bytes(told.values).buffer) : floats(told.values);
}

function line(pen, x, y, right, down) {
  pen.moveTo(x, y);
  pen.lineTo(x + right, y + down);
}

/** The cells of a block that is seen rather than read. */
class Canvas {
  paint() {
    const [wide, tall] = [this.columns * this.wide, this.rows * this.high];
    const ratio = Math.max(1, Math.min(3, globalThis.devicePixelRatio || 1));
    const { body } = this;
    Object.assign(body.style, { width: `${wide}px`, height: `${tall}px` });
    Object.assign(body, { width: Math.round(wide * ratio), height: Math.round(tall * ratio) });
    body.setAttribute("role", "application");
    body.setAttribute("aria-label", `${this.told.name} ${this.told.note}`);
    const pen = body.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.pixels(), 0, 0, wide, tall);
    if (this.wide >= 9) this.lines(pen, wide, tall);
    for (const at of this.hatched) this.hatch(pen, ...at.split(",").map(Number));
    this.ring(pen, this.picked, "#35e0c4");
    if (this.cursor) this.ring(pen, new Set([String(this.cursor)]), "#ffffff");
  }

  pixels() {
    const { told, values, rows, columns } = this;
    const canvas = el("canvas", { width: columns, height: rows });
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(columns, rows);
    const known = values.filter(Number.isFinite);
    const [low, high] = known.reduce(([l, h], v) => [Math.min(l, v), Math.max(h, v)], [Infinity, -Infinity]);
    const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
    const colour = (i) => {
      if (told.style === "picture") {
        const parts = told.shape[2] ? [0, 1, 2].map((c) => values[3 * i + c]) : Array(3).fill(values[i]);
        return [...parts.map((v) => Math.round(255 * Math.min(1, Math.max(0, v)))), 255];
      }
      const value = values[i];
      if (!Number.isFinite(value)) return [0, 0, 0, 0];
      if (low >= 0) return [...shade(high > 0 ? value / high : 0), 255];
      return [...(value < 0 ? AGAINST : FOR), Math.round(255 * (Math.abs(value) / most) ** LIFT)];
    };
    for (let i = 0; i < rows * columns; i++) image.data.set(colour(i), 4 * i);
    pen.putImageData(image, 0, 0);
    return canvas;
  }

  lines(pen, wide, tall) {
    pen.strokeStyle = "rgba(140,140,150,0.28)";
    pen.lineWidth = 1;
    pen.beginPath();
    for (let i = 0; i <= this.columns; i++) line(pen, Math.min(wide - 0.5, i * this.wide + 0.5), 0, 0, tall);
    for (let i = 0; i <= this.rows; i++) line(pen, 0, Math.min(tall - 0.5, i * this.high + 0.5), wide, 0);
    pen.stroke();
  }

  hatch(pen, row, column) {
    const [x, y, w, h] = [column * this.wide, row * this.high, this.wide, this.high];
    pen.save();
    pen.beginPath();
    pen.rect(x, y, w, h);
    pen.clip();
    Object.assign(pen, { strokeStyle: "rgba(229,72,77,0.85)", lineWidth: 1.5 });
    pen.beginPath();
    for (let at = -h; at < w; at += 7) {
      pen.moveTo(x + at, y + h);
      pen.lineTo(x + at + h, y);
    }
    pen.stroke();
    pen.restore();
  }

  /** The outline of cells as a whole. */
  ring(pen, places, colour) {
    const path = new Path2D();
    for (const place of places) {
      const [row, column] = place.split(",").map(Number);
      const [x, y, w, h] = [column * this.wide, row * this.high, this.wide, this.high];
      const has = (down, right) => places.has(`${row + down},${column + right}`);
      for (const [beside, x0, y0, x1, y1] of [
        [has(-1, 0), x, y, x + w, y], [has(1, 0), x, y + h, x + w, y + h],
        [has(0, -1), x, y, x, y + h], [has(0, 1), x + w, y, x + w, y + h],
      ]) {
        if (beside) continue;
        path.moveTo(x0, y0);
        path.lineTo(x1, y1);
      }
    }
    pen.lineCap = "square";
    const thin = Math.min(2.5, Math.max(1.25, this.wide / 4)); // small cells stay to be seen
    for (const [style, width] of [["rgba(0,0,0,0.75)", 1.8 * thin], [colour, thin]]) {
      Object.assign(pen, { strokeStyle: style, lineWidth: width });
      pen.stroke(path);
    }
  }
}
