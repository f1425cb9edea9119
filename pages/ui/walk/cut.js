// Step 1: the picture taken apart, and the chosen patch as the vector that it becomes.

const WIDE = 12; // numbers a side up to which a patch's values are written into it

class Cut {
  constructor(root, walk) {
    this.canvas = el("canvas", { className: "square" });
    this.size = range(0, 1, 1, (at) => this.resize(at));
    this.told = el("p", { className: "hint" });
    const left = el("div", { className: "half" }, this.canvas, this.size.node, this.told);
    this.close = el("div");
    this.grid = new Grid(this.close);
    this.name = el("h5");
    this.strip = el("canvas", { className: "strip" });
    this.vector = el("p", { className: "numbers" });
    const right = el("div", { className: "half" }, this.name, this.close, this.strip, this.vector);
    root.append(el("div", { className: "pair" }, left, right));
    this.canvas.addEventListener("click", (event) => {
      const patch = this.under(event);
      if (patch !== undefined) walk.choose({ query: patch });
    });
    this.canvas.addEventListener("pointermove", (event) => walk.point(this.under(event)));
    this.canvas.addEventListener("pointerleave", () => walk.point(undefined));
    this.resized = new ResizeObserver(() => walk.request());
    this.resized.observe(this.canvas);
  }

  update({ words, sizes }) {
    this.size.name.textContent = words.size;
    Object.assign(this.size.input, { max: sizes.length - 1 });
    this.sizes = sizes;
  }

  resize(at) {
    this.wish = this.sizes[at];
    this.walk.request();
  }

  under(event) {
    const { book } = this.walk;
    if (!book || this.patch !== book.patch) return undefined;
    const box = this.canvas.getBoundingClientRect();
    const at = (value, from, size) => Math.floor(((value - from) / size) * book.grid);
    const [row, column] = [at(event.clientY, box.top, box.height), at(event.clientX, box.left, box.width)];
    const inside = Math.min(row, column) >= 0 && Math.max(row, column) < book.grid;
    return inside ? row * book.grid + column : undefined;
  }

  draw(book, { query }) {
    if (this.stamp !== book.stamp) {
      Object.assign(this, { stamp: book.stamp, wish: book.patch });
      this.size.input.value = this.sizes.indexOf(book.patch);
    }
    this.patch = this.wish;
    const grid = Math.round(book.image.width / this.patch);
    this.size.output.textContent = `${this.patch}×${this.patch}`;
    const own = this.patch === book.patch;
    const told = { n: grid * grid, grid, rows: (grid * grid).toLocaleString(), pairs: (grid ** 4).toLocaleString(), own: book.patch };
    this.told.textContent = fill(own ? this.words.own : this.words.other, told);
    this.apart(book, grid, own ? book.subject(query) : -1);
    this.closer(book, book.subject(query));
  }

  /** The patches with room between them. */
  apart(book, grid, chosen) {
    const size = this.canvas.clientWidth;
    if (!size) return;
    const pen = sharp(this.canvas, size, size);
    pen.imageSmoothingEnabled = book.image.width > FINE;
    const [part, side] = [size / grid, book.image.width / grid];
    const gap = Math.min(6, part * 0.16);
    const pointed = this.patch === book.patch ? this.walk.pointed : undefined;
    for (let patch = 0; patch < grid * grid; patch++) {
      const [column, row] = [patch % grid, Math.floor(patch / grid)];
      const lift = patch === chosen ? gap / 2 : 0;
      const [left, top, wide] = [column * part + gap / 2 - lift, row * part + gap / 2 - lift, part - gap + 2 * lift];
      pen.drawImage(book.image, column * side, row * side, side, side, left, top, wide, wide);
      if (patch !== chosen && patch !== pointed) continue;
      pen.strokeStyle = patch === chosen ? "#35e0c4" : ink(this.canvas, "--st-text-color");
      pen.lineWidth = 2.5;
      pen.strokeRect(left, top, wide, wide);
    }
  }

  /** The chosen patch with its values, and these values in a row. */
  closer(book, patch) {
    const side = book.patch;
    const { channels } = book;
    const piece = book.numbers(patch);
    const numbers = channels === 1 && side <= WIDE ? Array.from(piece, String) : null;
    this.name.textContent = book.name(patch, this.words);
    this.piece = book.piece(patch, this.piece);
    this.grid.show({ side, picture: this.piece, numbers, lines: side <= WIDE, label: this.name.textContent });
    const { length } = piece;
    const values = Float32Array.from(piece, (value, i) => {
      return (value / 255 - book.mean[i % channels]) / book.std[i % channels];
    });
    const row = heatmap(scaled(values, { signed: true }), 1, length, true);
    const wide = this.strip.clientWidth;
    const pen = sharp(this.strip, wide, 22);
    pen.drawImage(row, 0, 0, wide, 22);
    const shown = Array.from(values.slice(0, 8), (value) => value.toFixed(2)).join(", ");
    this.vector.textContent = fill(this.words.vector, { shown, n: length });
  }
}
