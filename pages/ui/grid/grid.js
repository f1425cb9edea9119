// A picture cut into patches: heat over it, numbers in it, one patch chosen by click or arrow keys.

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const ROOM = 27; // CSS pixels a patch needs for a number

class Grid {
  /** press(patch, x, y) is told a click, hover(patch or undefined) where the pointer is. */
  constructor(root, { press, hover = () => {} } = {}) {
    Object.assign(this, { press, hover });
    this.canvas = el("canvas", { className: "patches" });
    this.canvas.tabIndex = press ? 0 : -1;
    this.canvas.setAttribute("role", press ? "application" : "img");
    root.append(this.canvas);
    this.canvas.addEventListener("pointermove", (event) => this.hover(this.under(event)?.patch));
    this.canvas.addEventListener("pointerleave", () => this.hover(undefined));
    if (press) {
      this.canvas.addEventListener("click", (event) => this.clicked(event));
      this.canvas.addEventListener("keydown", (event) => this.key(event));
    }
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.canvas);
  }

  /** look: {side, picture, values, signed, low, high, strength, chosen, pointed, marked, numbers,
   *  lines, box, label}; picture is a canvas, values one number per patch, chosen -1 for none. */
  show(look) {
    this.look = look;
    this.canvas.setAttribute("aria-label", look.label ?? "");
    this.draw();
  }

  under(event) {
    const { side } = this.look ?? {};
    const box = this.canvas.getBoundingClientRect();
    if (!side || !box.width) return undefined;
    const x = Math.min(0.9999, Math.max(0, (event.clientX - box.left) / box.width));
    const y = Math.min(0.9999, Math.max(0, (event.clientY - box.top) / box.height));
    return { patch: Math.floor(y * side) * side + Math.floor(x * side), x, y };
  }

  clicked(event) {
    const at = this.under(event);
    if (at) this.press(at.patch, at.x, at.y);
  }

  /** Arrow keys move the chosen patch; Home goes to where no patch is, which is CLS. */
  key(event) {
    const { side, chosen = 0 } = this.look ?? {};
    const step = STEPS[event.key];
    if (!side || (!step && event.key !== "Home")) return;
    event.preventDefault();
    if (!step) return this.press(-1);
    const from = Math.max(0, chosen);
    const row = Math.min(side - 1, Math.max(0, Math.floor(from / side) + step[0]));
    const column = Math.min(side - 1, Math.max(0, (from % side) + step[1]));
    this.press(chosen < 0 ? 0 : row * side + column, (column + 0.5) / side, (row + 0.5) / side);
  }

  draw() {
    const size = this.canvas.clientWidth;
    if (!this.look || !size) return;
    const { side, picture, values, lines = true, strength = 0.85 } = this.look;
    const pen = sharp(this.canvas, size, size);
    if (picture) {
      pen.imageSmoothingEnabled = picture.width > FINE;
      pen.filter = values && strength ? `grayscale(1) brightness(${1 - 0.55 * strength})` : "none";
      pen.drawImage(picture, 0, 0, size, size);
      pen.filter = "none";
    }
    if (values) this.heat(pen, size);
    if (lines && size / side > 6) this.lines(pen, size, side);
    for (const patch of this.look.marked ?? []) this.hatch(pen, size / side, ...this.place(patch));
    if (this.look.numbers && size / side >= ROOM) this.numbers(pen, size / side);
    this.outline(pen, size / side);
    if (this.look.box) this.frame(pen, size);
  }

  place(patch) {
    return [patch % this.look.side, Math.floor(patch / this.look.side)];
  }

  heat(pen, size) {
    const { side, values, signed, picture, strength = 0.85 } = this.look;
    const part = size / side;
    const shares = (this.shares = scaled(values, this.look));
    shares.forEach((share, patch) => {
      const [r, g, b, cover] = colour(share, signed);
      const [column, row] = this.place(patch);
      const over = picture ? strength * Math.abs(share) ** LIFT : cover;
      pen.fillStyle = `rgba(${r},${g},${b},${over})`;
      const [left, top] = [Math.floor(column * part), Math.floor(row * part)];
      pen.fillRect(left, top, Math.ceil((column + 1) * part) - left, Math.ceil((row + 1) * part) - top);
    });
  }

  lines(pen, size, side) {
    pen.strokeStyle = "rgba(140,140,150,0.45)";
    pen.lineWidth = 1;
    pen.beginPath();
    for (let i = 1; i < side; i++) {
      const at = Math.round((i * size) / side) + 0.5;
      pen.moveTo(at, 0);
      pen.lineTo(at, size);
      pen.moveTo(0, at);
      pen.lineTo(size, at);
    }
    pen.stroke();
  }

  hatch(pen, part, column, row) {
    pen.save();
    pen.beginPath();
    pen.rect(column * part, row * part, part, part);
    pen.clip();
    pen.fillStyle = "rgba(20,21,26,0.8)";
    pen.fill();
    pen.strokeStyle = "#f2777a";
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (let at = -part; at < part; at += 6) {
      pen.moveTo(column * part + at, (row + 1) * part);
      pen.lineTo(column * part + at + part, row * part);
    }
    pen.stroke();
    pen.restore();
  }

  numbers(pen, part) {
    const { numbers, values, signed } = this.look;
    pen.font = `600 ${Math.min(13, part / 3.1)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 2.5;
    pen.lineJoin = "round";
    Array.from(numbers, (text, patch) => {
      const [column, row] = this.place(patch);
      const dark = values && !signed && this.shares[patch] > 0.72;
      pen.fillStyle = dark ? "#000" : "#fff";
      pen.strokeStyle = dark ? "rgba(255,255,255,0.5)" : "rgba(0,0,0,0.6)";
      pen.strokeText(text, (column + 0.5) * part, (row + 0.5) * part);
      pen.fillText(text, (column + 0.5) * part, (row + 0.5) * part);
    });
  }

  outline(pen, part) {
    const { chosen = -1, pointed } = this.look;
    const trace = (patch, inner, outer, dash) => {
      const [column, row] = this.place(patch);
      for (const [style, width] of [[outer, 5], [inner, 2.5]]) {
        Object.assign(pen, { strokeStyle: style, lineWidth: width });
        pen.setLineDash(dash);
        pen.strokeRect(column * part + 1, row * part + 1, part - 2, part - 2);
      }
      pen.setLineDash([]);
    };
    if (pointed !== undefined && pointed >= 0) trace(pointed, "#fff", "rgba(0,0,0,0.65)", []);
    if (chosen >= 0) trace(chosen, "#35e0c4", "rgba(0,0,0,0.75)", []);
  }

  frame(pen, size) {
    const [top, left, bottom, right] = this.look.box.map((share) => share * size);
    pen.strokeStyle = "#35e0c4";
    pen.lineWidth = 2.5;
    pen.strokeRect(left + 1, top + 1, right - left - 2, bottom - top - 2);
  }
}
