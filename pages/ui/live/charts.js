// The charts of loss, accuracy and learning rate: one window over all, one crosshair, one legend.

class Charts {
  constructor(words, formats, calm) {
    Object.assign(this, { words, formats, calm });
    this.look = recall();
    this.hidden = new Set();
    this.histories = [];
    this.window = this.picked = this.hover = this.spot = this.moment = null;
    this.ends = [0, 1];
    this.plots = [
      new Plot("loss", words.loss, words["unit.loss"]),
      new Plot("accuracy", words.accuracy, words["unit.accuracy"]),
      new Plot("duel", words.duel, words["unit.duel"]),
      new Plot("distance", words.distance, words["unit.distance"]),
      new Plot("rate", words.rate, ""),
    ];
    this.readout = new Readout(words, formats);
    this.stage = el("div", "stage", "", ...this.plots.map((p) => p.node), this.readout.node);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-roledescription", words.charts);
    this.tools = new Tools(this);
    this.stage.append(this.tools.back);
    this.node = el("section", "charts", "", this.tools.node, this.stage);
    this.gestures = new Gestures(this);
    this.resized = new ResizeObserver(() => this.request(true));
    this.resized.observe(this.stage);
    this.say = () => {};
  }

  /** New rows, or another theme: build the lines again and draw. */
  update(histories, theme, reveal) {
    this.histories = histories;
    this.theme = theme;
    this.reveal = reveal;
    const { words, look, hidden, axis } = this;
    this.lines = buildLines(histories, { ...look, axis, words, hidden, theme });
    this.name(histories);
    const one = histories.length === 1;
    this.marks = one ? buildMarks(histories[0], axis, words, this.formats) : [];
    this.ends = natural(histories, axis, reveal);
    this.fences = one ? buildFences(histories[0], axis) : [];
    this.tools.legend(histories, theme);
    this.tools.offer(histories, axis);
    this.request();
  }

  /** Titles and charts suit the kind of run. */
  name(histories) {
    const { words } = this;
    const [loss, accuracy, ...rest] = this.plots;
    if (histories.length && histories.every((history) => history.makes)) {
      loss.rename(words.reconstruction, words["unit.reconstruction"]);
      accuracy.rename(words.shares, words["unit.shares"]);
    }
    for (const { node, kind } of rest) {
      node.hidden = kind !== "rate" && !this.lines.some((line) => line.kind === kind);
    }
  }

  /** The replay has come to step `reveal`: the lines are the same, more of them is shown. */
  roll(reveal) {
    this.reveal = reveal;
    this.request();
  }

  /** The chosen x axis, or steps where not every run can be drawn over it. */
  get axis() {
    const { axis } = this.look;
    return this.histories.every((history) => history.measures(axis)) ? axis : "step";
  }

  /** The x range that the view moves to. */
  get goal() {
    return this.window ?? this.ends;
  }

  request(now = false) {
    if (!this.lines) return;
    if (now) this.frame();
    else this.waiting ??= requestAnimationFrame(() => this.frame());
  }

  frame() {
    cancelAnimationFrame(this.waiting);
    this.waiting = undefined;
    const { goal } = this;
    const from = this.range;
    const width = goal[1] - goal[0];
    this.still = this.calm || this.blank; // nothing glides to where the first rows are
    this.blank = !this.lines.length;
    const jump = !from || this.still || this.reveal !== undefined;
    this.range = jump ? goal : from.map((end, i) => end + (goal[i] - end) * 0.25);
    if (this.range.every((end, i) => Math.abs(end - goal[i]) < width * 0.002)) this.range = goal;
    const { scene } = this;
    const moving = this.plots.map((plot) => plot.settle(scene)).some(Boolean);
    for (const plot of this.plots) plot.draw(scene);
    if (this.spot) this.readout.show(scene, this.histories[0], ...this.spot);
    else this.readout.node.hidden = true;
    this.tools.back.hidden = !this.window;
    if (moving || this.range !== goal) this.request();
  }

