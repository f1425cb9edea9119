// The walk: one state for all panels of the page, one drawing after each change.

const CALM = 160; // ms after the last change before the page is told
const LATER = 180; // ms until panels out of sight are drawn: not while somebody drags

class Walk {
  constructor() {
    this.panels = new Set();
    this.held = new Map();
    this.state = { query: -1, layer: 0, head: 0 };
    this.sheet = new CSSStyleSheet();
  }

  /** A part of the page has come or been told something new. */
  take({ data, parent, tell }) {
    if (data.part === "feed") return this.ahead ? this.held.set(data.name, data) : this.read(data);
    let panel = parent.panel;
    if (!panel) {
      const root = el("div", { className: `walk ${data.part}` });
      parent.append(root);
      const within = root.getRootNode();
      if (within.adoptedStyleSheets) within.adoptedStyleSheets = [this.sheet];
      const heading = el("h5", { hidden: true });
      root.append(heading);
      panel = parent.panel = new PANELS[data.part](root, this);
      panel.heading = heading;
      Object.assign(panel, { root, walk: this });
      this.panels.add(panel);
    }
    Object.assign(panel, { tell, data, words: data.words });
    panel.heading.hidden = !data.words.heading;
    panel.heading.textContent = data.words.heading ?? "";
    panel.update?.(data);
    this.request();
    return undefined;
  }

  /** The page has followed a picture, or knows more about the chosen token. */
  read({ name, told }) {
    if (name === "journey") {
      const rows = this.book?.rows;
      if (this.book?.stamp !== told.stamp) this.book = new Book(told);
      if (rows?.stamp === told.stamp) this.book.rows = rows;
      if (this.later?.stamp === told.stamp) this.attach(this.later);
    } else if (this.book?.stamp === told.stamp) this.attach(told);
    else this.later = told;
    this.request();
  }

  /** An operation goes on: what the page tells meanwhile is older than what is seen. */
  hold(ahead) {
    this.ahead = ahead;
    if (ahead) return;
    for (const data of this.held.values()) this.read(data);
    this.held.clear();
  }

  attach({ arrays, ...plain }) {
    const found = Object.fromEntries(Object.entries(arrays).map(([key, value]) => [key, unpack(value)]));
    this.book.rows = { ...plain, ...found };
  }

  /** Another token, layer or head is looked at. */
  choose(change) {
    const { book } = this;
    if (!book) return;
    Object.assign(this.state, change);
    const { state } = this;
    const least = book.cls ? -1 : 0;
    state.query = Math.min(book.patches - 1, Math.max(least, state.query));
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.say?.({ ...state }), CALM);
  }

  /** The pointer is over a patch, in whichever panel. */
  point(patch) {
    if (patch === this.pointed) return;
    this.pointed = patch;
    this.request();
  }

  request() {
    this.waiting ??= requestAnimationFrame(() => this.draw());
  }

  /** Draw what is in sight at once, and the rest when the browser has shown that. */
  draw() {
    cancelAnimationFrame(this.waiting);
    clearTimeout(this.rest);
    this.waiting = undefined;
    if (!this.book) return;
    const began = performance.now();
    for (const panel of this.panels) if (!panel.root.isConnected) this.panels.delete(panel);
    const later = [];
    const places = Array.from(this.panels, (panel) => [panel, panel.root.getBoundingClientRect()]);
    const seen = ({ top, bottom }) => bottom > 0 && top < globalThis.innerHeight;
    const now = places.filter(([panel, box]) => seen(box) || !later.push(panel));
    this.paint(now.map(([panel]) => panel));
    this.spent = performance.now() - began;
    this.rest = setTimeout(() => this.paint(later), LATER);
  }

  paint(panels) {
    const { book, state } = this;
    for (const panel of panels) if (panel.data) panel.draw(book, state);
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function walk({ data }) {
  const shared = (globalThis.patchWalk ??= { waiting: new Map() });
  shared.walk ??= new Walk(); // one for the tab: parts may come before this, and after it again
  shared.walk.sheet.replaceSync(data.css);
  for (const call of shared.waiting.values()) shared.walk.take(call);
  shared.waiting.clear();
}
