// The slider through a net's training: small nets answer at every step, the page follows at rest.

class Moments {
  constructor(root, walk) {
    this.walk = walk;
    const show = (known) => Object.entries(known).forEach(([name, told]) => walk.read({ name, told }));
    this.direct = new Direct(show, () => this.say());
    this.slider = range(0, 1, 1, (at) => this.change(at));
    this.told = el("p", { className: "hint" });
    root.append(this.slider.node, this.told);
  }

  update({ words, labels, at, source }) {
    this.slider.name.textContent = words.when;
    const none = labels.length < 2;
    this.told.textContent = none ? words.none : words.told;
    Object.assign(this.slider.input, { max: Math.max(1, labels.length - 1), disabled: none });
    if (this.source !== source || !this.direct.ahead) this.seek(at);
    this.source = source;
    if (!this.direct.ahead) this.walk.hold(false);
  }

  seek(at) {
    const { labels } = this.data;
    this.at = at;
    this.slider.input.value = labels.length < 2 ? 1 : at;
    this.slider.output.textContent = labels[at];
    this.slider.input.ariaValueText = labels[at];
  }

  change(at) {
    this.seek(at);
    if (this.ask) this.walk.hold(true);
    this.direct.ask(this.ask, { moment: at, at: this.walk.state });
  }

  /** Tell the page; each time counts once, also where it stands as before. */
  say() {
    this.walk.held.clear(); // the page is about to tell all of it anew
    this.walk.hold(false);
    this.tell("at", { at: this.at, source: this.source, turn: Date.now() });
  }

  /** What the page tells of a way names whom to ask for others; an answer does not. */
  draw({ moments }) {
    this.ask = moments ?? this.ask;
  }
}
