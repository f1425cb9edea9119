// The plane to wander in: a point to drag, a line between two, a box, pictures under the pointer.

const GRIP = 13; // pixels round a handle within which it is caught
const FAR = 4; // pixels that a pointer moves before it is a drag
const SHOWN = 64; // pixels a side of the picture under the pointer

class Plane {
  constructor(root, studio) {
    this.studio = studio;
    this.canvas = el("canvas", { className: "plane", tabIndex: 0 });
    this.canvas.setAttribute("role", "application");
    this.chart = new Chart(this.canvas);
    root.append(this.canvas);
    this.listen();
    new ResizeObserver(() => studio.request()).observe(this.canvas);
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.end(event));
    canvas.addEventListener("pointerleave", () => this.hover(undefined));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  begin(event) {
    if (event.button || this.held || !this.studio.world) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.held = { id: event.pointerId, from: [event.clientX, event.clientY], what: this.caught(event), far: false };
    this.held.start = this.chart.from(event);
    this.hover(undefined);
    if (this.held.what !== "box") this.drag(event);
  }

  /** What a press takes hold of: an end of the line or the point itself, else what is drawn. */
  caught(event) {
    const { state, mode } = this.studio;
    if (mode === "line" && state.line) {
      const far = state.line.map((z) => this.away(event, z));
      const nearest = far[0] < far[1] ? 0 : 1;
      if (far[nearest] < GRIP + 5) return nearest;
    }
    return mode === "grid" && this.away(event, state.z) > GRIP ? "box" : "point";
  }

  /** Pixels from the pointer to a code. */
  away(event, z) {
    const around = this.canvas.getBoundingClientRect();
    const [left, top] = this.chart.at(this.studio.world.place(z));
    return Math.hypot(left - (event.clientX - around.left), top - (event.clientY - around.top));
  }

  move(event) {
    if (!this.held) {
      const { world, state, mode } = this.studio;
      const grip = world && (mode === "line" ? this.caught(event) !== "point" : this.away(event, state.z) < GRIP);
      this.canvas.classList.toggle("grip", Boolean(grip));
      return this.hover(grip ? undefined : this.under(event));
    }
    if (event.pointerId !== this.held.id) return undefined;
    const [x, y] = this.held.from;
    this.held.far ||= Math.hypot(event.clientX - x, event.clientY - y) > FAR;
    return this.drag(event);
  }

  drag(event) {
    const { studio, held } = this;
    const at = this.inside(this.chart.from(event));
    if (held.what === "point") studio.choose({ z: studio.world.lift(at, studio.state.z) }, event);
    else if (held.what === "box") {
      if (!held.far) return;
      const [one, two] = [this.inside(held.start), at];
      const sides = [0, 1].map((axis) => [one[axis], two[axis]].sort((a, b) => a - b));
      studio.choose({ box: [sides[0][0], sides[1][0], sides[0][1], sides[1][1]] }, event);
    } else {
      const line = [...studio.state.line];
      line[held.what] = studio.world.lift(at, line[held.what]);
      studio.choose({ line, z: line[held.what] }, event);
    }
  }

  end(event) {
    if (!this.held || event.pointerId !== this.held.id) return;
    const { what, far } = this.held;
    this.held = undefined;
    if (what === "box" && !far) {
      this.studio.choose({ z: this.studio.world.lift(this.inside(this.chart.from(event)), this.studio.state.z) }, event);
    }
    this.studio.settle();
  }

  inside([x, y]) {
    const [left, bottom, right, top] = this.chart.box;
    return [Math.min(right, Math.max(left, x)), Math.min(top, Math.max(bottom, y))];
  }

  under(event) {
    const { world, layers, only } = this.studio;
    if (!world || !layers.has("points")) return undefined;
    return world.nearest(this.chart.from(event), this.chart.span(9), only);
  }

  hover(n) {
    if (n === this.pointed) return;
    this.pointed = n;
    this.studio.request();
  }

