// What is known of one run: its rows as curves over steps. No DOM, so node can test it.

const FINAL = ["finished", "stopped", "crashed", "diverged", "failed"];
const AXES = ["step", "epoch", "seconds", "images", "sums"];
// What one picture counts for on the axes that count pictures.
const COUNTED = { images: () => 1, sums: (effort) => effort.multiply_adds };

class History {
  constructor(id) {
    this.id = id;
    this.info = {};
    this.config = {};
    this.next = 0;
    this.forget();
  }

  forget() {
    this.curves = new Map();
    this.changes = [];
    this.seen = 0;
  }

  /** Take in an answer of the metrics route; true when rows came with it. */
  absorb(payload) {
    const { rows = [], config, effort, ...info } = payload;
    this.info = info;
    this.name ||= info.name || this.id;
    if (config) Object.assign(this, { config, effort });
    for (const [seq, step, , name, value, t] of rows) {
      if (seq <= this.seen) continue; // an answer that came twice
      this.seen = seq;
      if (name === "rewind") this.rewind(step);
      else if (name.startsWith("set.")) this.changes.push({ step, name: name.slice(4), value });
      else {
        this.add(name, step, value);
        if (t !== undefined) this.add("t", step, t);
      }
    }
    this.next = payload.next ?? this.next;
    return rows.length > 0;
  }

  add(name, step, value) {
    if (!this.curves.has(name)) this.curves.set(name, { steps: [], values: [] });
    const { steps, values } = this.curves.get(name);
    if (steps.length && step <= steps[steps.length - 1]) values[steps.length - 1] = value;
    else {
      steps.push(step);
      values.push(value);
    }
  }

  /** The run went back to a checkpoint: what came after it never happened. */
  rewind(step) {
    for (const curve of this.curves.values()) {
      const kept = lowerBound(curve.steps, step + 1);
      curve.steps.length = kept;
      curve.values.length = kept;
    }
    this.changes = this.changes.filter((change) => change.step <= step);
  }

  curve(name) {
    return this.curves.get(name) ?? { steps: [], values: [] };
  }

  /** The newest value of a curve, at most at step `limit`. */
  last(name, limit = Infinity) {
    const { steps, values } = this.curve(name);
    return values[lowerBound(steps, limit + 1) - 1];
  }

  get state() {
    return this.info.state ?? "";
  }

  /** Whether it is a net that makes pictures and names none. */
  get makes() {
    return this.config.model?.name === "aae";
  }

  get final() {
    return FINAL.includes(this.state);
  }

  get lastStep() {
    let last = this.info.step ?? 0;
    for (const { steps } of this.curves.values()) last = Math.max(last, steps.at(-1) ?? 0);
    return last;
  }

  get total() {
    return Math.max(this.info.total_steps || 0, this.lastStep, 1);
  }

  get perEpoch() {
    const epochs = this.info.epochs ?? this.config.epochs;
    return epochs > 0 ? this.total / epochs : this.total;
  }

  /** Best validation share up to step `limit`. */
  best(limit = Infinity) {
    const { steps, values } = this.curve("val.accuracy");
    const seen = values.slice(0, lowerBound(steps, limit + 1));
    return seen.length ? Math.max(...seen) : NaN;
  }

  /** Training seconds at each step with a row: [steps, seconds], both rising. */
  clock() {
    const { steps, values } = this.curve("t");
    if (steps.length) return [[0, ...steps], [0, ...values]];
    return this.pace();
  }

  /** The same from the speed that was noted, for rows that came without a time. */
  pace() {
    const { steps, values } = this.curve("speed");
    const batch = this.config.batch ?? 1;
    const times = [0];
    let before = 0;
    steps.forEach((step, i) => {
      times.push(times[i] + (values[i] > 0 ? ((step - before) * batch) / values[i] : 0));
      before = step;
    });
    return [[0, ...steps], times];
  }

  /** Seconds left by the speed of now; NaN when unknown. */
  get left() {
    const speed = this.info.speed || this.last("speed");
    if (!(speed > 0) || !this.info.total_steps) return NaN;
    return ((this.info.total_steps - this.info.step) * (this.config.batch ?? 1)) / speed;
  }

  /** Whether this run can be drawn over an axis. */
  measures(axis) {
    return axis in COUNTED ? Boolean(this.effort) : true;
  }

  /** A function from steps to positions on one of AXES. */
  scale(axis) {
    if (axis === "epoch") return (step) => step / this.perEpoch;
    if (axis === "seconds") return this.seconds();
    if (!(axis in COUNTED)) return (step) => step;
    const { pictures } = this.effort;
    const { batch = 1 } = this.config;
    const each = COUNTED[axis](this.effort);
    return (step) => {
      const epochs = Math.floor(step / this.perEpoch + 1e-9);
      const rest = Math.max(0, step - epochs * this.perEpoch);
      return each * (epochs * pictures + Math.min(rest * batch, pictures)); // a last batch is small
    };
  }

  seconds() {
    const [steps, times] = this.clock();
    const end = steps.length - 1;
    return (step) => {
      const i = Math.min(Math.max(lowerBound(steps, step), 1), end);
      if (end < 1) return 0;
      const rate = (times[i] - times[i - 1]) / (steps[i] - steps[i - 1] || 1);
      return times[i - 1] + (step - steps[i - 1]) * rate;
    };
  }

  /** The step, not always a whole one, that lies at `x` on an axis. */
  stepAt(axis, x) {
    if (axis === "step") return x;
    const scale = this.scale(axis);
    let [low, high] = [0, this.total];
    for (let i = 0; i < 30; i++) {
      const middle = (low + high) / 2;
      if (scale(middle) < x) low = middle;
      else high = middle;
    }
    return high;
  }
}
