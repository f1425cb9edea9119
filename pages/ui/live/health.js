// The run's health: layers by measured steps as a heat strip, and one sentence on what ails it.

const REST = 2000; // ms between two looks while a run goes on
const MEASURES = ["gradient", "update", "dead"];

class Health {
  constructor(words, formats) {
    Object.assign(this, { words, formats });
    this.measure = "gradient";
    this.asked = -Infinity;
    this.moment = this.over = null;
    const choices = MEASURES.map((name) => [name, words[`health.${name}`]]);
    const pick = (name) => {
      Object.assign(this, { measure: name, over: null });
      this.draw();
    };
    const parts = segments(words["health.switch"], choices, "gradient", pick);
    this.finding = el("p", "finding");
    this.canvas = el("canvas");
    this.canvas.setAttribute("role", "img");
    this.hint = el("p", "hint");
    const head = el("div", "heading", "", el("h4", "", words["health.title"]), parts);
    this.strip = el("div", "", "", head, this.canvas, this.hint);
    this.node = el("section", "health", "", this.finding, this.strip);
    this.node.hidden = true;
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => this.hover(null));
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.node);
  }

  /** Ask anew where the run has moved on, not too often. */
  async follow(feed) {
    const { history } = feed;
    const key = `${history.state} ${history.lastStep}`;
    const now = performance.now();
    if (this.busy || key === this.key || (!history.final && now - this.asked < REST)) return;
    this.busy = true;
    this.asked = now;
    try {
      const answer = await feed.get("health", "no-cache");
      if (answer.ok) {
        this.key = key;
        this.show(await answer.json());
      }
    } catch {
      this.key = ""; // the next tick asks again
    }
    this.busy = false;
    if (history.final && this.key && this.key !== `${history.state} ${history.lastStep}`) {
      this.follow(feed); // it ended while the answer was under way
    }
  }

  show(told) {
    const { words, formats } = this;
    this.told = told;
    const { finding } = told;
    this.finding.hidden = !finding;
    if (finding) {
      const values = { ...finding.values };
      if (values.rate) Object.assign(values, this.rates(values.rate));
      if (values.share !== undefined) values.share = formats.round(values.share);
      if (values.times !== undefined) values.times = formats.digits(values.times);
      this.finding.textContent = fill(words[`health.finding.${finding.key}`], values);
      this.finding.dataset.key = finding.key;
    }
    this.node.hidden = !finding && !told.points.length;
    this.strip.hidden = !told.points.length;
    this.draw();
  }

  rates(rate) {
    const say = (value) => this.formats.rate(Number(value.toPrecision(2)));
    return { rate: say(rate), lower: say(rate / 10), higher: say(rate * 10) };
  }

  /** Names at the left and the values of one measure, a row per layer. */
  get rows() {
    const { told, measure } = this;
    const names = measure === "dead" ? told.bends : told.layers;
    return names.map(([name, kind], i) => {
      return { name: `${name} ${kind}`, values: told.points.map((point) => point[measure][i]) };
    });
  }

  /** Value → 0 to 1, and the ends of the scale: powers for lengths, shares as they are. */
  scale(rows) {
    const { measure, formats } = this;
    if (measure === "dead") {
      return { at: (v) => v, ends: [formats.percent(0), formats.percent(1)] };
    }
    const seen = rows.flatMap((row) => row.values).filter((v) => v > 0);
    if (!seen.length) return { at: () => 0, ends: ["", ""] };
    const low = Math.log10(Math.min(...seen));
    const wide = Math.max(Math.log10(Math.max(...seen)) - low, 0.5);
    const ends = [low, low + wide].map((e) => formats.rate(Number((10 ** e).toPrecision(2))));
    return { at: (v) => (v > 0 ? (Math.log10(v) - low) / wide : 0), ends };
  }

  /** Mark a step as the moment that everything shows; null for none. */
  at(step) {
    this.moment = step;
    this.draw();
  }

  hover(event) {
    const { left, top, side, tall, rows, columns } = this.box ?? {};
    const was = String(this.over);
    this.over = null;
    if (event && rows) {
      const bounds = this.canvas.getBoundingClientRect();
      const j = Math.floor((event.clientX - bounds.left - left) / side);
      const i = Math.floor((event.clientY - bounds.top - top) / tall);
      if (i >= 0 && i < rows.length && j >= 0 && j < columns) this.over = [i, j];
    }
    if (was !== String(this.over)) this.draw();
  }

  /** The cell under the pointer in words; nothing where there is none. */
  reading(rows) {
    const { words, formats, measure, told } = this;
    const [i, j] = this.over ?? [];
    if (!(i in rows)) return "";
    const value = rows[i].values[j];
    const say = measure === "dead" ? formats.round : (v) => formats.rate(Number(v.toPrecision(3)));
    const said = value === null ? "–" : say(value);
    const step = formats.count(told.points[j].step);
    return fill(words["health.cell"], { layer: rows[i].name, step, value: said });
  }

  draw() {
    const { canvas, told, theme, words, measure } = this;
    if (!told?.points.length || !theme || !this.node.clientWidth) return;
    const { rows } = this;
    canvas.hidden = !rows.length;
    this.hint.textContent = words[rows.length ? `health.about.${measure}` : "health.no_bends"];
    const width = canvas.clientWidth;
    if (!rows.length || !width) return;
    const c = canvas.getContext("2d");
    c.font = `11px ${theme.font}`;
    const names = Math.max(...rows.map(({ name }) => c.measureText(name).width));
    const left = Math.min(190, width * 0.3, names) + 8;
    const tall = Math.max(5, Math.min(18, Math.floor(300 / rows.length)));
    const columns = told.points.length;
    const side = Math.min(60, (width - left - 4) / columns);
    this.box = { left, top: 22, side, tall, rows, columns };
    const height = 22 + tall * rows.length + 36;
    const ratio = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    c.scale(ratio, ratio);
    c.font = `11px ${theme.font}`;
    c.textBaseline = "middle";
    const scale = this.scale(rows);
    this.cells(c, scale);
    this.labels(c);
    const said = this.reading(rows);
    const free = this.legend(c, scale.ends, left);
    c.fillStyle = theme.ink;
    const room = width - free > c.measureText(said).width;
    if (said && !room) c.clearRect(0, 0, width, 18);
    c.fillText(said, room ? free : left, 9);
    canvas.setAttribute("aria-label", `${words["health.title"]}. ${this.hint.textContent} ${said}`);
  }

  cells(c, scale) {
    const { left, top, side, tall, rows } = this.box;
    const { theme, told, measure } = this;
    const gap = side > 6 && tall > 7 ? 1 : 0;
    rows.forEach(({ values }, i) =>
      values.forEach((value, j) => {
        const [x, y] = [left + j * side, top + i * tall];
        c.globalAlpha = value === null ? 0.05 : 0.08 + 0.92 * Math.min(1, scale.at(value));
        c.fillStyle = value === null ? theme.ink : measure === "dead" ? theme.bad : theme.train;
        c.fillRect(x, y, side - gap, tall - gap);
      }),
    );
    c.globalAlpha = 1;
    c.strokeStyle = theme.ink;
    c.lineWidth = 2;
    if (this.over) {
      const [i, j] = this.over;
      c.strokeRect(left + j * side, top + i * tall, side - gap, tall - gap);
    }
    if (this.moment === null) return;
    const j = lowerBound(told.points.map((point) => point.step), this.moment + 1) - 1;
    if (j >= 0) c.strokeRect(left + j * side, top - 1, side - gap, tall * rows.length + 1);
  }

  labels(c) {
    const { left, top, side, tall, rows } = this.box;
    const { formats, told } = this;
    c.fillStyle = this.theme.ink;
    c.globalAlpha = 0.8;
    c.textAlign = "right";
    const every = Math.ceil(12 / tall);
    rows.forEach(({ name }, i) => {
      if (i % every) return;
      let text = name;
      while (text.length > 2 && c.measureText(text).width > left - 8) text = `…${text.slice(2)}`;
      c.fillText(text, left - 6, top + (i + 0.5) * tall);
    });
    c.textAlign = "center";
    let free = left - 20; // where the last number ended
    told.points.forEach(({ step }, j) => {
      const text = formats.count(step);
      const [x, half] = [left + (j + 0.5) * side, c.measureText(text).width / 2];
      if (x - half < free + 6) return;
      c.fillText(text, x, top + rows.length * tall + 10);
      free = x + half;
    });
    c.textAlign = "left";
    c.fillText(this.words["axis.step"], left, top + rows.length * tall + 26);
    c.globalAlpha = 1;
  }

  /** The colours from end to end; returns where they leave room. */
  legend(c, [low, high], left) {
    const { theme, measure } = this;
    c.textAlign = "left";
    c.fillStyle = theme.ink;
    c.globalAlpha = 0.7;
    const named = `${this.words[`health.unit.${measure}`]}   ${low}`;
    c.fillText(named, left, 9);
    const start = left + c.measureText(named).width + 6;
    c.fillText(high, start + 86, 9);
    c.fillStyle = measure === "dead" ? theme.bad : theme.train;
    for (let i = 0; i < 20; i++) {
      c.globalAlpha = 0.08 + (0.92 * i) / 19;
      c.fillRect(start + i * 4, 4, 4, 9);
    }
    c.globalAlpha = 1;
    return start + 110 + c.measureText(high).width;
  }

  stop() {
    this.resized.disconnect();
  }
}