  key(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const { studio } = this;
    if (!way || !studio.world) return;
    event.preventDefault();
    const step = ((this.chart.box[2] - this.chart.box[0]) / 100) * (event.shiftKey ? 5 : 1);
    const [x, y] = studio.world.place(studio.state.z);
    studio.choose({ z: studio.world.lift(this.inside([x + step * way[0], y + step * way[1]]), studio.state.z) });
  }

  draw() {
    const { world, state, mode, layers, only } = this.studio;
    const pen = this.chart.ground(world, layers, only);
    if (mode === "grid" && state.box) this.box(pen, state.box);
    if (mode === "line" && state.line) this.line(pen, state.line);
    this.point(pen, this.chart.at(world.place(state.z)));
    if (this.pointed !== undefined) this.shown(pen, this.pointed);
  }

  point(pen, [x, y]) {
    const text = ink(this.canvas, "--st-text-color");
    pen.lineWidth = 5;
    pen.strokeStyle = ink(this.canvas, "--st-background-color", "#fff");
    ring(pen, x, y, 8);
    pen.lineWidth = 2.4;
    pen.strokeStyle = text;
    ring(pen, x, y, 8);
    pen.fillStyle = text;
    pen.beginPath();
    pen.arc(x, y, 2, 0, 7);
    pen.fill();
  }

  line(pen, [a, b]) {
    const { world, path } = this.studio;
    const places = (path?.length ? path : [a, b]).map((z) => this.chart.at(world.place(z)));
    const ends = [a, b].map((z) => this.chart.at(world.place(z)));
    if (!this.held) [places[0], places[places.length - 1]] = ends;
    const text = ink(this.canvas, "--st-text-color");
    pen.strokeStyle = text;
    pen.lineWidth = 2;
    pen.setLineDash([5, 4]);
    pen.beginPath();
    for (const [x, y] of this.held ? ends : places) pen.lineTo(x, y);
    pen.stroke();
    pen.setLineDash([]);
    ends.forEach(([x, y], i) => {
      pen.fillStyle = text;
      pen.beginPath();
      pen.arc(x, y, GRIP - 2, 0, 7);
      pen.fill();
      pen.fillStyle = ink(this.canvas, "--st-background-color", "#fff");
      pen.font = "600 12px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.fillText("AB"[i], x, y + 4);
    });
  }

  box(pen, [left, bottom, right, top]) {
    const [x0, y0] = this.chart.at([left, top]);
    const [x1, y1] = this.chart.at([right, bottom]);
    pen.strokeStyle = ink(this.canvas, "--st-text-color");
    pen.lineWidth = 1.6;
    pen.setLineDash([6, 4]);
    pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
    pen.setLineDash([]);
  }

  /** The picture under the pointer, beside its point. */
  shown(pen, n) {
    const { world } = this.studio;
    const [x, y] = this.chart.at([world.points[2 * n], world.points[2 * n + 1]]);
    const { wide, tall } = this.chart.frame;
    const left = x + SHOWN + 24 > wide ? x - SHOWN - 14 : x + 14;
    const top = Math.max(4, Math.min(tall - SHOWN - 26, y - SHOWN / 2));
    pen.fillStyle = ink(this.canvas, "--st-background-color", "#fff");
    pen.strokeStyle = hue(world.labels[n]);
    pen.lineWidth = 2.5;
    pen.beginPath();
    pen.roundRect(left - 4, top - 4, SHOWN + 8, SHOWN + 26, 6);
    pen.fill();
    pen.stroke();
    world.picture(pen, n, left, top, SHOWN);
    pen.fillStyle = ink(this.canvas, "--st-text-color");
    pen.font = "600 12px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.fillText(world.names[world.labels[n]], left + SHOWN / 2, top + SHOWN + 15, SHOWN);
    ring(pen, x, y, 6);
  }
}

function ring(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.stroke();
}
