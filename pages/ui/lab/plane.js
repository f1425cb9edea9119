// The plane: a field of two colours, pale where the net is undecided, and points on it.

const GLIDE = 160; // ms from one field to the next
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

class Plane {
  constructor(root) {
    this.head = el("figcaption");
    this.canvas = el("canvas");
    this.svg = drawn("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" });
    this.said = el("output", { ariaLive: "polite" });
    this.stage = el("div", { className: "stage" }, this.canvas, this.svg);
    this.stage.setAttribute("role", "img");
    this.root = el("figure", { className: "plane" }, this.head, this.stage, this.said);
    root.append(this.root);
    this.stage.addEventListener("pointermove", (event) => this.read(event));
    this.stage.addEventListener("pointerleave", () => this.said.replaceChildren());
  }

  take(data) {
    this.data = data;
    if (!this.hues) this.colour();
    else requestAnimationFrame(() => this.colour() && this.paint(this.shown)); // not at once: see curves.js
    const shown = data.dots.map((dots) => el("span", {}, el("i", { className: dots.faint ? "faint" : "" }), dots.name));
    const classes = data.classes.map((name, at) => el("span", {}, el("i", { className: `class${at}` }), name));
    this.head.replaceChildren(el("b", { textContent: data.title }), ...classes, ...shown);
    this.stage.setAttribute("aria-label", `${data.title}. ${data.classes.join(", ")}`);
    this.dots();
    const goal = Float32Array.from(bytes(data.field));
    cancelAnimationFrame(this.frame);
    if (this.shown?.length === goal.length && !STILL.matches && !document.hidden) this.glide(this.shown, goal, performance.now());
    else this.paint(goal);
  }

  /** The colours of the page as it is now; whether they are other ones. */
  colour() {
    const told = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors");
    if (told === this.told && this.hues) return false;
    this.told = told;
    const hues = told.split(/,(?![^(]*\))/).map((hue) => hue.trim()).filter(Boolean);
    const pair = hues.length > 1 ? hues : HUES;
    this.hues = [0, 1].map((at) => {
      this.root.style.setProperty(`--h${at}`, pair[at]);
      const pen = el("canvas", { width: 1, height: 1 }).getContext("2d");
      pen.fillStyle = pair[at];
      pen.fillRect(0, 0, 1, 1);
      return Array.from(pen.getImageData(0, 0, 1, 1).data).slice(0, 3);
    });
    return true;
  }

  glide(from, goal, began) {
    const share = Math.min(1, (performance.now() - began) / GLIDE);
    this.paint(share < 1 ? goal.map((to, i) => from[i] + (to - from[i]) * share) : goal);
    if (share < 1) this.frame = requestAnimationFrame(() => this.glide(from, goal, began));
  }

  /** A pixel for each place; the browser smooths when it enlarges. */
  paint(field) {
    this.shown = field;
    const { side } = this.data;
    [this.canvas.width, this.canvas.height] = [side, side];
    const image = new ImageData(side, side);
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const lean = field[(side - 1 - row) * side + column] / 127.5 - 1;
        const at = 4 * (row * side + column);
        image.data.set(this.hues[lean > 0 ? 1 : 0], at);
        image.data[at + 3] = 14 + 120 * Math.abs(lean);
      }
    this.canvas.getContext("2d").putImageData(image, 0, 0);
  }

  dots() {
    const { reach, dots } = this.data;
    const made = [];
    const many = dots.some((group) => !group.faint && group.y.length > 200);
    for (const group of dots) {
      const places = floats(group.x);
      bytes(group.y).forEach((kind, i) => {
        const [x, y] = [places[2 * i], places[2 * i + 1]].map((value) => 50 + (50 * value) / reach);
        made.push(drawn("circle", { cx: x, cy: 100 - y, r: group.faint ? 0.7 : many ? 1.1 : 1.7, class: `class${kind}${group.faint ? " faint" : ""}` }));
      });
    }
    this.svg.replaceChildren(...made);
  }

  read(event) {
    const box = this.stage.getBoundingClientRect();
    const [across, down] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (across < 0 || across > 1 || down < 0 || down > 1) return;
    const { side, reach, said } = this.data;
    const [column, row] = [across, 1 - down].map((share) => Math.min(side - 1, Math.floor(share * side)));
    const [x, y] = [across, 1 - down].map((share) => ((2 * share - 1) * reach).toFixed(1).replace("-", "−"));
    this.said.textContent = `(${x}, ${y}): ${said} ${((this.shown[row * side + column] / 255) * 100).toFixed(0)} %`;
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function plane({ data, parentElement }) {
  (parentElement.plane ??= new Plane(parentElement)).take(data);
}
