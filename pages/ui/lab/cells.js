// Tensors as cells: tables where numbers are read, canvases where colours are; one readout for all.

const TINT = 46; // % of colour behind the largest number
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const SIDES = [["--t", -1, 0], ["--r", 0, 1], ["--b", 1, 0], ["--l", 0, -1]];

/** One tensor with its name, its cells and its note. */
class Grid extends Canvas {
  constructor(hear) {
    super();
    this.hear = hear;
    this.name = el("figcaption");
    this.note = el("div", { className: "note" });
    this.top = el("div", { className: "ends top" });
    this.left = el("div", { className: "ends left" });
    this.frame = el("div", { className: "frame" }, this.top, this.left);
    this.root = el("figure", {}, this.name, this.frame, this.note);
  }

  show(told, { size, side, press }) {
    const drawn = told.style === "heat" || told.style === "picture";
    const print = `${drawn} ${told.shape.slice(0, 2)}`;
    [this.told, this.values, this.press] = [told, numbers(told), press];
    [this.rows, this.columns] = told.shape;
    this.name.textContent = told.name;
    this.name.hidden = !told.name;
    this.note.textContent = told.note;
    this.root.className = `${told.style}${press ? " press" : ""}`;
    if (print !== this.print) this.build(drawn);
    this.print = print;
    this.picked = new Set(told.picked.map(String));
    this.hatched = new Set(told.hatched.map(String));
    this.measure(size, drawn && side);
    if (drawn) this.paint();
    else this.write();
    this.ends();
  }

  build(drawn) {
    this.body?.remove();
    this.cursor = undefined;
    if (drawn) this.body = el("canvas", { className: "body" });
    else {
      const line = () => el("tr", {}, ...Array.from({ length: this.columns }, () => el("td")));
      this.body = el("table", { className: "body" }, ...Array.from({ length: this.rows }, line));
    }
    this.body.tabIndex = 0;
    this.frame.append(this.body);
    this.body.addEventListener("pointermove", (event) => this.over(this.under(event)));
    this.body.addEventListener("pointerleave", () => this.over(null));
    this.body.addEventListener("click", (event) => this.choose(this.under(event)));
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("blur", () => this.point(undefined));
  }

  measure(size, side) {
    this.high = size;
    if (side) {
      const most = side / Math.max(this.rows, this.columns);
      this.high = this.wide = Math.min(size, most >= 4 ? Math.floor(most) : most);
      return;
    }
    const heads = this.told.columns.map((text) => text.length);
    let letters = this.told.style === "plain" ? Math.max(1, ...heads) : this.told.digits + 3;
    this.texts = Array.from({ length: this.rows }, (_, row) =>
      Array.from({ length: this.columns }, (_, column) => {
        const text = this.text(row, column);
        letters = Math.max(letters, text.length);
        return text;
      }),
    );
    this.wide = Math.max(size, Math.round(letters * 6.8) + (this.told.style === "plain" ? 14 : 6));
  }

  text(row, column) {
    const { texts, digits } = this.told;
    return texts ? texts[row][column] : tell(this.values[row * this.columns + column], digits);
  }

  ends() {
    const { rows, columns } = this.told;
    this.top.hidden = !columns.length;
    this.left.hidden = !rows.length;
    this.top.style.gridTemplateColumns = `repeat(${this.columns}, ${this.wide}px)`;
    this.left.style.gridTemplateRows = `repeat(${this.rows}, ${this.high}px)`;
    this.top.replaceChildren(...columns.map((text) => el("span", { textContent: text, title: text })));
    this.left.replaceChildren(...rows.map((text) => el("span", { textContent: text })));
  }

  // Numbers and words --------------------------------------------------------------------------

