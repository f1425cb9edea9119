// What several nets say to the same picture: a card each, with what it saw and how sure it is.

class Card {
  constructor() {
    this.name = el("h4");
    this.note = el("p", { className: "note" });
    this.image = el("img", { alt: "" });
    this.size = el("figcaption");
    this.answer = el("strong");
    this.second = el("p", { className: "second" });
    this.rows = el("ol");
    this.facts = el("p", { className: "facts" });
    this.warning = el("p", { className: "warning" });
    this.warning.setAttribute("role", "status");
    const seen = el("figure", {}, this.image, this.size);
    const said = el("div", { className: "said" }, this.answer, this.second);
    const top = el("div", { className: "top" }, seen, said);
    this.root = el("li", { className: "card" }, el("header", {}, this.name, this.note), top);
    this.root.append(this.rows, this.facts, this.warning);
  }

  show(net) {
    this.name.textContent = net.name;
    this.note.textContent = net.note;
    if (this.image.src !== net.seen) this.image.src = net.seen;
    this.image.classList.toggle("small", net.small);
    this.image.alt = net.alt;
    this.size.textContent = net.size;
    this.answer.textContent = net.answer;
    this.second.textContent = net.second;
    this.facts.textContent = net.facts;
    this.warning.textContent = net.warning;
    this.root.classList.toggle("strange", Boolean(net.warning));
    this.root.classList.toggle("silent", Boolean(net.silent));
    this.root.classList.toggle("apart", Boolean(net.apart));
    while (this.rows.children.length > net.rows.length) this.rows.lastChild.remove();
    while (this.rows.children.length < net.rows.length) {
      const bar = el("i", {}, el("b"));
      this.rows.append(el("li", {}, el("span", { className: "class" }), bar, el("span", { className: "share" })));
    }
    net.rows.forEach(({ name, share, text, place }, i) => {
      const row = this.rows.children[i];
      const [label, bar, number] = row.children;
      row.className = place;
      label.textContent = label.title = name;
      bar.firstChild.style.width = `${100 * share}%`;
      number.textContent = text;
    });
  }
}

/** All cards, and the line above them. */
class Bars {
  constructor(root) {
    this.root = root;
    this.verdict = el("p", { className: "verdict" });
    this.verdict.setAttribute("role", "status");
    this.list = el("ul");
    this.cards = [];
    root.append(this.verdict, this.list);
    this.question = {};
    this.rests = new Map();
    this.direct = new Direct((told) => this.paint(told), () => this.rest());
  }

  /** The page tells what nets say; while something moves ahead of it, that is old. */
  show(data) {
    this.ask = data.ask;
    if (this.direct.ahead) return;
    this.question = {};
    this.paint(data);
  }

  /** Something moves: what nets say is asked and shown, rest tells the page. False: it cannot be. */
  asked(who, part, rest) {
    if (!this.ask || !this.root.isConnected) return false;
    this.rests.set(who, rest);
    Object.assign(this.question, part);
    this.direct.ask(this.ask, this.question);
    return true;
  }

  rest() {
    for (const rest of this.rests.values()) rest();
    this.rests.clear();
  }

  paint({ nets, verdict, tone, label, bench }) {
    if (bench) globalThis.playgroundBench?.look(bench);
    this.verdict.textContent = verdict;
    this.verdict.dataset.tone = tone;
    this.verdict.hidden = !verdict;
    this.list.setAttribute("aria-label", label);
    while (this.cards.length > nets.length) this.cards.pop().root.remove();
    while (this.cards.length < nets.length) {
      this.cards.push(new Card());
      this.list.append(this.cards.at(-1).root);
    }
    this.cards.forEach((card, i) => card.show(nets[i]));
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function bars({ data, parentElement }) {
  if (!parentElement.bars) {
    const root = el("div", { className: "bars" });
    parentElement.append(root);
    parentElement.bars = new Bars(root);
  }
  globalThis.playgroundBars = parentElement.bars; // for what moves beside them
  parentElement.bars.show(data);
}
