// Step 7: the operation: heads muted, patches cut, one row of attention bent, temperature.

const PATIENCE = 1500; // ms to wait for the page's answer before more is told

class Operate {
  constructor(root, walk) {
    this.walk = walk;
    const show = (known) => Object.entries(known).forEach(([name, told]) => walk.read({ name, told }));
    this.direct = new Direct(show, () => this.say());
    this.how = { muted: [], cut: [], rows: [], temperature: 0 };
    const side = (...children) => el("div", { className: "half" }, ...children);
    [this.headTitle, this.patchTitle] = [el("h5"), el("h5")];
    this.place = el("div", { className: "scroll" });
    this.mosaic = new Mosaic(this.place, { press: (at) => this.mute(at) });
    this.headTold = el("p", { className: "hint" });
    this.tools = ["cut", "row"].map((name) => chip("", () => this.pick(name)));
    this.tool = "cut";
    const patches = el("div");
    this.grid = new Grid(patches, { press: (patch) => this.touch(patch), hover: (patch) => walk.point(patch) });
    this.patchTold = el("p", { className: "hint" });
    this.heat = range(-20, 20, 1, (value) => this.change({ temperature: value }));
    this.reset = chip("", () => this.change({ muted: [], cut: [], rows: [], temperature: 0 }));
    const chips = el("div", { className: "chips" }, ...this.tools);
    const left = side(this.headTitle, this.place, this.headTold, this.heat.node, this.reset);
    root.append(el("div", { className: "pair" }, left, side(this.patchTitle, chips, patches, this.patchTold)));
  }

  update({ words, how, turn, importance }) {
    if (this.turn !== turn) {
      this.turn = turn;
      this.how = structuredClone(how);
      this.heat.input.value = how.temperature;
    }
    this.weights = importance ? unpack(importance) : null;
    this.headTitle.textContent = words.heads;
    this.patchTitle.textContent = words.patches;
    this.heat.name.textContent = words.temperature;
    this.reset.textContent = words.reset;
    [words.cut, words.row].forEach((text, i) => (this.tools[i].textContent = text));
    this.busy = 0;
    if (this.news) this.say();
    else if (!this.direct.ahead) this.walk.hold(false);
  }

  pick(tool) {
    this.tool = tool;
    this.walk.request();
  }

  mute(at) {
    const { heads } = this.walk.book;
    const one = [Math.floor(at / heads), at % heads];
    const same = ([layer, head]) => layer === one[0] && head === one[1];
    const muted = this.how.muted.some(same) ? this.how.muted.filter((other) => !same(other)) : [...this.how.muted, one];
    this.change({ muted });
  }

  /** A patch is cut or put back, or the chosen token of the chosen head looks only there. */
  touch(patch) {
    if (patch < 0) return;
    const { book, state } = this.walk;
    if (this.tool === "cut") {
      const cut = this.how.cut.includes(patch) ? this.how.cut.filter((other) => other !== patch) : [...this.how.cut, patch];
      if (cut.length < book.patches) this.change({ cut });
      return;
    }
    const shares = [[book.token(patch), 1]];
    const own = { layer: state.layer, head: state.head, query: book.token(state.query), shares };
    const here = (row) => row.layer === own.layer && row.head === own.head && row.query === own.query;
    const again = this.how.rows.some((row) => here(row) && row.shares[0][0] === shares[0][0]);
    const others = this.how.rows.filter((row) => !here(row));
    this.change({ rows: again ? others : [...others, own] });
  }

  /** Something was changed: small nets answer at once, the page follows when all is at rest. */
  change(settings) {
    Object.assign(this.how, settings);
    this.heat.input.value = this.how.temperature;
    this.walk.request();
    if (this.data.ask) this.walk.hold(true);
    this.direct.ask(this.data.ask, { how: this.how, at: this.walk.state });
  }

  /** Tell the page, and not again before it has answered. */
  say() {
    this.walk.held.clear(); // the page is about to tell all of it anew
    this.walk.hold(false);
    const now = performance.now();
    this.news = this.busy > now;
    if (this.news) return;
    this.busy = now + PATIENCE;
    this.tell("how", { ...structuredClone(this.how), turn: this.turn });
  }

  draw(book, state) {
    const { words, how } = this;
    this.patches(book, state);
    this.heat.output.textContent = `×${(10 ** (how.temperature / 20)).toFixed(2)}`;
    [0, 1].forEach((i) => this.tools[i].setAttribute("aria-pressed", String((this.tool === "cut") === (i === 0))));
    this.reset.hidden = !how.muted.length && !how.cut.length && !how.rows.length && !how.temperature;
    const print = JSON.stringify([book.stamp, how.muted, this.data.importance?.data, words.heads, this.root.clientWidth]);
    if (this.print === print) return;
    this.print = print;
    const muted = new Set(how.muted.map(([layer, head]) => layer * book.heads + head));
    const weights = this.weights?.values;
    const most = weights ? Math.max(...weights.map(Math.abs)) || 1 : 1;
    const tiles = Array.from({ length: book.layers * book.heads }, (_, i) => {
      return this.tile(muted.has(i), weights ? weights[i] / most : 0, weights?.[i]);
    });
    const look = { rows: book.layers, columns: book.heads, tiles, left: 30, top: 20, most: 52, gap: 5 };
    const names = { rowName: (i) => `${words.layerShort}${i + 1}`, columnName: (i) => `${words.headShort}${i + 1}` };
    this.mosaic.show({ ...look, ...names, chosen: undefined, label: words.heads });
    this.headTold.textContent = weights ? fill(words.importance, { most: most.toFixed(2) }) : words.click;
  }

  /** A head: its importance as a colour, crossed out when it is muted. */
  tile(off, share, value) {
    const canvas = el("canvas", { width: 44, height: 44 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "rgba(128,128,140,0.18)";
    pen.fillRect(0, 0, 44, 44);
    const [r, g, b, cover] = colour(share, true);
    pen.fillStyle = `rgba(${r},${g},${b},${cover})`;
    pen.fillRect(0, 0, 44, 44);
    pen.fillStyle = ink(this.root, "--st-text-color");
    pen.font = "600 14px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    if (value !== undefined && !off) pen.fillText(value.toFixed(1).replace("-0.0", "0.0"), 22, 23);
    if (!off) return canvas;
    pen.fillStyle = "rgba(20,21,26,0.7)";
    pen.fillRect(0, 0, 44, 44);
    pen.strokeStyle = "#f2777a";
    pen.lineWidth = 4;
    pen.beginPath();
    for (const [x, y] of [[10, 34], [34, 10]]) {
      pen.moveTo(10, x);
      pen.lineTo(34, y);
    }
    pen.stroke();
    return canvas;
  }

  patches(book, { query, layer, head }) {
    const { words, how, walk } = this;
    const row = this.tool === "row";
    this.grid.show({
      side: book.grid,
      picture: book.image,
      values: row ? book.onGrid(book.look(layer, head, book.token(query))) : null,
      low: 0,
      chosen: row ? query : -1,
      pointed: walk.pointed,
      marked: how.cut,
      label: words.patches,
    });
    const told = { one: book.name(query, words), layer: layer + 1, head: head + 1, n: how.cut.length };
    this.patchTold.textContent = fill(row ? words.rowTold : words.cutTold, told);
  }
}
