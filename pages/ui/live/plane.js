// Where pictures lie: codes coloured by class over samples of the prior.

const ROOM = 1.25; // the plane is so many times as wide as the box that holds the prior

class Plane {
  constructor(words) {
    this.words = words;
    this.canvas = el("canvas");
    this.canvas.setAttribute("role", "img");
    this.legend = el("p", "classes");
    this.hint = el("p", "hint");
    const head = el("div", "heading", "", el("h4", "", words["plane.title"]));
    this.node = el("section", "plane", "", head, this.canvas, this.legend, this.hint);
    this.node.hidden = true;
  }

  show({ plane, classes = [] }, theme) {
    this.node.hidden = !plane;
    if (!plane) return;
    Object.assign(this, { plane, classes, theme });
    this.hint.textContent = this.words[plane.axes === "pca" ? "plane.pca" : "plane.codes"];
    const told = `${this.words["plane.title"]}. ${this.hint.textContent}`;
    this.canvas.setAttribute("aria-label", told);
    this.draw();
  }

  /** Colours that differ in brightness from neighbour to neighbour, too. */
  colour(label) {
    const { classes, theme } = this;
    const light = theme.dark ? [72, 60] : [38, 52];
    return `hsl(${(360 * label) / Math.max(1, classes.length)} 75% ${light[label % 2]}%)`;
  }

  draw() {
    const { canvas, plane, theme } = this;
    if (!plane || this.node.hidden) return;
    const side = Math.min(canvas.clientWidth, 420);
    if (!side) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.style.height = `${side}px`;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(side * ratio);
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    const reach = Math.max(...plane.box.map(Math.abs)) * ROOM;
    const left = (canvas.clientWidth - side) / 2;
    const to = ([x, y]) => {
      const [u, v] = [x, y].map((n) => Math.max(-1, Math.min(1, n / reach)));
      return [left + ((u + 1) / 2) * (side - 8) + 4, ((1 - v) / 2) * (side - 8) + 4];
    };
    this.cross(c, to, reach);
    this.dots(c, plane.prior.map(to), () => theme.ink, 1.6, 0.22);
    this.dots(c, plane.codes.map(to), (i) => this.colour(plane.labels[i]), 3, 0.85);
    this.tell();
  }

  cross(c, to, reach) {
    c.strokeStyle = this.theme.ink;
    c.globalAlpha = 0.15;
    const lines = [
      [[-reach, 0], [reach, 0]],
      [[0, -reach], [0, reach]],
    ];
    for (const [from, end] of lines) {
      c.beginPath();
      c.moveTo(...to(from));
      c.lineTo(...to(end));
      c.stroke();
    }
  }

  dots(c, places, colour, radius, alpha) {
    c.globalAlpha = alpha;
    places.forEach(([x, y], i) => {
      c.fillStyle = colour(i);
      c.beginPath();
      c.arc(x, y, radius, 0, 7);
      c.fill();
    });
    c.globalAlpha = 1;
  }

  /** Which colour is which class, and the prior's grey. */
  tell() {
    const print = `${this.classes} ${this.theme.dark}`;
    if (this.print === print) return;
    this.print = print;
    const entries = this.classes.map((name, label) => [name, this.colour(label)]);
    entries.push([this.words["plane.prior"], this.theme.ink]);
    const marks = entries.map(([name, colour]) => {
      const swatch = el("i", "swatch");
      swatch.style.background = colour;
      return el("span", "", "", swatch, name);
    });
    this.legend.replaceChildren(...marks);
  }
}
