// Arithmetic of the live run: ticks, formats, smoothing, thinning. No DOM, so node can test it.

/** Round ticks (1, 2 or 5 × a power of ten) within [low, high], about `count` of them. */
function niceTicks(low, high, count, whole = false) {
  if (!(high > low) || !(count > 0)) return [];
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  let step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999);
  if (whole) step = Math.max(1, Math.round(step));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

/** Ticks for an axis of powers: decades, with 2 and 5 between them when there are few. */
function logTicks(low, high) {
  const ticks = [];
  const wide = Math.log10(high / low) > 2.5;
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    for (const m of wide ? [1] : [1, 2, 5]) {
      const tick = Number((m * 10 ** e).toPrecision(12));
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  }
  return ticks;
}

/** Exponential moving average without the pull towards zero at the start; gaps stay gaps. */
function smooth(values, weight) {
  let sum = 0;
  let mass = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return NaN;
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return sum / mass;
  });
}

/** First position in the rising list `xs` whose value is at least `x`. */
function lowerBound(xs, x) {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Position in the rising list `xs` that lies nearest to `x`; -1 when it is empty. */
function nearest(xs, x) {
  const i = lowerBound(xs, x);
  if (i === 0) return xs.length ? 0 : -1;
  return i === xs.length || x - xs[i - 1] <= xs[i] - x ? i - 1 : i;
}

/** The value at `x` on the straight lines between the points of a curve; NaN outside of it. */
function between(xs, ys, x) {
  const i = lowerBound(xs, x);
  if (xs[i] === x) return ys[i];
  const share = (x - xs[i - 1]) / (xs[i] - xs[i - 1]);
  return ys[i - 1] + share * (ys[i] - ys[i - 1]);
}

/** Positions worth drawing between low and high: of each pixel the first, lowest, highest, last. */
function thin(xs, ys, low, high, pixels) {
  const from = Math.max(0, lowerBound(xs, low) - 1);
  const to = Math.min(xs.length, lowerBound(xs, high) + 1);
  const kept = [];
  if (to - from <= 4 * pixels) {
    for (let i = from; i < to; i++) kept.push(i);
    return kept;
  }
  let i = from;
  while (i < to) {
    const column = Math.floor(((xs[i] - low) / (high - low)) * pixels);
    const picks = [i, i, i, i];
    for (; i < to && Math.floor(((xs[i] - low) / (high - low)) * pixels) === column; i++) {
      if (ys[i] < ys[picks[1]]) picks[1] = i;
      if (ys[i] > ys[picks[2]]) picks[2] = i;
      picks[3] = i;
    }
    kept.push(...[...new Set(picks)].sort((a, b) => a - b));
  }
  return kept;
}

/** Where the x axis ends while a run goes on: doubles, so that the curve does not crawl. */
function horizon(done, total) {
  if (!(total > 0)) return 1;
  let end = total / 64;
  while (end < done * 1.02 && end < total) end *= 2;
  return Math.min(total, end);
}

/** [low, high] for the finite `values`; losses start at zero, shares end at one. */
function span(kind, values, log) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [0.1, 3] : [0, kind === "rate" ? 0.001 : kind === "loss" ? 2.5 : 1];
  if (log) return [low / 1.25, high * 1.25];
  if (kind === "rate") return [0, high * 1.15 || 1e-3];
  const air = (high - low) * 0.08 || high * 0.1 || 0.1;
  if (kind === "accuracy") return [Math.max(0, low - air), high > 0.85 ? 1 : high + air];
  return [low < 0.45 * high ? 0 : Math.max(0, low - air), high + air];
}

/** A sentence with its {placeholders} filled. */
function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Numbers in the reader's language. */
class Formats {
  constructor(language) {
    const make = (options) => {
      const format = new Intl.NumberFormat(language, options);
      return (value) => (Number.isFinite(value) ? format.format(value) : "–");
    };
    const unit = (name) => make({ style: "unit", unit: name, unitDisplay: "narrow" });
    this.count = make({ maximumFractionDigits: 0 });
    this.digits = make({ maximumSignificantDigits: 3 });
    this.share = make({ style: "percent", maximumFractionDigits: 1, minimumFractionDigits: 1 });
    this.round = make({ style: "percent", maximumFractionDigits: 1 });
    this.percent = make({ style: "percent", maximumFractionDigits: 0 });
    this.compact = make({ notation: "compact", maximumSignificantDigits: 3 });
    this.units = [unit("second"), unit("minute"), unit("hour")];
  }

  /** A learning rate: 0.003, 5e-4. */
  rate(value) {
    if (value > 0 && value < 1e-3) return Number(value.toPrecision(3)).toExponential();
    return this.digits(value);
  }

  /** Seconds as 8s, 3m 05s, 2h 10m. */
  time(seconds) {
    if (!Number.isFinite(seconds)) return "–";
    const [s, m, h] = this.units;
    const all = Math.max(0, Math.round(seconds));
    if (all < 60) return s(all);
    if (all < 3600) return `${m(Math.floor(all / 60))} ${s(all % 60)}`;
    return `${h(Math.floor(all / 3600))} ${m(Math.floor(all / 60) % 60)}`;
  }
}