  /** Everything that a chart needs for one picture. */
  get scene() {
    const [low, high] = this.range ?? this.goal;
    const { axis } = this;
    const { lines, marks, theme, formats, hover, picked, goal, reveal, still } = this;
    const live = reveal !== undefined || this.histories.some((h) => h.state === "running");
    const first = this.histories[0];
    const toStep = (x) => Math.round(first.stepAt(axis, x));
    const xName = this.words[`axis.${axis}`];
    const moment = this.moment === null ? null : first.scale(axis)(this.moment);
    const drawnMarks = marks.filter((mark) => reveal === undefined || mark.step <= reveal);
    const epochName = this.words.epoch;
    const names = { xName, epochName, many: this.histories.length > 1, zoomed: !!this.window };
    const seen = { ...this.look, axis, theme, formats };
    const rest = { ...seen, hover, picked, goal, reveal, still, live, ...names };
    return { low, high, lines, marks: drawnMarks, epochs: this.fences, toStep, moment, ...rest };
  }

  /** Put the crosshair at x (null takes it away), the table beside it. */
  point(x, event, plot = this.plots[0]) {
    const [low, high] = this.goal;
    this.hover = x === null ? null : Math.min(high, Math.max(low, x));
    this.spot = null;
    if (this.hover !== null) {
      const stage = this.stage.getBoundingClientRect();
      const box = plot.canvas.getBoundingClientRect();
      const left = event ? event.clientX : box.left + plot.toX(this.hover, this.scene);
      this.spot = [left - stage.left, (event ? event.clientY + 14 : box.top + 16) - stage.top];
    }
    this.request();
  }

  /** Move the crosshair by so many points of the densest line in sight, and read it out. */
  walk(by) {
    const [low, high] = this.goal;
    const seen = this.lines.filter((line) => !line.hidden && line.kind === "loss");
    const line = seen.sort((a, b) => b.xs.length - a.xs.length)[0];
    if (!line) return;
    const first = lowerBound(line.xs, low);
    const last = lowerBound(line.xs, high * (1 + 1e-12) + 1e-12) - 1;
    const outside = by < 0 ? last + 1 : first - 1;
    const here = this.hover === null ? outside : nearest(line.xs, this.hover);
    const i = Math.max(first, Math.min(last, here + by));
    if (!(i in line.xs)) return;
    this.point(line.xs[i]);
    this.say(this.readout.sentence(this.scene, this.histories[0]));
  }

  /** Mark a step as the moment that everything shows; null for none. */
  at(step) {
    this.moment = step;
    this.request();
  }

  pick(picked) {
    this.picked = picked;
    this.request();
  }

  /** Show the x range `window`, or all again with null. */
  zoom(window) {
    this.window = window;
    this.request();
  }

  /** Make the range `factor` times as wide, `place` staying where it is. */
  stretch(factor, place) {
    const [low, high] = this.goal;
    const [first, last] = this.ends;
    const width = Math.max((last - first) / 2000, (high - low) * factor);
    const share = (place - low) / (high - low);
    if (width >= last - first) this.zoom(null);
    else this.shift(place - share * width, width);
  }

  pan(by) {
    const [low, high] = this.goal;
    if (this.window) this.shift(low + by, high - low);
  }

  shift(low, width) {
    const [first, last] = this.ends;
    const start = Math.max(first, Math.min(last - width, low));
    this.zoom([start, start + width]);
  }

  /** Another axis, smoothing or scale. */
  set(change) {
    const before = this.axis;
    Object.assign(this.look, change);
    const { axis } = this;
    if (axis !== before) {
      this.window = this.window && this.moved(this.window, before, axis);
      this.range = this.hover = this.spot = null;
    }
    remember(this.look);
    this.update(this.histories, this.theme, this.reveal);
  }

  /** The same stretch of training on another axis; null when it is all of it there. */
  moved(window, before, axis) {
    const [low, high] = [Math.min, Math.max].map((most, end) =>
      most(...this.histories.map((h) => h.scale(axis)(h.stepAt(before, window[end])))),
    );
    const [first, last] = natural(this.histories, axis, this.reveal);
    const kept = [Math.max(first, low), Math.min(last, high)];
    const width = kept[1] - kept[0];
    return width > (last - first) / 2000 && width < (last - first) * 0.999 ? kept : null;
  }

  stop() {
    cancelAnimationFrame(this.waiting);
    this.resized.disconnect();
    this.gestures.stop.abort();
  }
}
