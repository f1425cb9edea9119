// Step 4: all heads of all layers for the chosen token, and one of them large, both ways.

const HOWS = ["mean", "max", "min"];

class Heads {
  constructor(root, walk) {
    this.way = [chip("", () => this.set({ column: false })), chip("", () => this.set({ column: true }))];
    this.scales = [chip("", () => this.set({ shared: false })), chip("", () => this.set({ shared: true }))];
    this.fusions = HOWS.map((how) => chip("", () => this.set({ how })));
    this.how = { column: false, shared: false, how: "mean" };
    this.labels = [el("span"), el("span"), el("span")];
    const row = (label, chips) => el("div", { className: "choice" }, label, el("div", { className: "chips" }, ...chips));
    const tools = el("div", { className: "tools" });
    tools.append(row(this.labels[0], this.way), row(this.labels[1], this.scales), row(this.labels[2], this.fusions));
    this.place = el("div", { className: "scroll" });
    this.mosaic = new Mosaic(this.place, {
      press: (at) => this.chosen(at),
      hover: (at, event) => this.hovered(at, event),
    });
    this.told = el("p", { className: "hint" });
    root.append(tools, this.place, this.told);
  }

  set(change) {
    Object.assign(this.how, change);
    this.walk.request();
  }

  /** The last column holds the heads fused, and cannot be chosen as a head. */
  chosen(at) {
    const { heads } = this.walk.book;
    const head = at % (heads + 1);
    this.walk.choose({ layer: Math.floor(at / (heads + 1)), head: Math.min(head, heads - 1) });
  }

  /** The patch below the pointer inside a tile. */
  hovered(at, event) {
    if (at === undefined) return this.walk.point(undefined);
    const { grid, heads } = this.walk.book;
    const box = this.mosaic.canvas.getBoundingClientRect();
    const { left, top, gap } = this.mosaic.look;
    const part = this.mosaic.measure();
    const inside = (value, from, index) => {
      const place = (value - from - index * part - gap / 2) / (part - gap);
      return Math.min(grid - 1, Math.max(0, Math.floor(place * grid)));
    };
    const column = inside(event.clientX, box.left + left, at % (heads + 1));
    const row = inside(event.clientY, box.top + top, Math.floor(at / (heads + 1)));
    return this.walk.point(row * grid + column);
  }

  draw(book, { query, layer, head }) {
    const { words, how } = this;
    this.say(words, how);
    const spots = [[query, "#35e0c4"], [this.walk.pointed, "#fff"]].filter(([cell]) => cell >= 0);
    this.tiles(book, query, how);
    if (!this.kept) return;
    const most = this.most;
    this.mosaic.show({
      rows: book.layers,
      columns: book.heads + 1,
      tiles: this.kept,
      spots: spots.map(([cell, style]) => ({ cell, style, grid: book.grid })),
      chosen: layer * (book.heads + 1) + head,
      left: 30,
      top: 20,
      most: 84,
      gap: book.heads > 8 ? 3 : 6,
      rowName: (i) => `${words.layerShort}${i + 1}`,
      columnName: (i) => (i < book.heads ? `${words.headShort}${i + 1}` : words[how.how]),
      label: words.title,
    });
    const scale = most === undefined ? words.own : fill(words.common, { most: percent(most) });
    this.told.textContent = `${fill(how.column ? words.toTold : words.fromTold, { one: book.name(query, words) })} ${scale}`;
  }

  /** The maps as tiles, painted anew only where the question is another. */
  tiles(book, query, how) {
    const print = JSON.stringify([book.stamp, query, how]);
    if (this.print === print) return;
    const token = book.token(query);
    const lines = [];
    for (let at = 0; at < book.layers; at++) {
      for (let one = 0; one < book.heads; one++) lines.push(book.onGrid(book.look(at, one, token, how.column)));
      lines.push(book.onGrid(book.fused(at, token, how.column, how.how)));
    }
    if (lines.some((line) => !line)) return;
    this.print = print;
    this.most = how.shared ? Math.max(...lines.map((line) => Math.max(...line))) : undefined;
    const scale = { low: 0, high: this.most };
    const old = this.kept ?? [];
    this.kept = lines.map((line, i) => heatmap(scaled(line, scale), book.grid, book.grid, false, old[i]));
  }

  say(words, how) {
    const names = [[words.from, words.to], [words.ownScale, words.sharedScale], HOWS.map((one) => words[one])];
    [words.way, words.scale, words.fusion].forEach((text, i) => (this.labels[i].textContent = text));
    const states = [[!how.column, how.column], [!how.shared, how.shared], HOWS.map((one) => one === how.how)];
    [this.way, this.scales, this.fusions].forEach((chips, i) =>
      chips.forEach((one, k) => {
        one.textContent = names[i][k];
        one.setAttribute("aria-pressed", String(states[i][k]));
      }),
    );
  }
}

/** One head large: where the token looks, and who looks at it; a mask keeps the share m. */
class Looks {
  constructor(root, walk) {
    this.sides = [false, true].map((column) => {
      const title = el("h5");
      const half = el("div", { className: "half" }, title);
      const press = (patch) => walk.choose({ query: patch });
      const grid = new Grid(half, { press, hover: (patch) => walk.point(patch) });
      const told = el("p", { className: "hint" });
      half.append(told);
      return { column, title, grid, told, half };
    });
    this.mask = range(10, 100, 5, () => walk.request());
    this.mask.input.value = 100;
    root.append(el("div", { className: "pair" }, ...this.sides.map((side) => side.half)), this.mask.node);
  }

  draw(book, { query, layer, head }) {
    const { words, walk } = this;
    const share = this.mask.input.value / 100;
    this.mask.name.textContent = words.mass;
    this.mask.output.textContent = percent(share);
    for (const { column, title, grid, told } of this.sides) {
      const line = book.look(layer, head, book.token(query), column);
      if (!line) continue;
      const values = book.onGrid(line);
      const kept = share < 1 ? book.mass(values, share) : null;
      const names = { one: book.name(query, words), layer: layer + 1, head: head + 1 };
      title.textContent = fill(column ? words.to : words.from, names);
      grid.show({
        side: book.grid,
        picture: book.image,
        values: kept ? values.map((value, i) => (kept.has(i) ? value : 0)) : values,
        low: 0,
        chosen: query,
        pointed: walk.pointed,
        marked: book.cut,
        numbers: book.grid <= 8 ? Array.from(values, (value) => (value >= 0.005 ? String(Math.round(100 * value)) : "")) : null,
        label: title.textContent,
      });
      const at = walk.pointed;
      const cls = book.cls ? fill(words.cls, { share: percent(line[0]) }) : "";
      const kinds = kept ? fill(words.kept, { n: kept.size, share: percent(share) }) : "";
      told.textContent = at >= 0 ? `${book.name(at, words)}: ${percent(values[at])}` : `${kinds} ${column ? "" : cls}`;
    }
  }
}
