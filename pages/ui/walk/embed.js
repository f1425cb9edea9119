// Step 2 and 3: the projection's filters, the token matrix, and which patches are alike.

/** Filters' main patterns, each with its share of the variance. */
class Filters {
  constructor(root) {
    this.list = el("div", { className: "tiles" });
    root.append(this.list);
  }

  draw(book) {
    if (this.stamp === book.stamp || !book.filters) return;
    this.stamp = book.stamp;
    const { values, shape } = book.filters;
    const [, height, width, channels] = shape;
    const size = height * width * channels;
    this.list.replaceChildren(
      ...book.variance.map((share, i) => {
        const tile = pixels(values.subarray(i * size, (i + 1) * size), height, width, channels);
        return el("figure", {}, tile, el("figcaption", { textContent: percent(share) }));
      }),
    );
  }
}

/** All tokens below each other, a row of numbers each. */
class Tokens {
  constructor(root, walk) {
    this.canvas = el("canvas", { className: "matrix" });
    this.told = el("p", { className: "hint" });
    root.append(this.canvas, this.told);
    this.canvas.addEventListener("click", (event) => walk.choose({ query: this.row(event) - walk.book.first }));
    this.canvas.addEventListener("pointermove", (event) => walk.point(this.row(event) - walk.book.first));
    this.canvas.addEventListener("pointerleave", () => walk.point(undefined));
    this.resized = new ResizeObserver(() => walk.request());
    this.resized.observe(this.canvas);
  }

  row(event) {
    const box = this.canvas.getBoundingClientRect();
    const [n] = this.walk.book.tokens.shape;
    return Math.max(0, Math.min(n - 1, Math.floor(((event.clientY - box.top) / box.height) * n)));
  }

  draw(book, { query }) {
    const [n, d] = book.tokens.shape;
    if (this.stamp !== book.stamp) {
      this.stamp = book.stamp;
      this.image = heatmap(scaled(book.tokens.values, { signed: true }), n, d, true, this.image);
      this.told.textContent = fill(book.every > 1 ? this.words.some : this.words.shape, { n, d: book.width, every: book.every });
    }
    const wide = this.canvas.clientWidth;
    const tall = Math.max(170, Math.min(300, n * 6));
    this.canvas.style.height = `${tall}px`;
    const pen = sharp(this.canvas, wide, tall);
    pen.drawImage(this.image, 0, 0, wide, tall);
    const part = tall / n;
    const { pointed } = this.walk;
    for (const [patch, style] of [[pointed, ink(this.canvas, "--st-text-color")], [query, "#35e0c4"]]) {
      if (patch === undefined) continue;
      pen.strokeStyle = style;
      pen.lineWidth = 2;
      pen.strokeRect(1, (patch + book.first) * part - 0.5, wide - 2, part + 1);
    }
  }
}

/** How like the chosen patch all others are, as the net has them at one point of its way. */
class Alike {
  constructor(root, walk) {
    this.title = el("h5");
    root.append(this.title);
    this.grid = new Grid(root, {
      press: (patch) => walk.choose({ query: patch }),
      hover: (patch) => walk.point(patch),
    });
    this.told = el("p", { className: "hint" });
    root.append(this.told);
  }

  draw(book, { query }) {
    const { words, walk, data } = this;
    this.title.textContent = words.title;
    const patch = book.subject(query);
    const values = book.line(data.of, patch, false);
    if (!values) {
      this.told.textContent = book[data.of] === null ? words.none : "";
      if (book[data.of] === null) this.grid.show({ side: book.grid, picture: book.image, chosen: patch });
      return;
    }
    this.grid.show({
      side: book.grid,
      values,
      signed: true,
      high: 1,
      chosen: patch,
      pointed: walk.pointed,
      numbers: book.grid <= 8 ? Array.from(values, (value) => value.toFixed(1)) : null,
      label: words.title,
    });
    const at = walk.pointed >= 0 ? walk.pointed : undefined;
    const name = book.name(patch, words);
    const told = { one: name, other: at === undefined ? "" : book.name(at, words), value: values[at]?.toFixed(3) };
    this.told.textContent = at === undefined ? fill(words.about, told) : fill(words.pair, told);
  }
}

/** For every patch a small map: how like its position is to all others. */
class Places {
  constructor(root, walk) {
    this.mosaic = new Mosaic(root, {
      press: (patch) => walk.choose({ query: patch }),
      hover: (patch) => walk.point(patch),
    });
    this.told = el("p", { className: "hint" });
    root.append(this.told);
  }

  draw(book, { query }) {
    const { words, walk } = this;
    this.told.textContent = book.positions ? fill(words.about, { n: book.patches }) : words.none;
    this.mosaic.canvas.hidden = !book.positions;
    if (!book.positions) return;
    if (this.stamp !== book.stamp) {
      this.stamp = book.stamp;
      const scale = { low: book.positionsLeast, high: 1 };
      this.tiles = heatmaps(book.positions.values, book.patches, book.grid, scale, this.tiles);
    }
    const spots = walk.pointed >= 0 ? [{ cell: walk.pointed, grid: book.grid, style: "#fff" }] : [];
    this.mosaic.show({
      rows: book.grid,
      columns: book.grid,
      tiles: this.tiles,
      spots,
      chosen: book.subject(query),
      pointed: walk.pointed >= 0 ? walk.pointed : undefined,
      gap: book.grid > 10 ? 2 : 5,
      most: 62,
      label: words.title,
    });
  }
}
