// What several nets say to the same picture: a card each, with what it saw and how sure it is.

function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

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

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function bars({ data, parentElement }) {
  let root = parentElement.querySelector(".bars");
  if (!root) {
    root = el("div", { className: "bars" });
    root.verdict = el("p", { className: "verdict" });
    root.verdict.setAttribute("role", "status");
    root.list = el("ul");
    root.cards = [];
    root.append(root.verdict, root.list);
    parentElement.append(root);
  }
  root.verdict.textContent = data.verdict;
  root.verdict.dataset.tone = data.tone;
  root.verdict.hidden = !data.verdict;
  root.list.setAttribute("aria-label", data.label);
  while (root.cards.length > data.nets.length) root.cards.pop().root.remove();
  while (root.cards.length < data.nets.length) {
    root.cards.push(new Card());
    root.list.append(root.cards.at(-1).root);
  }
  root.cards.forEach((card, i) => card.show(data.nets[i]));
}
