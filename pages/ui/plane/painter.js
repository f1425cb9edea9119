// A prior to paint: 24×24 cells of four shades, the darkest the likeliest.

const [CELLS, DARKEST] = [24, 3];

class Painter {
  constructor(root, studio) {
    this.studio = studio;
    this.cells = new Uint8Array(CELLS * CELLS);
    this.brush = { shade: 3, wide: 1 };
    this.canvas = el("canvas", { className: "canvas", tabIndex: 0 });
    this.canvas.setAttribute("role", "application");
    this.shades = el("div", { className: "chips" });
    this.ready = el("div", { className: "chips" });
    this.wide = range(0, 3, 1, (value) => (this.brush.wide = value));
    this.wide.input.value = 1;
    this.hint = el("p", { className: "hint" });
    const tools = el("div", { className: "right" }, this.shades, this.wide.node, this.ready, this.hint);
    root.append(el("div", { className: "pair" }, this.canvas, tools));
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.end());
    new ResizeObserver(() => studio.request()).observe(this.canvas);
  }

  update({ words, cells, turn, ready }) {
    if (this.turn !== turn) {
      this.turn = turn;
      this.cells = Uint8Array.from(cells, Number);
    }
    this.hint.textContent = words.hint;
    this.canvas.setAttribute("aria-label", words.canvas);
    this.wide.name.textContent = words.wide;
    if (this.made === words) return;
    this.made = words;
    this.kinds = [3, 2, 1, 0].map((shade) => chip(words[`shade_${shade}`], () => this.take(shade)));
    this.shades.replaceChildren(...this.kinds);
    this.take(this.brush.shade);
    const shapes = Object.entries(ready).map(([name, drawn]) => chip(words[name], () => this.set(drawn)));
    this.ready.replaceChildren(...shapes, chip(words.clear, () => this.set("0".repeat(CELLS * CELLS))));
  }

  take(shade) {
    this.brush.shade = shade;
    this.kinds.forEach((kind, i) => kind.setAttribute("aria-pressed", String(DARKEST - i === shade)));
  }

  set(cells) {
    this.cells = Uint8Array.from(cells, Number);
    this.end(true);
  }

  cell(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * CELLS, ((event.clientY - box.top) / box.height) * CELLS];
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.cell(event);
    this.move(event);
  }

  /** Paint from the last place to this one, without gaps. */
  move(event) {
    if (!this.last) return;
    const [from, to] = [this.last, this.cell(event)];
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let i = 0; i <= steps; i++) this.dab(from.map((value, axis) => value + ((to[axis] - value) * i) / steps));
    this.last = to;
    this.studio.request();
  }

  dab([x, y]) {
    const reach = this.brush.wide + 0.5;
    for (let row = 0; row < CELLS; row++) {
      for (let column = 0; column < CELLS; column++) {
        const far = Math.hypot(column + 0.5 - x, row + 0.5 - y);
        if (far <= reach + 0.1) this.cells[row * CELLS + column] = this.brush.shade;
      }
    }
  }

  end(always = false) {
    if (!this.last && !always) return;
    this.last = undefined;
    this.studio.request();
    this.tell("cells", [...this.cells].join(""));
  }

  draw() {
    const side = this.canvas.clientWidth;
    const pen = sharp(this.canvas, side, side);
    const one = side / CELLS;
    const primary = rgb(ink(this.canvas, "--st-primary-color"));
    this.cells.forEach((shade, n) => {
      if (!shade) return;
      pen.fillStyle = `rgba(${primary.join()},${(shade / DARKEST) ** 1.3})`;
      pen.fillRect((n % CELLS) * one, Math.floor(n / CELLS) * one, one + 0.4, one + 0.4);
    });
    pen.strokeStyle = "rgba(128,128,140,0.22)";
    pen.lineWidth = 1;
    for (let i = 1; i < CELLS; i++) {
      pen.beginPath();
      pen.moveTo(i * one, 0);
      pen.lineTo(i * one, side);
      pen.moveTo(0, i * one);
      pen.lineTo(side, i * one);
      pen.stroke();
    }
  }
}
