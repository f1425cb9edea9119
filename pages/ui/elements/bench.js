// The picture as the net gets it, large: dragging covers a part of it, sliders disturb it.

const EVERY = 50; // ms between two tellings while something moves
const PATIENCE = 600; // ms to wait for the page's answer before more is told
const SMALLEST = 0.03; // a shorter drag is a click, which uncovers

class Bench {
  constructor(parent) {
    this.how = {};
    this.image = el("img", { draggable: false, alt: "" });
    this.box = el("div", { className: "box", hidden: true });
    this.fitted = el("div", { className: "fitted", hidden: true });
    this.mass = el("div", { className: "mass", hidden: true });
    this.sheet = el("div", { className: "sheet" }, this.image, this.fitted, this.mass, this.box);
    this.hint = el("p", { className: "hint" });
    this.sliders = el("div", { className: "sliders" });
    this.reset = el("button", { type: "button", onclick: () => this.back() });
    const side = el("div", { className: "side" }, this.sliders, this.reset);
    this.root = el("div", { className: "bench" }, el("div", {}, this.sheet, this.hint), side);
    parent.append(this.root);
    this.sheet.addEventListener("pointerdown", (event) => this.begin(event));
    this.sheet.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      this.sheet.addEventListener(name, (event) => this.end(event));
    }
  }

  show(data) {
    if (!globalThis.playgroundBars?.direct.ahead) this.look(data);
    this.image.alt = data.words.alt;
    this.image.classList.toggle("small", data.small);
    this.hint.textContent = data.words.hint;
    this.reset.textContent = data.words.reset;
    if (this.turn !== data.turn) {
      this.turn = data.turn;
      this.how = structuredClone(data.how);
    }
    this.ranges(data.sliders, data.words);
    this.frame(this.box, this.how.box);
    this.settle();
  }

  /** The picture as the net gets it now; the page tells it, or the bars that are ahead of it. */
  look({ seen, fitted, mass }) {
    if (this.image.getAttribute("src") !== seen) this.image.src = seen;
    this.frame(this.fitted, fitted);
    this.mass.hidden = !mass;
    if (!mass) return;
    const [x, y] = mass;
    Object.assign(this.mass.style, { left: `${100 * x}%`, top: `${100 * y}%` });
  }

  frame(node, box) {
    node.hidden = !box;
    if (!box) return;
    const [left, top, right, bottom] = box.map((value) => 100 * value);
    Object.assign(node.style, { left: `${left}%`, top: `${top}%` });
    Object.assign(node.style, { width: `${right - left}%`, height: `${bottom - top}%` });
  }

  ranges(sliders, words) {
    if (!this.inputs) {
      this.inputs = sliders.map(({ name, least, most, step }) => {
        const range = el("input", { type: "range", min: least, max: most, step, name });
        range.oninput = () => this.change({ [name]: +range.value });
        range.ondblclick = () => this.change({ [name]: 0 });
        const line = el("label", {}, el("span"), range, el("output"));
        this.sliders.append(line);
        return { range, line };
      });
    }
    sliders.forEach(({ name, unit, scale }, i) => {
      const { range, line } = this.inputs[i];
      line.firstChild.textContent = words[name];
      range.value = this.how[name] ?? 0;
      line.lastChild.textContent = `${Math.round((this.how[name] ?? 0) * scale)}${unit}`;
      Object.assign(range, { unit, scale });
    });
  }

  settle() {
    for (const { range, line } of this.inputs) {
      const value = this.how[range.name] ?? 0;
      if (document.activeElement !== range) range.value = value;
      line.lastChild.textContent = `${Math.round(value * range.scale)}${range.unit}`;
    }
    const moved = Object.entries(this.how).some(([, value]) => value && value !== 0);
    this.reset.disabled = !moved;
    this.fitted.classList.toggle("faint", moved);
    this.mass.classList.toggle("faint", moved);
  }

  change(part) {
    Object.assign(this.how, part);
    this.settle();
    this.news = true;
    if (globalThis.playgroundBars?.asked("bench", { how: this.how }, () => this.say())) return;
    clearTimeout(this.timer);
    const pause = this.asked ? PATIENCE : EVERY;
    const wait = (this.told ?? 0) + pause - performance.now();
    if (wait <= 0) this.say();
    else this.timer = setTimeout(() => this.say(), wait);
  }

  /** The page has answered: what moved meanwhile can be told. */
  answered() {
    this.asked = false;
    if (this.news) this.change({});
  }

  say() {
    this.news = false;
    this.asked = true;
    this.told = performance.now();
    this.tell(structuredClone(this.how));
  }

  back() {
    this.how = {};
    for (const { range } of this.inputs) range.value = 0;
    this.frame(this.box, null);
    this.change({});
  }

  place(event) {
    const { left, top, width, height } = this.sheet.getBoundingClientRect();
    const within = (value) => Math.min(1, Math.max(0, value));
    return [within((event.clientX - left) / width), within((event.clientY - top) / height)];
  }

  begin(event) {
    if (event.pointerType === "mouse" && event.button) return;
    event.preventDefault();
    this.sheet.setPointerCapture(event.pointerId);
    this.from = this.place(event);
  }

  move(event) {
    if (!this.from) return;
    const [[a, b], [x, y]] = [this.from, this.place(event)];
    const box = [Math.min(a, x), Math.min(b, y), Math.max(a, x), Math.max(b, y)];
    const large = box[2] - box[0] > SMALLEST && box[3] - box[1] > SMALLEST;
    this.frame(this.box, large ? box : null);
    this.change({ box: large ? box : null });
  }

  end(event) {
    if (!this.from) return;
    this.move(event);
    this.from = undefined;
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function bench({ data, parentElement, setStateValue }) {
  const made = (parentElement.bench ??= new Bench(parentElement));
  globalThis.playgroundBench = made; // for the bars beside it
  made.tell = (how) => setStateValue("how", how);
  made.show(data);
  made.answered();
}
