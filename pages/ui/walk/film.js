// Step 8: a run's checkpoints one after the other: maps, positions, filters and distances move.

const PAUSE = 450; // ms that a checkpoint stays

class Film {
  constructor(root, walk) {
    this.play = chip("▶", () => (this.timer ? this.stop() : this.start()));
    this.slider = range(0, 1, 1, (at) => {
      this.stop();
      this.seek(at);
    });
    this.bars = el("div", { className: "answers" });
    this.titles = Array.from({ length: 4 }, () => el("h5"));
    this.places = Array.from({ length: 4 }, () => el("div", { className: "scroll" }));
    this.heads = new Mosaic(this.places[0]);
    this.position = new Mosaic(this.places[1]);
    this.filters = new Mosaic(this.places[2]);
    this.chart = svg("svg", { class: "chart", height: TALL });
    this.places[3].append(this.chart);
    const cells = this.titles.map((title, i) => el("div", { className: "half" }, title, this.places[i]));
    root.append(el("div", { className: "line" }, this.play, this.slider.node), this.bars, el("div", { className: "pair" }, ...cells));
    this.walk = walk;
  }

  update({ stamp, frames, words }) {
    this.play.ariaLabel = words.play;
    this.slider.name.textContent = words.checkpoint;
    [words.heads, words.positions, words.filters, words.distances].forEach((text, i) => (this.titles[i].textContent = text));
    if (this.stamp === stamp) return;
    this.stop();
    this.stamp = stamp;
    this.frames = frames.map(({ label, answers, arrays }) => {
      return { label, answers, ...Object.fromEntries(Object.entries(arrays).map(([name, packed]) => [name, unpack(packed)])) };
    });
    const likeness = this.frames.flatMap((frame) => [...(frame.positions?.values ?? [])]);
    this.least = likeness.reduce((least, value) => Math.min(least, value), 1);
    this.slider.input.max = frames.length - 1;
    this.seek(frames.length - 1);
  }

  start() {
    if (this.at === this.frames.length - 1) this.seek(0);
    this.play.textContent = "❚❚";
    this.timer = setInterval(() => {
      if (this.at >= this.frames.length - 1 || !this.root.isConnected) this.stop();
      else this.seek(this.at + 1);
    }, PAUSE);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.play.textContent = "▶";
  }

  seek(at) {
    this.at = at;
    this.slider.input.value = at;
    this.walk.request();
  }

  draw() {
    const frame = this.frames[this.at];
    const { words } = this;
    const print = `${this.stamp} ${this.at} ${words.play} ${this.places[3].clientWidth}`;
    if (this.print === print) return;
    this.print = print;
    this.slider.output.textContent = frame.label;
    const [layers, heads, grid] = frame.looks.shape;
    const rowName = (i) => `${words.layerShort}${i + 1}`;
    const columnName = (i) => `${words.headShort}${i + 1}`;
    const tiles = (this.looks = heatmaps(frame.looks.values, layers * heads, grid, { low: 0 }, this.looks));
    this.heads.show({ rows: layers, columns: heads, tiles, left: 30, top: 20, most: 64, rowName, columnName });
    this.titles[1].parentElement.hidden = !frame.positions;
    if (frame.positions) {
      const scale = { low: this.least, high: 1 };
      this.tiles = heatmaps(frame.positions.values, grid * grid, grid, scale, this.tiles);
      this.position.show({ rows: grid, columns: grid, tiles: this.tiles, most: 40, gap: 3 });
    }
    const [count, height, width, channels] = frame.filters.shape;
    const size = height * width * channels;
    const part = (i) => frame.filters.values.subarray(i * size, (i + 1) * size);
    const old = this.pictures ?? [];
    this.pictures = Array.from({ length: count }, (_, i) => pixels(part(i), height, width, channels, old[i]));
    this.filters.show({ rows: Math.ceil(count / 7), columns: Math.min(7, count), tiles: this.pictures, most: 44 });
    this.dots(frame);
    this.bars.replaceChildren(...frame.answers.map(({ name, share }) => bar(name, share)));
  }

  /** Attention distances on axes that stand still over all checkpoints. */
  dots(frame) {
    const wide = this.places[3].clientWidth;
    if (!wide) return;
    const [layers, heads] = frame.distances.shape;
    const most = 1.12 * Math.max(...this.frames.map((one) => Math.max(...one.distances.values)));
    const x = (at) => LEFT + ((at + 0.5) / layers) * (wide - LEFT - 8);
    const y = (value) => TOP + (1 - value / most) * (TALL - TOP - BELOW);
    this.chart.setAttribute("width", wide);
    this.chart.replaceChildren(...Spread.prototype.axes.call(this, x, y, most, layers, wide));
    frame.distances.values.forEach((value, i) => {
      this.chart.append(svg("circle", { cx: x(Math.floor(i / heads)), cy: y(value), r: 5, class: "dot" }));
    });
  }
}
