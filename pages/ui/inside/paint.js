// What maps are painted with: numbers as they come, their colours, small helpers.

const UP = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
const DOWN = [[0, 0, 4], [12, 44, 120], [28, 100, 214], [104, 176, 255], [214, 238, 255]];
const NOTHING = -32768; // between the kernels of a filter
const FINEST = 32767;

const shorts = (text) => new Int16Array(bytes(text).buffer);

function ramp(stops, share) {
  const place = Math.min(1, share) * (stops.length - 1);
  const at = Math.min(stops.length - 2, Math.floor(place));
  return stops[at].map((low, c) => low + (stops[at + 1][c] - low) * (place - at));
}
const SHADES = Array.from({ length: 511 }, (_, i) => ramp(i < 255 ? DOWN : UP, Math.abs(i - 255) / 255));

/** The colour of a value between -1 and 1: blue below zero, black at it, warm above. */
function shade(value) {
  return SHADES[255 + Math.round(255 * Math.max(-1, Math.min(1, value || 0)))];
}
function css(value) {
  return `rgb(${shade(value).map(Math.round)})`;
}
/** Letters that can be read on that colour. */
function ink(value) {
  const [r, g, b] = shade(value);
  return 0.3 * r + 0.6 * g + 0.1 * b > 120 ? "#111" : "#fff";
}

/** Numbers as short as they can be told. */
function tell(value, digits = 3) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const small = size && size < 0.001;
  const text = small ? value.toExponential(0) : value.toFixed(size < 100 ? Math.min(digits, size < 10 ? 2 : 1) : 0);
  return text.replace("-", "−");
}

/** Paint values into a canvas, a pixel each. values(i) is -1 to 1, or a colour, or null. */
function paint(canvas, wide, high, values) {
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d");
  const image = context.createImageData(wide, high);
  for (let i = 0; i < wide * high; i++) {
    const value = values(i);
    if (value === null) continue;
    const colour = Array.isArray(value) ? value : shade(value);
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = colour[c];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/** Many maps in one: their values as shares of each map's own reach. */
class Tiles {
  constructor({ values, shape, reach, least, most, colours }) {
    [this.count, this.high, this.wide] = shape;
    Object.assign(this, { reach, least, most, colours });
    this.values = shorts(values);
  }
  /** Paint map k so that `most` is the brightest. */
  draw(canvas, k, most) {
    const { wide, high, colours } = this;
    const share = most > 0 ? this.reach[k] / most / FINEST : 0;
    const part = wide * high;
    const value = (i) => this.values[i];
    paint(canvas, wide, high, (i) => {
      if (colours) {
        const at = 3 * (k * part + i);
        return [0, 1, 2].map((c) => 128 + 127 * Math.max(-1, Math.min(1, value(at + c) * share)));
      }
      const told = value(k * part + i);
      return told === NOTHING ? null : told * share;
    });
  }
}
