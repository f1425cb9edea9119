// Step 10: a CNN beside the ViT: what one place sees, Grad-CAM, and which layers are alike.

class Beside {
  constructor(root, walk) {
    this.pair = el("div", { className: "pair" });
    root.append(this.pair);
    this.sides = [0, 1, 2].map(() => {
      const [title, told] = [el("h5"), el("p", { className: "hint" })];
      const third = el("div", { className: "third" }, title);
      const grid = new Grid(third, { press: (patch) => this.press(patch), hover: (patch) => this.over(patch) });
      third.append(told);
      this.pair.append(third);
      return { title, told, grid };
    });
    this.walk = walk;
  }

  /** The nearest patch of the ViT for a place on the CNN's map, and the other way round. */
  across(index, from, to) {
    const [row, column] = [Math.floor(index / from), index % from];
    const place = (value) => Math.min(to - 1, Math.floor(((value + 0.5) * to) / from));
    return place(row) * to + place(column);
  }

  press(patch) {
    if (patch >= 0) this.walk.choose({ query: patch });
  }

  over(patch) {
    this.walk.point(patch);
  }

  update({ cam, boxes }) {
    this.cam = unpack(cam);
    this.boxes = unpack(boxes);
  }

  draw(book, { query, layer, head }) {
    const { words, data, walk } = this;
    if (data.stamp !== book.stamp) return;
    const at = walk.pointed >= 0 ? walk.pointed : query;
    const [side] = this.cam.shape;
    const shown = Math.max(0, at);
    const place = this.across(shown, book.grid, side);
    const common = { picture: book.image, pointed: walk.pointed, chosen: query };
    const [field, cam, looks] = this.sides;
    const box = Array.from(this.boxes.values.subarray(4 * place, 4 * place + 4));
    field.grid.show({ ...common, side: book.grid, box, label: words.field });
    cam.grid.show({ ...common, side: book.grid, values: this.spread(side, book.grid), label: words.cam });
    const values = book.onGrid(book.look(layer, head, book.token(query)));
    looks.grid.show({ ...common, side: book.grid, values, low: 0, label: words.looks });
    const names = { one: book.name(query, words), layer: layer + 1, head: head + 1, side: data.receptive, share: percent(data.receptive ** 2 / book.image.width ** 2) };
    [[field, "field"], [cam, "cam"], [looks, "looks"]].forEach(([part, name]) => {
      part.title.textContent = fill(words[name], names);
      part.told.textContent = fill(words[`${name}Told`], names);
    });
  }

  /** The CNN's map on the ViT's grid. */
  spread(side, grid) {
    return Float32Array.from({ length: grid * grid }, (_, i) => this.cam.values[this.across(i, grid, side)]);
  }
}

/** How alike two nets' layers are, as a table of colours with numbers. */
class Matrix {
  constructor(root, walk) {
    this.canvas = el("canvas", { className: "cka" });
    this.told = el("p", { className: "hint" });
    root.append(el("div", { className: "scroll" }, this.canvas), this.told);
    this.canvas.addEventListener("pointermove", (event) => this.over(event));
    this.canvas.addEventListener("pointerleave", () => this.over());
    this.resized = new ResizeObserver(() => walk.request());
    this.resized.observe(root);
  }

  over(event) {
    const { rows, columns } = this.data;
    const box = this.canvas.getBoundingClientRect();
    const column = event ? Math.floor((event.clientX - box.left - this.left) / this.part) : -1;
    const row = event ? Math.floor((event.clientY - box.top) / this.part) : -1;
    const known = row in rows && column in columns;
    const value = known && this.values.values[row * columns.length + column].toFixed(2);
    this.told.textContent = known ? `${rows[row]} · ${columns[column]}: ${value}` : this.words.hint;
  }

  update({ values }) {
    this.values = unpack(values);
    this.over();
  }

  draw() {
    const { rows, columns, words } = this.data;
    this.left = 150;
    const wide = this.root.clientWidth;
    this.part = Math.max(26, Math.min(54, (wide - this.left - 8) / columns.length));
    const [width, height] = [this.left + this.part * columns.length, this.part * rows.length + 112];
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    const pen = sharp(this.canvas, width, height);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const [text, muted] = [ink(this.canvas, "--st-text-color"), ink(this.canvas, "--muted")];
    this.values.values.forEach((value, i) => {
      const [column, row] = [i % columns.length, Math.floor(i / columns.length)];
      pen.fillStyle = `rgb(${shade(value).join()})`;
      pen.fillRect(this.left + column * this.part + 1, row * this.part + 1, this.part - 2, this.part - 2);
      pen.fillStyle = value > 0.72 ? "#000" : "#fff";
      pen.textAlign = "center";
      if (this.part > 30) pen.fillText(value.toFixed(2), this.left + (column + 0.5) * this.part, (row + 0.5) * this.part);
    });
    pen.fillStyle = text;
    pen.textAlign = "right";
    rows.forEach((name, i) => pen.fillText(name, this.left - 8, (i + 0.5) * this.part));
    const below = this.part * rows.length + 8;
    columns.forEach((name, i) => {
      pen.save();
      pen.translate(this.left + (i + 0.5) * this.part, below);
      pen.rotate(-Math.PI / 3);
      pen.fillText(name, 0, 0);
      pen.restore();
    });
    pen.fillStyle = muted;
    pen.textAlign = "left";
    pen.fillText(words.y, 0, below + 6);
    pen.fillText(words.x, 0, height - 10);
  }
}
