// The studio: one chosen code for the whole page, drawn at once, told to the page when it rests.

const CALM = 140; // ms after the last change before the page is told
const EVERY = 60; // ms between two tellings while something is dragged that only the page can draw
const PATIENCE = 1500; // ms to wait for the page's answer before more is told

class Studio {
  constructor() {
    this.panels = new Set();
    this.state = { z: [0, 0], content: -1, line: null, box: null };
    this.layers = new Set(["points", "prior"]);
    this.only = -1;
    this.sheet = new CSSStyleSheet();
    this.spent = []; // ms from a move of the pointer to its picture
  }

  /** A part of the page has come, or been told something new. */
  take({ data, parent, tell }) {
    if (data instanceof Uint8Array) return this.learn(data);
    let panel = parent.panel;
    if (!panel) {
      const root = el("div", { className: `studio ${data.part}` });
      parent.append(root);
      const within = root.getRootNode();
      if (within.adoptedStyleSheets) within.adoptedStyleSheets = [this.sheet];
      panel = parent.panel = new PANELS[data.part](root, this);
      Object.assign(panel, { root, studio: this });
      this.panels.add(panel);
    }
    Object.assign(panel, { tell, data, words: data.words });
    panel.update?.(data);
    this.request();
    return undefined;
  }

  /** Numbers of the space or of its decoder. */
  learn(bytes) {
    const told = unpacked(bytes);
    if (told.name === "decoder") {
      if (this.decoder?.stamp !== told.stamp) this.decoder = told.steps ? new Decoder(told) : undefined;
      this.decoderOf = told.stamp;
    } else if (this.world?.stamp !== told.stamp) this.world = new World(told, () => this.request());
    this.request();
  }

  /** The decoder is here, and of the net that is shown. */
  get able() {
    return this.decoder && this.world && this.decoder.stamp === this.world.net ? this.decoder : undefined;
  }

  decode() {
    const { able, state, given } = this;
    if (able) return { levels: able.decode(state.z, state.content), size: able.size, channels: able.channels };
    return given && { levels: given.bytes, size: given.shape[0], channels: given.shape[2] };
  }

  /** Something is chosen: drawn with the next frame, told when it rests. */
  choose(change, event = null, now = false) {
    Object.assign(this.state, change);
    this.began ??= event?.timeStamp;
    this.news = true;
    this.request();
    clearTimeout(this.timer);
    if (now) return this.settle();
    const live = this.live || !this.able;
    const wait = live ? Math.max(0, (this.at ?? 0) + (this.asked ? PATIENCE : EVERY) - performance.now()) : CALM;
    this.timer = setTimeout(() => this.settle(), wait);
    return undefined;
  }

  settle() {
    clearTimeout(this.timer);
    if (!this.news) return;
    this.news = false;
    this.asked = true;
    this.at = performance.now();
    this.say?.(structuredClone(this.state));
  }

  /** The page has answered: what has changed meanwhile can be told. */
  answered(picture) {
    this.given = picture && { ...picture, bytes: bytes(picture.data) };
    this.asked = false;
    if (this.news) this.choose({});
  }

  toggle(name) {
    if (!this.layers.delete(name)) this.layers.add(name);
    this.request();
  }

  /** Only the points of one class, or all again. */
  filter(label) {
    this.only = this.only === label ? -1 : label;
    this.request();
  }

  request() {
    this.waiting ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.waiting = undefined;
    for (const panel of this.panels) {
      if (!panel.root.isConnected) this.panels.delete(panel);
      else if (panel.data) panel.draw();
    }
    if (this.began === undefined) return;
    this.spent.push(performance.now() - this.began);
    this.spent = this.spent.slice(-500);
    this.began = undefined;
  }
}

const PANELS = { stage: Stage, tiles: Tiles, map: Still, painting: Painter };

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function studio({ data, parentElement }) {
  const shared = (globalThis.latentStudio ??= { waiting: new Map() });
  if (!parentElement.studio) {
    parentElement.studio = shared.studio = new Studio();
    shared.studio.sheet.replaceSync(data.css);
    for (const call of shared.waiting.values()) shared.studio.take(call);
    shared.waiting.clear();
  }
  parentElement.setAttribute?.("data-drawn", "");
}
