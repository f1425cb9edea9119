// The whole net: a card for every step with its first maps, one of them chosen.

function card(step, words) {
  const tiles = new Tiles(step.maps);
  const across = Math.ceil(Math.sqrt(tiles.count));
  const most = Math.max(...step.maps.reach);
  const face = el("div", { className: "face" });
  face.style.gridTemplateColumns = `repeat(${across}, 1fr)`;
  for (let k = 0; k < tiles.count; k++) {
    const canvas = el("canvas");
    tiles.draw(canvas, k, most);
    face.append(canvas);
  }
  const node = el("button", { type: "button", name: step.name, title: step.name }, face);
  node.setAttribute("role", "radio");
  node.setAttribute("aria-label", `${step.title}, ${step.shape}, ${step.name}`);
  node.append(el("b", { textContent: step.title }), el("span", { textContent: step.shape }));
  node.append(el("span", { className: "faint", textContent: step.note || " " }));
  return node;
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function tower({ data, parentElement, setStateValue }) {
  const told = JSON.stringify([data.steps.map((s) => s.name), data.stamp, data.words]);
  let list = parentElement.querySelector(".tower");
  if (list?.told !== told) {
    const fresh = el("div", { className: "tower", told });
    fresh.setAttribute("role", "radiogroup");
    fresh.setAttribute("aria-label", data.words.label);
    const image = el("img", { src: data.picture, alt: data.words.picture });
    const first = el("div", { className: "end" }, el("div", { className: "face" }, image));
    first.append(el("b", { textContent: data.words.picture }), el("span", { textContent: data.size }));
    fresh.append(first);
    for (const step of data.steps) fresh.append(card(step, data.words));
    const last = el("div", { className: "end answer" }, el("strong", { textContent: data.answer }));
    last.append(el("span", { textContent: data.sure }));
    fresh.append(last);
    const down = list?.scrollTop;
    if (list) list.replaceWith(fresh);
    else parentElement.append(fresh);
    list = fresh;
    if (down) list.scrollTop = down;
  }
  for (const node of list.querySelectorAll("button")) {
    const mine = node.name === data.chosen;
    node.setAttribute("aria-checked", String(mine));
    if (mine && list.shown !== data.chosen) {
      list.shown = data.chosen;
      const [top, end] = [node.offsetTop - list.offsetTop, node.offsetTop - list.offsetTop + node.offsetHeight];
      if (end > list.scrollTop + list.clientHeight || top < list.scrollTop) list.scrollTop = top - 8;
    }
    node.onclick = () => {
      list.shown = node.name;
      for (const other of list.querySelectorAll("button")) {
        other.setAttribute("aria-checked", String(other === node));
      }
      setStateValue("step", node.name);
    };
  }
}
