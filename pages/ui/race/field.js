// The ground: a surface as shaded heights with fine contour lines, axes round it, places on it.

const RAMPS = {
  light: ["#7d8bdc", "#a3b4ea", "#c6d6f2", "#e0eaf4", "#f1f1ea", "#f8f0dd"],
  dark: ["#5361c4", "#37469a", "#28346f", "#1e274d", "#191e33", "#16181f"],
};
const HUES = {
  light: ["#5E6470", "#D9731A", "#A8503A", "#4C7F2C", "#2D7FC1", "#0E8F83", "#4548C8", "#8B3FC0", "#B83B86", "#8B6B2E", "#2E6B8B", "#C8313B"],
  dark: ["#C3C8D2", "#F0A050", "#F0977C", "#9CCB7C", "#6FB5EE", "#3FC1B0", "#9A9DFF", "#C79BFF", "#F08AC6", "#DDBE74", "#8FD0EA", "#FF8087"],
};
const PAD = { left: 44, right: 10, top: 10, bottom: 36 };
const LINES = 18; // contour lines over the whole height
const FINEST = 1.5; // drawn pixels per pixel of the page at most

/** A number with about four digits. */
function tell(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  const [mantissa, power] = value.toExponential(2).split("e");
  const plain = size >= 1e-3 && size < 1e5;
  const text = plain ? String(Number(value.toPrecision(size < 1 ? 3 : 4))) : `${mantissa}·10${raised(Number(power))}`;
  return text.replace("-", "−");
}

function raised(power) {
  return String(power).replace("-", "⁻").replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);
}

function rgb(text) {
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
}

/** The colours of the page as it is now. */
function readTheme(root) {
  const style = getComputedStyle(root);
  const [r, g, b] = (style.color.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  const name = 0.299 * r + 0.587 * g + 0.114 * b > 128 ? "dark" : "light";
  const ground = style.getPropertyValue("--st-background-color").trim() || "#fff";
  return { name, ink: style.color, font: style.fontFamily, ground, ramp: RAMPS[name].map(rgb), hues: HUES[name] };
}

/** Round numbers between two ends, about `many` of them. */
function ticks(low, high, many) {
  const rough = (high - low) / many;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let at = Math.ceil(low / step); at * step <= high + 1e-9; at += 1) found.push(Number((at * step).toPrecision(6)));
  return found;
}

/** Where places of the surface lie on the canvas, and back. */
class View {
  constructor(bounds, width, height) {
    [this.left, this.right, this.bottom, this.top] = bounds;
    this.wide = width - PAD.left - PAD.right;
    this.high = height - PAD.top - PAD.bottom;
    this.scale = this.wide / (this.right - this.left); // pixels per unit, the same upwards
  }
  x(x) {
    return PAD.left + ((x - this.left) / (this.right - this.left)) * this.wide;
  }
  y(y) {
    return PAD.top + ((this.top - y) / (this.top - this.bottom)) * this.high;
  }
  place(px, py) {
    const x = this.left + ((px - PAD.left) / this.wide) * (this.right - this.left);
    return [x, this.top - ((py - PAD.top) / this.high) * (this.top - this.bottom)];
  }
}

class Field {
  constructor() {
    this.canvas = el("canvas", { className: "ground" });
    this.canvas.setAttribute("aria-hidden", "true");
  }

  take(field) {
    this.told = field;
    this.levels = new Uint16Array(bytes(field.levels).buffer);
  }

  /** The height at a place of the map. */
  value(level) {
    const { lowest, scale, reach } = this.told;
    return lowest + scale * Math.expm1((level / 65535) * reach);
  }

  /** Level at a share of the way right and up: 0…65535, between the known points. */
  level(u, v) {
    const { columns, rows } = this.told;
    const x = Math.min(columns - 1.001, Math.max(0, u * (columns - 1)));
    const y = Math.min(rows - 1.001, Math.max(0, v * (rows - 1)));
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const [a, b] = [x - i, y - j];
    const at = j * columns + i;
    const low = this.levels[at] * (1 - a) + this.levels[at + 1] * a;
    const high = this.levels[at + columns] * (1 - a) + this.levels[at + columns + 1] * a;
    return low * (1 - b) + high * b;
  }

  at([x, y], view) {
    const u = (x - view.left) / (view.right - view.left);
    const v = (y - view.bottom) / (view.top - view.bottom);
    return u < 0 || u > 1 || v < 0 || v > 1 ? NaN : this.value(this.level(u, v));
  }

  draw(view, width, height, theme) {
    const dense = Math.min(FINEST, window.devicePixelRatio || 1);
    const [wide, high] = [Math.round(view.wide * dense), Math.round(view.high * dense)];
    const shaded = this.shade(wide, high, theme);
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    Object.assign(canvas, { width: width * ratio, height: height * ratio });
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    const picture = el("canvas", { width: wide, height: high });
    picture.getContext("2d").putImageData(shaded, 0, 0);
    c.save();
    c.beginPath();
    c.roundRect(PAD.left, PAD.top, view.wide, view.high, 8);
    c.clip();
    c.drawImage(picture, PAD.left, PAD.top, view.wide, view.high);
    c.restore();
    this.axes(c, view, theme);
  }

  /** Colours by height, and a line wherever the height passes one of LINES steps. */
  shade(wide, high, { ramp, name }) {
    const t = new Float32Array(wide * high);
    for (let row = 0; row < high; row += 1)
      for (let column = 0; column < wide; column += 1)
        t[row * wide + column] = this.level(column / (wide - 1), 1 - row / (high - 1)) / 65535;
    const image = new ImageData(wide, high);
    const line = name === "dark" ? [190, 200, 255, 0.2] : [40, 50, 120, 0.22];
    for (let i = 0; i < t.length; i += 1) {
      const place = t[i] * (ramp.length - 1);
      const at = Math.min(ramp.length - 2, Math.floor(place));
      const right = i % wide < wide - 1 ? t[i + 1] : t[i];
      const below = i + wide < t.length ? t[i + wide] : t[i];
      const steep = Math.hypot(right - t[i], below - t[i]) * LINES + 1e-9;
      const off = Math.abs(t[i] * LINES - Math.round(t[i] * LINES)) / steep;
      const drawn = Math.max(0, 1.1 - off) * line[3] * Math.min(1, 0.5 / steep);
      for (let k = 0; k < 3; k += 1) {
        const plain = ramp[at][k] + (ramp[at + 1][k] - ramp[at][k]) * (place - at);
        image.data[4 * i + k] = plain + (line[k] - plain) * drawn;
      }
      image.data[4 * i + 3] = 255;
    }
    return image;
  }

  axes(c, view, theme) {
    c.fillStyle = theme.ink;
    c.globalAlpha = 0.75;
    c.font = `12px ${theme.font}`;
    c.textAlign = "center";
    const under = PAD.top + view.high;
    for (const x of ticks(view.left, view.right, 7)) c.fillText(tell(x), view.x(x), under + 15);
    c.fillText(this.told.axes[0], PAD.left + view.wide / 2, under + 31);
    c.textAlign = "right";
    for (const y of ticks(view.bottom, view.top, 6)) c.fillText(tell(y), PAD.left - 6, view.y(y) + 4);
    c.save();
    c.translate(11, PAD.top + view.high / 2);
    c.rotate(-Math.PI / 2);
    c.textAlign = "center";
    c.fillText(this.told.axes[1], 0, 0);
    c.restore();
    c.globalAlpha = 1;
  }
}
