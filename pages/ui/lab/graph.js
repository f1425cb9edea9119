// The graph of a formula: nodes in columns, edges with a value above and a gradient below.

const RADIUS = 21;
const NARROWEST = 96; // pixels from one column to the next
const WIDEST = 230;
const ROW = 84;

function drawn(tag, properties = {}, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

class Graph {
  constructor(root) {
    this.svg = drawn("svg", { role: "img" });
    this.root = Object.assign(document.createElement("div"), { className: "graph", tabIndex: 0 });
    this.root.append(this.svg);
    root.append(this.root);
    new ResizeObserver(() => this.data && this.width !== this.root.clientWidth && this.draw()).observe(this.root);
  }

  take(data) {
    this.data = data;
    const told = data.nodes.map((node) => `${node.label}: ${node.value} ${node.slope && `∂ ${node.slope}`}`);
    this.svg.setAttribute("aria-label", `${data.alt} ${told.join("; ")}`);
    this.draw();
  }

  draw() {
    const { nodes, edges } = this.data;
    this.width = this.root.clientWidth;
    if (!this.width) return;
    const columns = Math.max(...nodes.map((node) => node.place[0])) + 1;
    const rows = nodes.map((node) => node.place[1]);
    const top = Math.min(...rows);
    // The last column is the way out, which carries the whole's own value.
    const gap = Math.max(NARROWEST, Math.min(WIDEST, (this.width - 3 * RADIUS) / columns));
    this.x = (node) => 1.6 * RADIUS + node.place[0] * gap;
    this.y = (node) => (node.place[1] - top) * ROW;
    const last = nodes.length - 1;
    const out = { from: last, to: null, rank: 0, value: nodes[last].value, slope: nodes[last].slope, now: nodes[last].now };
    const lines = [...edges, out].map((edge) => this.edge(edge, gap));
    this.svg.replaceChildren(...lines.map((line) => line.path), ...nodes.map((node, at) => this.node(node, at)), ...lines.flatMap((line) => line.texts));
    const box = this.svg.getBBox(); // edges that go round others need room above or below
    const [wide, high] = [1.6 * RADIUS + columns * gap, box.height + 16];
    for (const [name, value] of Object.entries({ width: wide, height: high, viewBox: `0 ${box.y - 8} ${wide} ${high}` })) this.svg.setAttribute(name, value);
  }

  edge(edge, gap) {
    const { nodes, edges } = this.data;
    const source = nodes[edge.from];
    const taker = nodes[edge.to] ?? { place: [source.place[0] + 1, source.place[1]] };
    const kin = edges.filter((other) => other.from === edge.from && other.to === edge.to);
    const far = taker.place[0] - source.place[0];
    // Two edges between the same nodes part; one that would run through others goes round them.
    const bend = kin.length > 1 ? (edge.rank - 0.5) * 46 : far > 1 && this.blocked(source, taker) ? -50 : 0;
    const [x1, y1, y2] = [this.x(source) + RADIUS, this.y(source), this.y(taker)];
    const x2 = edge.to === null ? x1 + gap - 2.6 * RADIUS : this.x(taker) - RADIUS;
    const pull = (x2 - x1) * 0.45;
    const state = edge.slope ? "flowing" : edge.value ? "valued" : "";
    const path = drawn("path", { d: `M${x1} ${y1}C${x1 + pull} ${y1 + 2 * bend} ${x2 - pull} ${y2 + 2 * bend} ${x2} ${y2}`, class: `${state} ${edge.now ? "now" : ""}` });
    // Its numbers stand near its source, away from those of other edges to the same node.
    const turn = edges.filter((other) => other.from === edge.from).indexOf(edge); // -1: the way out
    const share = bend ? 0.5 : Math.min(0.72, 0.36 + 0.18 * Math.max(0, turn)) / far;
    const at = cubic(share, [x1, y1], [x1 + pull, y1 + 2 * bend], [x2 - pull, y2 + 2 * bend], [x2, y2]);
    const ending = edge.to === null ? [drawn("text", { x: x2 + 12, y: y2 + 5, class: "label" }, this.data.name)] : [];
    const texts = [...ending, drawn("text", { x: at[0], y: at[1] - 6, class: "value" }, edge.value), drawn("text", { x: at[0], y: at[1] + 17, class: "slope" }, edge.slope)];
    return { path, texts };
  }

  /** Whether other nodes stand in the way between two. */
  blocked(source, taker) {
    const [from, to] = [source.place, taker.place];
    const near = (node) => {
      const share = (node.place[0] - from[0]) / (to[0] - from[0]);
      return share > 0 && share < 1 && Math.abs(from[1] + (to[1] - from[1]) * share - node.place[1]) < 0.45;
    };
    return this.data.nodes.some(near);
  }

  node(node, at) {
    const group = drawn("g", { class: `${node.kind} ${node.now ? "now" : ""}` });
    const [x, y] = [this.x(node), this.y(node)];
    if (node.kind === "step") group.append(drawn("circle", { cx: x, cy: y, r: RADIUS, class: "node" }));
    else group.append(drawn("rect", { x: x - RADIUS * 1.15, y: y - RADIUS * 0.8, width: RADIUS * 2.3, height: RADIUS * 1.6, rx: 9, class: "node" }));
    group.append(drawn("text", { x, y: y + 5, class: node.label.length > 4 ? "label long" : "label" }, node.label));
    const uses = this.data.edges.filter((edge) => edge.from === at).length;
    if (node.kind !== "number" && uses > 1 && node.slope) group.append(drawn("text", { x, y: y + RADIUS + 15, class: "slope total" }, `Σ ${node.slope}`));
    return group;
  }
}

function cubic(t, ...points) {
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
  return [0, 1].map((axis) => points.reduce((sum, point, i) => sum + weights[i] * point[axis], 0));
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function graph({ data, parentElement }) {
  const made = (parentElement.graph ??= new Graph(parentElement));
  made.take(data);
}
