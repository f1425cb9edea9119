// A reliability diagram: how sure a net was against how often it was right, ten columns.

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, TALL, LEFT, LOW, EDGE] = [372, 280, 46, 40, 20];

function shape(tag, attributes, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

function drawn({ count, sure, right, words }) {
  const [width, height] = [WIDE - LEFT - EDGE, TALL - LOW - 8];
  const x = (value) => LEFT + width * value;
  const y = (value) => 8 + height * (1 - value);
  const svg = shape("svg", { viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", "aria-label": words.alt });
  for (const at of [0, 0.25, 0.5, 0.75, 1]) {
    svg.append(shape("line", { class: "grid", x1: x(0), x2: x(1), y1: y(at), y2: y(at) }));
    svg.append(shape("text", { x: LEFT - 6, y: y(at) + 4, "text-anchor": "end" }, `${100 * at}%`));
    svg.append(shape("text", { x: x(at), y: y(0) + 16, "text-anchor": "middle" }, `${100 * at}%`));
  }
  const most = Math.max(...count, 1);
  count.forEach((n, i) => {
    if (!n) return;
    const bar = { x: x(i / count.length) + 1.5, width: width / count.length - 3 };
    const size = { y: y(right[i]), height: y(0) - y(right[i]) };
    const node = shape("rect", { class: "right", ...bar, ...size, rx: 2 });
    node.style.opacity = 0.3 + 0.7 * Math.sqrt(n / most);
    node.append(shape("title", {}, words.columns[i]));
    const [low, high] = [Math.min(sure[i], right[i]), Math.max(sure[i], right[i])];
    const gap = { y: y(high), height: Math.max(0, y(low) - y(high)) };
    svg.append(node, shape("rect", { class: "gap", ...bar, ...gap, rx: 2 }));
  });
  svg.append(shape("line", { class: "ideal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }));
  svg.append(shape("text", { x: x(0.5), y: TALL - 5, "text-anchor": "middle" }, words.across));
  const up = { x: -(8 + height / 2), y: 11, transform: "rotate(-90)", "text-anchor": "middle" };
  svg.append(shape("text", up, words.up));
  return svg;
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function sure({ data, parentElement }) {
  const told = JSON.stringify(data);
  if (parentElement.told === told) return;
  parentElement.told = told;
  let root = parentElement.querySelector(".sure");
  if (!root) {
    root = document.createElement("div");
    root.className = "sure";
    parentElement.append(root);
  }
  root.replaceChildren(drawn(data));
}
