// Many small maps in rows and columns on one canvas; one of them is chosen by a click.

class Mosaic {
  constructor(root, { press = () => {}, hover = () => {} } = {}) {
    Object.assign(this, { press, hover });
    this.canvas = el("canvas", { className: "mosaic", tabIndex: 0 });
    this.canvas.setAttribute("role", "application");
    root.append(this.canvas);
    this.canvas.addEventListener("click", (event) => this.at(event, this.press));
    this.canvas.addEventListener("pointermove", (event) => this.at(event, this.hover));
    this.canvas.addEventListener("pointerleave", () => this.hover(undefined));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(root);
  }

  /** look: {rows, columns, tiles (canvases), chosen, pointed, rowName(i), columnName(i), gap,
   *  most (pixels a tile), left, top (pixels for names), spots, label}; a spot {cell, grid, style}
   *  is one place marked in every tile. */
  show(look) {
    this.look = { gap: 4, most: 90, left: 0, top: 0, ...look };
    this.canvas.setAttribute("aria-label", look.label ?? "");
    this.draw();
  }

  /** Sides of a tile with its gap, in CSS pixels. */
  measure() {
    const { columns, gap, most, left } = this.look;
    return Math.min(most + gap, (this.canvas.parentElement.clientWidth - left) / columns);
  }

  at(event, then) {
    if (!this.look) return;
    const { rows, columns, left, top } = this.look;
    const box = this.canvas.getBoundingClientRect();
    const part = this.measure();
    const column = Math.floor((event.clientX - box.left - left) / part);
    const row = Math.floor((event.clientY - box.top - top) / part);
    const inside = row >= 0 && row < rows && column >= 0 && column < columns;
    if (inside) then(row * columns + column, event);
    else if (then === this.hover) then(undefined);
  }

  key(event) {
    const step = STEPS[event.key];
    if (!step || !this.look) return;
    event.preventDefault();
    const { rows, columns, chosen = 0 } = this.look;
    const row = Math.min(rows - 1, Math.max(0, Math.floor(chosen / columns) + step[0]));
    const column = Math.min(columns - 1, Math.max(0, (chosen % columns) + step[1]));
    this.press(row * columns + column, event);
  }

  draw() {
    if (!this.look || !this.canvas.parentElement?.clientWidth) return;
    const { rows, columns, tiles, gap, left, top, chosen, pointed } = this.look;
    const part = this.measure();
    const [wide, tall] = [left + columns * part, top + rows * part];
    Object.assign(this.canvas.style, { width: `${wide}px`, height: `${tall}px` });
    const pen = sharp(this.canvas, wide, tall);
    tiles.forEach((tile, i) => {
      if (!tile) return;
      const [column, row] = [i % columns, Math.floor(i / columns)];
      pen.drawImage(tile, left + column * part + gap / 2, top + row * part + gap / 2, part - gap, part - gap);
      for (const spot of this.look.spots ?? []) this.spot(pen, spot, left + column * part + gap / 2, top + row * part + gap / 2, part - gap);
    });
    this.names(pen, part);
    if (pointed !== undefined) this.outline(pen, part, pointed, ink(this.canvas, "--st-text-color"), 1.5);
    if (chosen !== undefined && chosen >= 0) this.outline(pen, part, chosen, ink(this.canvas, "--st-primary-color"), 3);
  }

  spot(pen, { cell, grid, style }, left, top, side) {
    const small = side / grid;
    Object.assign(pen, { strokeStyle: style, lineWidth: small > 5 ? 1.5 : 1 });
    pen.strokeRect(left + (cell % grid) * small, top + Math.floor(cell / grid) * small, small, small);
  }

  names(pen, part) {
    const { rows, columns, left, top, rowName, columnName } = this.look;
    pen.fillStyle = ink(this.canvas, "--muted");
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    if (rowName) for (let i = 0; i < rows; i++) pen.fillText(rowName(i), left - 6, top + (i + 0.5) * part);
    pen.textAlign = "center";
    if (columnName) for (let i = 0; i < columns; i++) pen.fillText(columnName(i), left + (i + 0.5) * part, top - 8);
  }

  outline(pen, part, index, style, width) {
    const { columns, left, top, gap } = this.look;
    const [column, row] = [index % columns, Math.floor(index / columns)];
    Object.assign(pen, { strokeStyle: style, lineWidth: width });
    const inset = gap / 2 - width / 2;
    pen.strokeRect(left + column * part + inset, top + row * part + inset, part - 2 * inset, part - 2 * inset);
  }
}
