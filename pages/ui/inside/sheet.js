// Many maps side by side, one chosen, under a scale of colours that can be changed.

const SCALES = ["map", "step", "net"];

class Sheet {
  constructor(parent) {
    this.bar = el("div", { className: "bar" });
    this.list = el("div", { className: "tiles" });
    this.list.setAttribute("role", "radiogroup");
    this.root = el("div", { className: "sheet" }, this.bar, this.list);
    parent.append(this.root);
  }

  show(data, tell) {
    this.tell = tell;
    this.words = data.words;
    if (this.stamp !== data.stamp) {
      this.stamp = data.stamp;
      this.data = data;
      this.tiles = new Tiles(data.maps);
      this.build(data);
    }
    this.scale = data.scale;
    this.mark(data.chosen);
    this.draw();
  }

  build({ labels, notes, words, scales, small }) {
    this.list.classList.toggle("small", Boolean(small));
    this.list.setAttribute("aria-label", words.label);
    this.bar.replaceChildren();
    this.bar.hidden = !scales;
    this.buttons = (scales ? SCALES : []).map((name) => {
      const button = el("button", { type: "button", name, textContent: words[name] });
      button.title = words[`${name}_help`];
      button.onclick = () => {
        this.scale = name;
        this.draw();
        this.tell("scale", name);
      };
      return button;
    });
    this.ramp = el("canvas", { className: "ramp" });
    paint(this.ramp, 101, 1, (i) => i / 50 - 1);
    this.ends = [el("output"), el("output")];
    const legend = el("span", { className: "legend" }, this.ends[0], this.ramp, this.ends[1]);
    const group = el("span", { className: "scales" }, el("span", { textContent: words.scale }));
    group.append(...this.buttons);
    this.bar.append(group, legend);
    this.canvases = [];
    const cards = labels.map((label, k) => {
      const canvas = el("canvas");
      this.canvases.push(canvas);
      const node = el("button", { type: "button", name: String(k), title: notes[k] }, canvas);
      node.append(el("span", { textContent: label }));
      node.setAttribute("role", "radio");
      node.setAttribute("aria-label", notes[k]);
      node.onclick = () => {
        this.mark(k);
        this.tell("chosen", k);
      };
      return node;
    });
    this.list.replaceChildren(...cards);
  }

  mark(chosen) {
    [...this.list.children].forEach((node, k) => node.setAttribute("aria-checked", String(k === chosen)));
  }

  draw() {
    const { tiles, data } = this;
    const whole = this.scale === "net" ? data.net : Math.max(...tiles.reach);
    this.canvases.forEach((canvas, k) => {
      tiles.draw(canvas, k, this.scale === "map" ? tiles.reach[k] : whole);
    });
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.name === this.scale));
    }
    const own = this.scale === "map";
    this.ends[0].textContent = own ? "−" : tell(-whole);
    this.ends[1].textContent = own ? "+" : tell(whole);
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function sheet({ data, parentElement, setStateValue }) {
  const made = (parentElement.sheet ??= new Sheet(parentElement));
  made.show(data, setStateValue);
}
