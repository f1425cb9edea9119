// What stays in sight: the plane, the picture of the chosen code, a slider for each of its numbers.

const LAYERS_SHOWN = ["points", "prior", "judge"];
const MINUTE = 4; // digits of a code that are told

class Stage {
  constructor(root, studio) {
    this.studio = studio;
    this.layers = el("div", { className: "chips" });
    this.legend = el("div", { className: "legend" });
    this.left = el("div", { className: "left" });
    this.picture = el("canvas", { className: "decoded" });
    this.picture.setAttribute("role", "img");
    this.told = el("dl", { className: "told" });
    this.contents = el("div", { className: "chips contents" });
    this.numbers = el("div", { className: "numbers" });
    this.hint = el("p", { className: "hint" });
    const facts = el("div", { className: "facts" }, this.told, this.contents, this.numbers);
    const right = el("div", { className: "right" }, this.picture, facts);
    root.append(el("div", { className: "pair" }, this.left, right), this.hint);
    this.plane = new Plane(this.left, studio);
    this.left.append(this.legend, this.layers);
  }

  update(data) {
    const { studio } = this;
    studio.say = (at) => this.tell("at", { ...at, turn: this.turn });
    Object.assign(studio, { mode: data.mode, path: data.path, live: data.live });
    if (this.turn !== data.turn) {
      this.turn = data.turn;
      Object.assign(studio.state, structuredClone(data.at));
    }
    this.plane.canvas.setAttribute("aria-label", data.words.plane);
    studio.answered(data.decoded);
    this.build(data);
  }

  /** Buttons and sliders, made anew only when they are others. */
  build({ words, judges, names, contents, count, reach }) {
    const now = JSON.stringify([words, judges, names, contents, count, reach]);
    if (this.built === now) return;
    this.built = now;
    const { studio } = this;
    const offered = LAYERS_SHOWN.filter((name) => name !== "judge" || judges);
    this.chips = offered.map((name) => Object.assign(chip(words[name], () => studio.toggle(name)), { name }));
    this.layers.replaceChildren(...this.chips);
    this.keys = names.map((name, label) => {
      const key = el("button", { type: "button", title: words.only, onclick: () => studio.filter(label) });
      const dot = el("i");
      dot.style.background = hue(label);
      key.append(dot, name);
      return key;
    });
    this.legend.replaceChildren(...this.keys);
    this.kinds = contents.map((name, at) => chip(name, () => studio.choose({ content: at }, null, true)));
    const asked = el("span", { textContent: contents.includes("–") ? words.empty : words.content });
    this.contents.replaceChildren(...(contents.length ? [asked] : []), ...this.kinds);
    this.sliders = Array.from({ length: count }, (_, i) => {
      const one = range(-reach, reach, reach / 500, (value) => {
        const z = [...studio.state.z];
        z[i] = value;
        studio.choose({ z });
      });
      one.name.textContent = `z${subscript(i + 1)}`;
      one.input.onchange = () => studio.settle();
      return one;
    });
    this.numbers.replaceChildren(...this.sliders.map(({ node }) => node));
  }

  draw() {
    const { studio } = this;
    const { state, world, layers } = studio;
    if (!world || !this.sliders) return;
    this.plane.draw();
    for (const one of this.chips) one.setAttribute("aria-pressed", String(layers.has(one.name)));
    this.keys.forEach((key, label) => key.setAttribute("aria-pressed", String(studio.only === label)));
    this.kinds.forEach((kind, at) => kind.setAttribute("aria-pressed", String(state.content === at)));
    this.sliders.forEach(({ input, output }, i) => {
      if (+input.value !== state.z[i]) input.value = state.z[i];
      output.textContent = state.z[i]?.toFixed(2).replace("-", "−");
    });
    this.explain();
    this.decoded();
    this.read(world.place(state.z));
  }

  /** What can be done here, and what the colours of the discriminator mean while they show. */
  explain() {
    const { studio, words, data } = this;
    const heat = data.judges && studio.layers.has("judge") ? ` ${words.heat}` : "";
    const hint = (words[`hint_${data.mode}`] ?? words.hint) + heat;
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
  }

  /** The picture of the code: by the decoder here, or as the server has sent it. */
  decoded() {
    const { studio } = this;
    const shown = studio.decode();
    if (!shown) return;
    const { levels, size, channels } = shown;
    const image = pixels(levels, size, size, channels);
    const side = this.picture.clientWidth || 168;
    const pen = sharp(this.picture, side, side);
    pen.drawImage(image, 0, 0, side, side);
    this.picture.setAttribute("aria-label", this.words.decoded);
    this.picture.levels = levels;
  }

  read(place) {
    const { studio, words, data } = this;
    const { world } = studio;
    const rank = world.rank(place);
    const judged = world.judged(place) ?? data.judged;
    const near = world.nearest(place, Infinity);
    const rows = [];
    if (rank !== undefined) rows.push([words.prior_here, rank > 0.995 ? words.outside : fill(words.densest, { share: percent(rank) })]);
    if (judged !== undefined && judged !== null) rows.push([words.verdict, fill(words.takes, { share: percent(judged) })]);
    if (near !== undefined) rows.push([words.nearest, world.names[world.labels[near]]]);
    const now = JSON.stringify(rows);
    if (this.rows === now) return;
    this.rows = now;
    this.told.replaceChildren(
      ...rows.flatMap(([name, value]) => [el("dt", { textContent: name }), el("dd", { textContent: value })]),
    );
  }
}

function subscript(number) {
  return String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}
