// The element: puts the parts together, tells Python when a run changes its state.

const APPS = new WeakMap();
const SILENCE = 12000; // ms between two spoken summaries of a run that goes on

class Live {
  constructor(host, data) {
    this.words = data.words;
    this.formats = new Formats(data.language);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.known = new Map();
    this.spoken = -Infinity;
    this.build(host, data);
    this.charts.say = (sentence) => {
      this.voice.textContent = sentence;
    };
    if (data.replay) this.playBack(data.replay, data.runs[0]?.name);
    else this.watch(data.runs, data.views);
  }

  build(host, data) {
    const { words, formats } = this;
    this.root = el("div", "live");
    this.root.lang = data.language;
    this.root.style.setProperty("--height", `${data.height}px`);
    this.head = new Head(words, formats);
    this.charts = new Charts(words, formats, this.calm);
    this.gallery = new Gallery(words, formats);
    this.confusion = new Confusion(words, formats);
    this.voice = el("p", "unseen");
    this.voice.setAttribute("aria-live", "polite");
    const views = el("div", "views", "", this.gallery.node, this.confusion.node);
    const help = el("p", "unseen", words.keys);
    this.root.append(this.head.node, this.charts.node, views, help, this.voice);
    this.root.classList.toggle("calm", this.calm);
    this.resized = new ResizeObserver(() => this.confusion.draw());
    this.resized.observe(this.confusion.node);
    host.append(this.root);
  }

  /** Follow runs by their ids. */
  watch(runs, views) {
    this.histories = runs.map(() => undefined);
    this.feeds = runs.map(({ id, name }, i) => {
      this.histories[i] = Object.assign(new History(id), { name });
      return new Feed(this.histories[i], (feed) => this.changed(feed));
    });
    this.single = runs.length === 1;
    this.head.node.hidden = !this.single;
    if (this.single && views) this.scenery = new Scenery(this.feeds[0], this.show.bind(this));
  }

  playBack(baked, name) {
    this.root.classList.add("film");
    this.replay = new Replay(baked, name, this.words, () => this.film());
    this.histories = [this.replay.history];
    this.single = true;
    this.gallery.sprite(this.replay.sprite);
    this.head.line.append(this.replay.button);
  }

  /** Python has run: new data, maybe news of a state, another theme, another address. */
  update(data, fire) {
    this.fire = fire;
    for (const { id, state } of data.runs) if (state) this.known.set(id, state);
    if (this.replay) {
      if (this.begun) this.film();
      else this.replay.start(this.calm);
      this.begun = true;
      return;
    }
    this.refresh();
    for (const feed of this.feeds) feed.poll();
  }

  /** A feed has an answer, or has lost its server. */
  changed(feed) {
    this.head.lost.hidden = !this.feeds.some((each) => each.lost);
    const { history } = feed;
    this.report(history);
    this.refresh(feed.gone);
    this.scenery?.follow();
  }

  /** One trigger per change of state, never one per tick. */
  report(history) {
    const { id, state, final } = history;
    const before = this.known.get(id);
    if (!state || before === state) return;
    this.known.set(id, state);
    this.spoken = -Infinity;
    if (before !== undefined) this.fire(final ? "finished" : "state", { id, state });
  }

  refresh(gone = "") {
    this.paint();
    this.charts.update(this.histories, this.theme);
    if (!this.single) return;
    this.head.show(this.histories[0]);
    if (gone) this.head.note.textContent = gone;
    this.speak(this.histories[0]);
  }

  speak(history) {
    const summary = this.head.summary(history);
    this.charts.stage.setAttribute("aria-label", `${this.words.charts}. ${summary}`);
    const now = performance.now();
    if (now - this.spoken < SILENCE || this.summary === summary) return;
    this.spoken = now;
    this.summary = summary;
    this.voice.textContent = summary;
  }

  show(view, sprite) {
    this.paint();
    if (sprite) this.gallery.sprite(sprite);
    this.gallery.show(view);
    this.confusion.show(view, this.theme);
  }

  film() {
    const { reveal, view, history } = this.replay;
    this.paint();
    if (this.theme === this.seenTheme) this.charts.roll(reveal);
    else this.charts.update(this.histories, this.theme, reveal);
    this.head.show(history, reveal);
    if (view !== this.seen || this.theme !== this.seenTheme) this.show(view);
    this.seen = view;
    this.seenTheme = this.theme;
    const label = `${this.words.charts}. ${this.head.summary(history)}`;
    this.charts.stage.setAttribute("aria-label", label);
  }

  /** Take over the page's colours when they have changed. */
  paint() {
    const theme = readTheme(this.root);
    if (this.theme?.ink === theme.ink && this.theme.font === theme.font) return;
    this.theme = theme;
    this.root.classList.toggle("dark", theme.dark);
    for (const name of ["train", "val", "rate", "good", "bad", "wait"]) {
      this.root.style.setProperty(`--${name}`, theme[name]);
    }
    if (this.confusion.matrix) {
      this.confusion.theme = theme;
      this.confusion.draw();
    }
  }

  stop() {
    const parts = [...(this.feeds ?? []), this.scenery, this.replay, this.charts];
    for (const part of parts) part?.stop();
    this.resized.disconnect();
    this.root.remove();
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function live({ data, parentElement, setTriggerValue }) {
  const print = JSON.stringify([data.language, data.height, data.runs.map((run) => run.id)]);
  let app = APPS.get(parentElement);
  if (app?.print !== print) {
    app?.stop();
    app = new Live(parentElement, data);
    app.print = print;
    APPS.set(parentElement, app);
  }
  app.update(data, setTriggerValue);
  return () => {
    APPS.get(parentElement)?.stop();
    APPS.delete(parentElement);
  };
}
