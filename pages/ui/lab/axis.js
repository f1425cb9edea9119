// One axis: numbers as they are told, round ticks, from values to pixels.

const HUES = ["#5457CD", "#D9731A", "#0E8F83", "#B83B86", "#2D7FC1", "#8B6B2E", "#7A4FC0", "#5E6470", "#A8503A", "#4C7F2C"];

function drawn(tag, properties = {}, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

function raised(power) {
  return String(power).replace("-", "⁻").replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);
}

/** A number with about four digits. */
function tell(value) {
  const size = Math.abs(value);
  if (!size) return "0";
  const [mantissa, power] = value.toExponential(2).split("e");
  const text = size >= 1e-4 && size < 1e6 ? String(Number(value.toPrecision(4))) : `${Number(mantissa)}·10${raised(Number(power))}`;
  return text.replace("-", "−");
}

/** One axis: from values to pixels, with its ticks. */
class Axis {
  constructor(low, high, from, to, log) {
    Object.assign(this, { from, to, log });
    const place = log ? Math.log10 : Number;
    [this.low, this.high] = [place(low), place(high)];
    this.ticks = log ? this.powers() : this.round(Math.abs(to - from) / (from > to ? 38 : 74));
  }
  at(value) {
    const place = this.log ? (value > 0 ? Math.log10(value) : NaN) : value;
    return this.from + ((place - this.low) / (this.high - this.low)) * (this.to - this.from);
  }
  value(pixel) {
    const place = this.low + ((pixel - this.from) / (this.to - this.from)) * (this.high - this.low);
    return this.log ? 10 ** place : place;
  }
  round(many) {
    const rough = (this.high - this.low) / Math.max(2, many);
    const power = 10 ** Math.floor(Math.log10(rough));
    const [step] = [1, 2, 5, 10].map((m) => m * power).sort((a, b) => Math.abs(Math.log(a / rough)) - Math.abs(Math.log(b / rough)));
    const found = [];
    for (let i = Math.ceil(this.low / step - 1e-6); i * step <= this.high + step * 1e-6; i += 1) found.push(Number((i * step).toPrecision(9)));
    return found;
  }
  powers() {
    const [first, last] = [Math.floor(this.low), Math.ceil(this.high)];
    const between = last - first <= 2 ? [1, 2, 5] : [1];
    const every = Math.ceil((last - first) / 7);
    const found = [];
    for (let p = first; p <= last; p += every)
      for (const m of between) {
        const place = p + Math.log10(m);
        if (place > this.low - 1e-6 && place < this.high + 1e-6) found.push(m * 10 ** p);
      }
    return found;
  }
  told(value) {
    return this.log && (value >= 1e4 || value < 1e-2) ? `10${raised(Math.round(Math.log10(value)))}` : tell(value);
  }
}