  write() {
    this.body.setAttribute("aria-label", `${this.told.name} ${this.told.note}`);
    const most = (this.values ?? []).reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 0);
    [...this.body.rows].forEach((line, row) => {
      line.style.height = `${this.high}px`;
      [...line.cells].forEach((cell, column) => {
        if (cell.textContent !== this.texts[row][column]) cell.textContent = this.texts[row][column];
        cell.style.minWidth = `${this.wide}px`;
        const value = this.values ? this.values[row * this.columns + column] : 0;
        const share = most && Number.isFinite(value) ? Math.abs(value) / most : 0;
        const cover = (TINT * share ** 0.8).toFixed(1);
        cell.style.backgroundColor = share ? `rgb(${(value < 0 ? AGAINST : FOR).join(" ")} / ${cover}%)` : "";
        cell.className = this.marks(row, column);
        for (const [side, down, right] of SIDES) {
          const edge = this.picked.size && !this.picked.has(`${row + down},${column + right}`);
          cell.style.setProperty(side, edge ? "2.5px" : "0");
        }
      });
    });
  }

  marks(row, column) {
    const at = `${row},${column}`;
    const here = this.cursor && `${this.cursor}` === at;
    return [this.picked.has(at) && "picked", this.hatched.has(at) && "hatched", here && "cursor"].filter(Boolean).join(" ");
  }

  // The pointer and the keys -------------------------------------------------------------------

  under(event) {
    const box = this.body.getBoundingClientRect();
    const within = (part, count) => Math.min(count - 1, Math.max(0, Math.floor(part * count)));
    if (!box.width || !box.height) return null;
    return [within((event.clientY - box.top) / box.height, this.rows), within((event.clientX - box.left) / box.width, this.columns)];
  }

  over(at) {
    this.hear.read(at ? this.said(...at) : "");
  }

  said(row, column) {
    const { name, rows, columns, texts, style, shape, digits } = this.told;
    const named = [rows[row], columns[column]].filter(Boolean).join(" · ");
    const i = row * this.columns + column;
    const fine = Math.max(digits, 4);
    let value = texts ? texts[row][column] : tell(this.values[i], style === "number" && !digits ? 0 : fine);
    if (style === "picture" && shape[2]) value = [0, 1, 2].map((c) => tell(this.values[3 * i + c], 2)).join(", ");
    return `${name}[${row}, ${column}]${named ? ` (${named})` : ""} = ${value}`;
  }

  choose(at) {
    if (at && this.press) this.hear.press(...at);
  }

  key(event) {
    const step = STEPS[event.key];
    const from = this.cursor ?? this.told.picked[0] ?? [0, 0];
    if (step) {
      const bounded = (at, count) => Math.min(count - 1, Math.max(0, at));
      this.point(this.cursor ? [bounded(from[0] + step[0], this.rows), bounded(from[1] + step[1], this.columns)] : from);
    } else if (event.key === "Enter" || event.key === " ") this.choose(from);
    else return;
    event.preventDefault();
  }

  point(at) {
    if (String(at) === String(this.cursor)) return;
    this.cursor = at;
    if (this.body.tagName === "CANVAS") this.paint();
    else this.write();
    this.over(at);
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function cells({ data, parentElement, setStateValue }) {
  let made = parentElement.cells;
  if (!made) {
    made = parentElement.cells = { grids: [], count: Date.now() };
    made.line = el("div", { className: "line" });
    made.output = el("output", { className: "read" });
    made.root = el("div", { className: "cells" }, made.line, el("div", {}, made.output));
    parentElement.append(made.root);
  }
  const blocks = data.blocks.filter((block) => typeof block !== "string");
  while (made.grids.length > blocks.length) made.grids.pop();
  while (made.grids.length < blocks.length) {
    const at = made.grids.length;
    const press = (row, column) => setStateValue("at", [at, row, column, (made.count += 1)]);
    made.grids.push(new Grid({ press, read: (text) => (made.output.textContent = text) }));
  }
  let at = 0;
  const nodes = data.blocks.map((block) => {
    if (typeof block === "string") return el("span", { className: "op", textContent: block });
    const grid = made.grids[at++];
    grid.show(block, data);
    return grid.root;
  });
  const same = nodes.length === made.line.children.length && nodes.every((node, i) => {
    const old = made.line.children[i];
    return node === old || (node.tagName === "SPAN" && old.tagName === "SPAN" && node.textContent === old.textContent);
  });
  if (!same) made.line.replaceChildren(...nodes);
}
