// Step 5: attention followed through all layers, and the size of every token on the way.

/** Maps beside each other, each over the picture, with its own name and what it means. */
class Follow {
  constructor(root, walk) {
    this.discard = range(0, 95, 5, (value) => this.change({ discard: value / 100 }));
    this.pair = el("div", { className: "pair" });
    root.append(this.discard.node, this.pair);
    this.sides = [];
    this.walk = walk;
    this.direct = new Direct((known) => this.look(known.maps), () => this.say());
  }

  update({ words, maps, discard, turn }) {
    this.discard.name.textContent = words.discard;
    if (this.turn !== turn) {
      this.turn = turn;
      this.discard.input.value = 100 * discard;
    }
    this.busy = 0;
    while (this.sides.length < maps.length) this.sides.push(this.side());
    if (!this.direct.ahead) this.look(maps.map((map) => map.values));
    if (this.news) this.say();
  }

  look(maps) {
    this.maps = maps.map(unpack);
    this.walk.request();
  }

  side() {
    const [title, told] = [el("h5"), el("p", { className: "hint" })];
    const half = el("div", { className: "third" }, title);
    const { walk } = this;
    const grid = new Grid(half, { press: (patch) => walk.choose({ query: patch }), hover: (patch) => walk.point(patch) });
    half.append(told);
    this.pair.append(half);
    return { title, told, grid };
  }

  change(settings) {
    this.how = { ...this.how, ...settings };
    this.discard.output.textContent = percent(this.how.discard ?? this.data.discard);
    this.direct.ask(this.data.ask, this.how);
  }

  /** Tell the page, and not again before it has answered. */
  say() {
    const now = performance.now();
    this.news = this.busy > now;
    if (this.news) return;
    this.busy = now + PATIENCE;
    this.tell("how", { ...this.how, turn: this.turn });
  }

  draw(book, { query }) {
    const { data, walk, words } = this;
    this.discard.output.textContent = percent(this.how?.discard ?? data.discard);
    if (data.stamp !== book.stamp) return;
    data.maps.forEach((map, i) => {
      const { title, told, grid } = this.sides[i];
      const { values } = this.maps[i];
      title.textContent = map.title;
      const whole = values.reduce((a, b) => a + b, 0) || 1;
      const at = walk.pointed >= 0 ? walk.pointed : undefined;
      grid.show({
        side: book.grid,
        picture: book.image,
        values,
        chosen: query,
        pointed: walk.pointed,
        marked: book.cut,
        label: map.title,
      });
      const share = at === undefined ? "" : percent(values[at] / whole);
      told.textContent = at === undefined ? map.told : fill(words.share, { one: book.name(at, words), share });
    });
  }
}

/** How long every token is after each layer. */
class Norms {
  constructor(root, walk) {
    this.place = el("div", { className: "scroll" });
    this.mosaic = new Mosaic(this.place, { press: (layer) => walk.choose({ layer: Math.max(0, layer - 1) }) });
    this.told = el("p", { className: "hint" });
    root.append(this.place, this.told);
  }

  draw(book) {
    if (!book.norms) return;
    const { words } = this;
    const size = book.patches;
    const count = book.layers + 1;
    const { values } = book.norms;
    const most = Math.max(...values);
    if (this.stamp !== book.stamp) {
      this.stamp = book.stamp;
      this.tiles = heatmaps(values, count, book.grid, { low: 0, high: most }, this.tiles);
    }
    this.mosaic.show({
      rows: 1,
      columns: count,
      tiles: this.tiles,
      top: 20,
      most: 110,
      columnName: (i) => (i ? `${words.layerShort}${i}` : words.start),
      label: words.title,
    });
    const ordered = Array.from(values.subarray((count - 1) * size)).sort((a, b) => a - b);
    const middle = ordered[Math.floor(size / 2)];
    const told = { most: most.toFixed(1), middle: middle.toFixed(1), times: (ordered.at(-1) / middle).toFixed(1) };
    this.told.textContent = fill(words.about, told);
  }
}
