// The element: a map, those who race on it, and what tells the page where to begin.

const WAIT = 600; // ms after which an answer is no longer waited for

class Race {
  constructor(root, tell) {
    this.tell = tell;
    this.field = new Field();
    this.trails = new Trails();
    this.hint = el("div", { className: "hint" });
    this.map = el("div", { className: "map" }, this.field.canvas, this.trails.canvas, this.hint);
    this.player = new Player({}, (moment, kept) => this.shown(moment, kept));
    this.board = new Board((name) => this.chosen(name));
    this.numbers = new Anatomy();
    const side = el("div", { className: "side" }, this.board.node, this.numbers.node);
    const left = el("div", { className: "left" }, this.map, this.player.node);
    this.root = el("div", { className: "race" }, left, side);
    root.append(this.root);
    this.listen();
    this.resized = new ResizeObserver(() => this.measure());
    this.resized.observe(this.map);
  }

  update(data) {
    const fresh = data.stamp !== this.data?.stamp;
    const ground = data.field.stamp !== this.data?.field.stamp;
    this.data = data;
    this.words = data.words;
    this.focus = data.focus;
    this.waiting = undefined;
    if (!this.dragged) this.start = data.start;
    if (ground) this.field.take(data.field);
    if (fresh) this.racers = data.racers.map((racer) => new Racer(racer, data.columns));
    this.theme = readTheme(this.root);
    this.trails.canvas.setAttribute("aria-label", this.words.label);
    this.trails.canvas.setAttribute("role", "application");
    this.hint.textContent = data.start ? this.words.drag : "";
    this.board.take(this);
    this.measure(true);
    const last = Math.max(...this.racers.map((racer) => racer.last), 1);
    const wish = this.begun || data.moment === null ? null : data.moment;
    this.begun = true;
    this.player.take(last, this.words, wish);
  }

  get anatomy() {
    return this.data.parts;
  }

  measure(again = false) {
    const width = this.map.clientWidth;
    if (!this.data || !width || (!again && width === this.width)) return;
    const { bounds } = this.data.field;
    const high = ((width - PAD.left - PAD.right) * (bounds[3] - bounds[2])) / (bounds[1] - bounds[0]);
    [this.width, this.height] = [width, Math.round(high + PAD.top + PAD.bottom)];
    this.map.style.height = `${this.height}px`;
    this.view = new View(bounds, width, this.height);
    const print = `${this.data.field.stamp} ${width} ${this.theme.name} ${window.devicePixelRatio}`;
    if (print !== this.print) this.field.draw(this.view, width, this.height, this.theme);
    this.print = print;
    this.draw();
  }

  shown(moment, kept) {
    this.moment = moment;
    if (this.view) this.draw();
    if (kept) {
      clearTimeout(this.keeping);
      const told = moment >= this.player.last ? -1 : Math.floor(moment);
      this.keeping = setTimeout(() => this.tell("moment", told), 400);
    }
  }

  draw() {
    if (this.moment === undefined) return;
    this.trails.draw(this);
    this.board.show(this);
    this.numbers.show(this);
  }

  chosen(name) {
    this.focus = name;
    this.board.take(this);
    this.draw();
    this.tell("focus", name);
  }

  // Where the race begins --------------------------------------------------------------------

  listen() {
    const { canvas } = this.trails;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return this.view.place(event.clientX - box.left, event.clientY - box.top);
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.start || event.button) return;
      canvas.setPointerCapture(event.pointerId);
      this.dragged = true;
      this.begin(at(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.dragged) this.begin(at(event));
      else this.over(at(event));
    });
    const end = () => {
      this.dragged = false;
      this.send(true);
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("pointerleave", () => this.over(null));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  begin(place) {
    const [left, right, bottom, top] = this.data.field.bounds;
    const x = Math.min(right, Math.max(left, place[0]));
    const y = Math.min(top, Math.max(bottom, place[1]));
    const digits = Math.max(0, 3 - Math.floor(Math.log10(right - left)));
    this.start = [x, y].map((value) => Number(value.toFixed(digits)));
    this.draw();
    this.send();
  }

  /** Tell the page; while it works out an answer only the newest place waits. */
  send(last = false) {
    if (!this.start || `${this.start}` === `${this.sent}`) return;
    const now = performance.now();
    if (!last && this.waiting && now - this.waiting < WAIT) {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.send(), 60);
      return;
    }
    this.waiting = now;
    this.sent = this.start;
    this.tell("start", this.start);
  }

  over(place) {
    const known = place && this.field.at(place, this.view);
    const shown = place && Number.isFinite(known);
    this.hint.textContent = shown
      ? fill(this.words.over, { x: tell(Number(place[0].toFixed(3))), y: tell(Number(place[1].toFixed(3))), f: tell(known) })
      : this.data.start ? this.words.drag : "";
  }

  key(event) {
    if (event.key === " ") this.player.toggle();
    else if (event.key === "," || event.key === ".") this.player.step(event.key === "." ? 1 : -1);
    else {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!way || !this.start) return;
      const [left, right] = this.data.field.bounds;
      const far = (right - left) / (event.shiftKey ? 200 : 40);
      this.begin(this.start.map((value, axis) => value + far * way[axis]));
    }
    event.preventDefault();
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function race({ data, parentElement, setStateValue }) {
  const made = (parentElement.race ??= new Race(parentElement, (name, value) => parentElement.told(name, value)));
  parentElement.told = setStateValue;
  made.update(data);
  return () => {
    made.player.halt();
  };
}
