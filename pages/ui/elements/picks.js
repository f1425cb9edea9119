// Small pictures in rows, one of them chosen.

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function picks({ data, parentElement, setStateValue }) {
  const told = JSON.stringify([data.pictures, data.label]);
  let list = parentElement.querySelector(".picks");
  if (list?.told !== told) {
    const fresh = el("div", { className: "picks", told });
    fresh.setAttribute("role", "radiogroup");
    fresh.setAttribute("aria-label", data.label);
    for (const { name, source, text, note } of data.pictures) {
      const image = el("img", { src: source, alt: "" });
      const card = el("button", { type: "button", name, title: note || text }, image);
      card.setAttribute("role", "radio");
      card.setAttribute("aria-label", note || text);
      if (text) card.append(el("span", { textContent: text }));
      fresh.append(card);
    }
    if (list) list.replaceWith(fresh);
    else parentElement.append(fresh);
    list = fresh;
  }
  for (const card of list.children) {
    card.setAttribute("aria-checked", String(card.name === data.chosen));
    card.onclick = () => {
      for (const other of list.children) other.setAttribute("aria-checked", String(other === card));
      setStateValue("chosen", card.name);
    };
  }
}
