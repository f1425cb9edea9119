// Step 6: what the head would answer after each layer, for the chosen token and for every patch.

class Lens {
  constructor(root, walk) {
    this.title = el("h5");
    this.rows = el("div", { className: "layers" });
    this.legend = el("div", { className: "legend" });
    this.whose = [chip("", () => this.pick(false)), chip("", () => this.pick(true))];
    const chips = el("div", { className: "chips" }, ...this.whose);
    const left = el("div", { className: "half" }, this.title, chips, this.rows, this.legend);
    this.second = el("h5");
    const right = el("div", { className: "half" }, this.second);
    this.grid = new Grid(right, { press: (patch) => walk.choose({ query: patch }), hover: (patch) => walk.point(patch) });
    this.after = range(0, 1, 1, () => walk.request());
    this.told = el("p", { className: "hint" });
    right.append(this.after.node, this.told);
    root.append(el("div", { className: "pair" }, left, right));
  }

  /** Of whom the bars are: of what the head reads, or of the chosen patch. */
  pick(patch) {
    this.patch = patch;
    this.walk.request();
  }

  draw(book, { query }) {
    const { words, walk } = this;
    if (this.stamp !== book.stamp) {
      if (!this.stamp || +this.after.input.max !== book.layers) {
        this.after.input.max = book.layers;
        this.after.input.value = book.layers;
      }
      this.stamp = book.stamp;
      this.names(book);
    }
    const one = this.patch ? query : -1;
    this.title.textContent = one < 0 ? words.titleHead : fill(words.titlePatch, { one: book.name(query, words) });
    [words.whole, words.one].forEach((text, i) => (this.whose[i].textContent = text));
    this.whose.forEach((button, i) => button.setAttribute("aria-pressed", String((one >= 0) === (i === 1))));
    this.whose[1].disabled = query < 0;
    this.stack(book, one);
    const layer = +this.after.input.value;
    this.after.name.textContent = words.after;
    this.after.output.textContent = layer ? `${words.layerShort}${layer}` : words.start;
    this.second.textContent = words.classMap;
    this.map(book, layer, query, walk.pointed);
  }

  names(book) {
    const keys = book.lensNames.map((name, i) => {
      const swatch = el("i");
      swatch.style.background = this.hue(i);
      return el("span", {}, swatch, name);
    });
    this.legend.replaceChildren(...keys);
  }

  hue(i) {
    const hues = ink(this.root, "--st-chart-categorical-colors", "").split(",").filter(Boolean);
    return hues.length ? hues[i % hues.length] : `hsl(${(i * 137) % 360} 60% 55%)`;
  }

  /** A bar per layer, stacked from the classes' probabilities. */
  stack(book, query) {
    const count = book.lensNames.length;
    const rows = [];
    for (let layer = 0; layer <= book.layers; layer++) {
      const from = query < 0 ? layer * count : (layer * book.patches + query) * count;
      const shares = (query < 0 ? book.lens : book.patchLens).values.subarray(from, from + count);
      const track = el("span", { className: "stack" });
      shares.forEach((share, i) => {
        if (share < 0.004) return;
        const part = el("i", { title: `${book.lensNames[i]} ${percent(share)}` });
        Object.assign(part.style, { width: `${100 * share}%`, background: this.hue(i) });
        if (share > 0.13) part.textContent = book.lensNames[i];
        track.append(part);
      });
      const name = layer ? `${this.words.layerShort}${layer}` : this.words.start;
      rows.push(el("div", { className: "answer" }, el("span", { className: "name", textContent: name }), track));
    }
    this.rows.replaceChildren(...rows);
  }

  /** Every patch in the colour of the class that the head would read from it. */
  map(book, layer, query, pointed) {
    const count = book.lensNames.length;
    const best = [];
    for (let patch = 0; patch < book.patches; patch++) {
      const from = (layer * book.patches + patch) * count;
      const shares = book.patchLens.values.subarray(from, from + count);
      const at = shares.indexOf(Math.max(...shares));
      best.push({ at, share: shares[at] });
    }
    const canvas = this.paint(book, best);
    const short = (name) => (name.length <= 3 ? name : "");
    this.grid.show({
      side: book.grid,
      picture: canvas,
      chosen: query,
      pointed,
      numbers: book.grid <= 10 ? best.map(({ at }) => short(book.lensNames[at])) : null,
      label: this.words.classMap,
    });
    const { words } = this;
    const one = best[pointed >= 0 ? pointed : query];
    const told = one && { one: book.name(pointed >= 0 ? pointed : query, words), name: book.lensNames[one.at], share: percent(one.share) };
    this.told.textContent = one ? fill(words.reads, told) : words.probe;
  }

  paint(book, best) {
    const canvas = el("canvas", { width: book.image.width, height: book.image.height });
    const pen = canvas.getContext("2d");
    pen.filter = "grayscale(1) brightness(0.6)";
    pen.drawImage(book.image, 0, 0);
    pen.filter = "none";
    const part = book.image.width / book.grid;
    best.forEach(({ at, share }, patch) => {
      pen.globalAlpha = 0.25 + 0.6 * share;
      pen.fillStyle = this.hue(at);
      pen.fillRect((patch % book.grid) * part, Math.floor(patch / book.grid) * part, part, part);
    });
    return canvas;
  }
}
