// The picture that stays in sight: which token is asked, where it looks, what the net answers.

class Stage {
  constructor(root, walk) {
    this.grid = new Grid(root, {
      press: (patch) => walk.choose({ query: patch }),
      hover: (patch) => walk.point(patch),
    });
    this.cls = chip("CLS", () => walk.choose({ query: -1 }));
    this.who = el("p", { className: "who", ariaLive: "polite" });
    this.hint = el("p", { className: "hint" });
    this.cover = range(0, 100, 5, () => walk.request());
    this.cover.input.value = 80;
    this.bars = el("div", { className: "answers" });
    root.append(el("div", { className: "line" }, this.cls, this.who), this.cover.node, this.bars, this.hint);
  }

  update({ words, at, turn }) {
    const { walk } = this;
    walk.say = (state) => this.tell("at", { ...state, turn: this.turn });
    if (this.turn !== turn) {
      this.turn = turn;
      Object.assign(walk.state, at);
    }
    this.cover.name.textContent = words.cover;
    this.hint.textContent = words.hint;
    this.cls.title = words.cls;
  }

  draw(book, { query, layer, head }) {
    const { words, walk } = this;
    const look = book.onGrid(book.look(layer, head, book.token(query)));
    const strength = this.cover.input.value / 100;
    this.cover.output.textContent = percent(strength);
    this.grid.show({
      side: book.grid,
      picture: book.image,
      values: strength ? look : null,
      strength,
      chosen: query,
      pointed: walk.pointed,
      marked: book.cut,
      label: words.label,
    });
    this.cls.hidden = !book.cls;
    this.cls.setAttribute("aria-pressed", String(query < 0));
    const told = { who: book.name(query, words), layer: layer + 1, head: head + 1 };
    this.who.textContent = fill(words.who, told);
    this.answers(book);
  }

  /** The classes' probabilities; where the net was operated on, those before as a line. */
  answers(book) {
    const told = JSON.stringify(book.answers);
    if (this.told === told) return;
    this.told = told;
    this.bars.replaceChildren(...book.answers.map(({ name, share, before }) => bar(name, share, before)));
    this.bars.title = this.words.answers;
  }
}

/** A class, its probability as a bar, and a mark where it was before. */
function bar(name, share, before) {
  const full = el("i");
  full.style.width = `${100 * share}%`;
  const track = el("span", { className: "track" }, full);
  if (Math.abs((before ?? share) - share) > 0.004) {
    const mark = el("b");
    mark.style.left = `${100 * before}%`;
    track.append(mark);
  }
  const label = el("span", { className: "name", textContent: name, title: name });
  return el("div", { className: "answer" }, label, track, el("output", { textContent: percent(share) }));
}
