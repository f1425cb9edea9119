// A pad to draw on by mouse, pen or finger; it tells its strokes while they are drawn.

const UNIT = 1000; // the pad's side in the coordinates of strokes
const EVERY = 50; // ms between two tellings while the pen moves
const PATIENCE = 600; // ms to wait for the page's answer before more is told
const NEAR = 4; // points closer than this are one
const [THIN, THICK] = [40, 140];

function button(name, icon, press) {
  const node = el("button", { type: "button", className: name, onclick: press });
  node.append(el("span", { className: "icon", textContent: icon, ariaHidden: "true" }), el("span"));
  return node;
}

class Pad {
  constructor(parent) {
    this.strokes = [];
    this.gone = [];
    this.thickness = 80;
    this.canvas = el("canvas", { tabIndex: 0, width: 560, height: 560 });
    this.canvas.setAttribute("role", "img");
    this.hint = el("p", { className: "hint" });
    this.undo = button("undo", "↶", () => this.back());
    this.clear = button("clear", "✕", () => this.wipe());
    this.range = el("input", { type: "range", min: THIN, max: THICK, step: 2 });
    this.range.oninput = () => (this.thickness = +this.range.value);
    this.label = el("label", {}, el("span"), this.range);
    const sheet = el("div", { className: "sheet" }, this.canvas, this.hint);
    const tools = el("div", { className: "tools" }, this.undo, this.clear, this.label);
    this.root = el("div", { className: "pad" }, sheet, tools);
    parent.append(this.root);
    this.listen();
  }

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => this.end(event));
    }
    canvas.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "z") this.back();
      else if (event.key === "Delete" || event.key === "Backspace") this.wipe();
      else return;
      event.preventDefault();
    });
  }

  show({ words, strokes, paper, turn }) {
    if (this.turn !== turn) {
      this.strokes = structuredClone(strokes);
      this.turn = turn;
    }
    this.hint.textContent = words.hint;
    this.canvas.setAttribute("aria-label", words.label);
    this.undo.lastChild.textContent = words.undo;
    this.clear.lastChild.textContent = words.clear;
    this.label.firstChild.textContent = words.thickness;
    this.range.value = this.thickness;
    this.root.classList.toggle("paper", paper);
    this.draw();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const at = (value, from, size) => Math.round(((value - from) / size) * UNIT);
    return [at(event.clientX, box.left, box.width), at(event.clientY, box.top, box.height)];
  }

  begin(event) {
    if (this.pen !== undefined || (event.pointerType === "mouse" && event.button)) return;
    event.preventDefault();
    this.pen = event.pointerId;
    this.canvas.setPointerCapture(this.pen);
    this.strokes.push({ w: this.thickness, p: this.place(event) });
    this.changed();
  }

  move(event) {
    if (event.pointerId !== this.pen) return;
    const stroke = this.strokes.at(-1);
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const one of moves.length ? moves : [event]) {
      const [x, y] = this.place(one);
      const [before, above] = stroke.p.slice(-2);
      if (Math.hypot(x - before, y - above) >= NEAR) stroke.p.push(x, y);
    }
    this.changed();
  }

  end(event) {
    if (event.pointerId !== this.pen) return;
    this.pen = undefined;
    this.changed(true);
  }

  back() {
    if (this.strokes.pop()) this.changed(true);
  }

  wipe() {
    this.strokes = [];
    this.changed(true);
  }

  /** Draw, and ask at once or tell in a moment, never more often than can be answered. */
  changed(now = false) {
    this.draw();
    this.news = true;
    if (globalThis.playgroundBars?.asked("pad", { strokes: this.strokes }, () => this.say())) return;
    clearTimeout(this.timer);
    const pause = this.asked ? PATIENCE : EVERY;
    const wait = (this.told ?? 0) + pause - performance.now();
    if (now || wait <= 0) this.say();
    else this.timer = setTimeout(() => this.say(), wait);
  }

  /** The page has answered: what was drawn meanwhile can be told. */
  answered() {
    this.asked = false;
    if (this.news) this.changed();
  }

  say() {
    if (!this.news) return;
    this.news = false;
    this.asked = true;
    this.told = performance.now();
    this.tell(structuredClone(this.strokes));
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    const scale = this.canvas.width / UNIT;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = getComputedStyle(this.canvas).color;
    for (const { w, p } of this.strokes) {
      pen.lineWidth = w * scale;
      pen.beginPath();
      pen.moveTo(p[0] * scale, p[1] * scale);
      for (let i = 0; i < p.length; i += 2) pen.lineTo(p[i] * scale, p[i + 1] * scale);
      pen.stroke();
    }
    const none = !this.strokes.length;
    this.hint.hidden = !none;
    this.undo.disabled = this.clear.disabled = none;
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function pad({ data, parentElement, setStateValue }) {
  const made = (parentElement.pad ??= new Pad(parentElement));
  made.tell = (strokes) => setStateValue("strokes", strokes);
  made.show(data);
  made.answered();
}
