// Validation pictures with what the net says to each: right or wrong, and the three best guesses.

const ENLARGED = 3; // how many times the sprite is larger than the pictures

class Gallery {
  constructor(words, formats) {
    Object.assign(this, { words, formats });
    this.count = el("span", "count");
    const choices = [
      ["all", words["gallery.all"]],
      ["wrong", words["gallery.wrong"]],
    ];
    this.filter = segments(words["gallery.filter"], choices, "all", (value) => {
      this.grid.dataset.filter = value;
    });
    this.grid = el("ol", "grid");
    this.empty = el("p", "empty", words["gallery.none_wrong"]);
    const title = el("h4", "", words["gallery.title"]);
    const head = el("div", "heading", "", title, this.count, this.filter);
    this.node = el("section", "gallery", "", head, this.grid, this.empty);
    this.node.hidden = true;
    this.cards = [];
  }

  /** One image with all pictures side by side. */
  sprite(url) {
    this.grid.style.setProperty("--sprite", `url("${url}")`);
    const image = new Image();
    image.onload = () => {
      const side = image.naturalHeight / ENLARGED;
      const whole = Math.max(1, Math.round(60 / side)); // whole pixels stay square
      this.grid.style.setProperty("--side", `${side * whole}px`);
    };
    image.src = url;
  }

  card(i, count) {
    const picture = el("span", "picture");
    picture.style.backgroundSize = `${count * 100}% 100%`;
    picture.style.backgroundPosition = `${count > 1 ? (i / (count - 1)) * 100 : 0}% 0`;
    const bars = [0, 1, 2].map(() => {
      const bar = { name: el("span", "name"), fill: el("i"), share: el("span", "share") };
      bar.node = el("span", "guess", "", bar.fill, bar.name, bar.share);
      return bar;
    });
    const badge = el("b", "badge");
    const guesses = el("span", "guesses", "", ...bars.map((bar) => bar.node));
    const node = el("li", "card", "", el("span", "frame", "", picture, badge), guesses);
    return { node, bars, badge };
  }

  show(view) {
    const { gallery = [], classes = [] } = view;
    this.node.hidden = !gallery.length;
    if (this.cards.length !== gallery.length) {
      this.cards = gallery.map((_, i) => this.card(i, gallery.length));
      this.grid.replaceChildren(...this.cards.map((card) => card.node));
    }
    const right = gallery.filter((entry, i) => this.fillCard(this.cards[i], entry, classes));
    const numbers = { n: right.length, all: gallery.length };
    this.count.textContent = fill(this.words["gallery.right_of"], numbers);
    this.grid.classList.toggle("perfect", right.length === gallery.length);
  }

  /** Write one picture's guesses; true when the first one is right. */
  fillCard({ node, bars, badge }, { label, top }, classes) {
    const { words, formats } = this;
    const right = top[0][0] === label;
    node.dataset.right = right;
    badge.textContent = right ? "✓" : "✗";
    const truth = classes[label] ?? label;
    const said = { truth, guess: classes[top[0][0]] ?? top[0][0], share: formats.round(top[0][1]) };
    const sentence = fill(words[right ? "gallery.card_right" : "gallery.card_wrong"], said);
    node.title = sentence;
    node.setAttribute("aria-label", sentence);
    bars.forEach((bar, i) => {
      bar.node.hidden = i >= top.length;
      if (bar.node.hidden) return;
      const [which, share] = top[i];
      bar.name.textContent = classes[which] ?? which;
      bar.fill.style.transform = `scaleX(${share})`;
      bar.share.textContent = formats.percent(share);
      bar.node.classList.toggle("true", which === label);
    });
    return right;
  }
}
