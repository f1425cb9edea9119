// Lines of Python, the ones that the last move wrote marked and brought into sight.

const WORDS = "and as break class def del elif else False for from if import in is lambda None not or "
  + "raise return True while with yield";
const TOKENS = new RegExp(
  [
    "(?<remark>#.*$)",
    '(?<text>"""[^]*?"""|"(?:[^"\\\\]|\\\\.)*")',
    `(?<word>\\b(?:${WORDS.replaceAll(" ", "|")})\\b)`,
    "(?<number>(?<![\\w.])\\d[\\d_]*(?:\\.\\d+)?(?:e[+-]?\\d+)?)",
  ].join("|"),
  "g",
);

/** A line's text as nodes, coloured by what they are. */
function coloured(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(TOKENS)) {
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    const node = document.createElement("span");
    node.className = kind;
    node.textContent = found[0];
    nodes.push(text.slice(end, found.index), node);
    end = found.index + found[0].length;
  }
  return [...nodes, text.slice(end)];
}

function line({ text, marked }, fresh) {
  const node = document.createElement(marked ? "mark" : "span");
  node.classList.toggle("fresh", marked && fresh);
  node.append(...coloured(text));
  return node;
}

/** Scroll the box, not the page, until the first marked line is in its middle. */
function reveal(box) {
  const mark = box.querySelector("mark");
  if (!mark) return;
  const [top, bottom] = [mark.offsetTop, mark.offsetTop + mark.offsetHeight];
  const inside = top >= box.scrollTop && bottom <= box.scrollTop + box.clientHeight;
  if (!inside) box.scrollTop = top - box.clientHeight / 2;
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function code({ data, parentElement }) {
  let box = parentElement.querySelector(".code");
  const told = JSON.stringify(data.lines);
  if (box?.told === told) return;
  if (!box) {
    box = document.createElement("div");
    box.className = "code";
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    parentElement.append(box);
  }
  const known = new Set(box.told ? JSON.parse(box.told).map(({ text, marked }) => marked + text) : []);
  const sheet = document.createElement("code");
  sheet.className = "sheet";
  sheet.append(...data.lines.map((x) => line(x, box.told && !known.has(x.marked + x.text))));
  box.style.setProperty("--tall", data.tall);
  box.style.position = "relative";
  box.setAttribute("aria-label", data.label);
  const at = box.scrollTop;
  box.replaceChildren(sheet);
  box.scrollTop = at;
  box.told = told;
  reveal(box);
}
