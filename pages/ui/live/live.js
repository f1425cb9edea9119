// The element: puts the parts together, tells Python when a run changes its state.

const APPS = new WeakMap();
const SILENCE = 12000; // ms between two spoken summaries of a run that goes on
const AGAIN = 3000; // ms in which a page draws what it was told
const TIMES = 5; // how often it is told again, each time after twice as long

class Live {
  constructor(host, data) {
    this.words = data.words;
    this.formats = new Formats(data.language);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.known = new Map();
    this.drawn = new Map();
    this.claims = new Map();
    this.spoken = -Infinity;
    this.build(host, data);
    this.charts.say = (sentence) => {
      this.voice.textContent = sentence;
    };
    this.wish = data.at;
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
    this.filters = new Filters(words, formats);
    this.strip = new Strip(words);
    this.plane = new Plane(words);
    this.health = new Health(words, formats);
    this.timeline = new Timeline(words, formats, {
      travel: (stop) => this.travel(stop),
      settled: (tag) => this.tell("at", tag),
      branch: data.branch && ((tag) => this.fire("branch", tag)),
    });
    this.voice = el("p", "unseen");
    this.voice.setAttribute("aria-live", "polite");
    const { plane, confusion, filters } = this;
    const side = el("div", "side", "", plane.node, confusion.node, filters.node);
    const main = el("div", "", "", this.gallery.node, this.strip.node);
    const views = el("div", "views", "", main, side);
    const help = el("p", "unseen", words.keys);
    const { head, charts, timeline, health } = this;
    this.root.append(head.node, charts.node, health.node, timeline.node, views, help, this.voice);
    this.root.classList.toggle("calm", this.calm);
    this.resized = new ResizeObserver(() => {
      this.confusion.draw();
      this.plane.draw();
    });
    this.resized.observe(side);
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
    if (!this.single || !views) return;
    const listed = (stops) => {
      this.timeline.list(stops, this.histories[0], this.wish);
      this.wish = "";
    };
    const seen = () => this.timeline.here || this.show(this.scenery.newest);
    this.scenery = new Scenery(this.feeds[0], seen, listed);
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
  update(data, fire, tell) {
    Object.assign(this, { fire, tell });
    for (const { id, state } of data.runs) {
      if (state) this.known.set(id, state);
      this.drawn.set(id, state);
    }
    if (this.replay) {
      if (this.begun) this.film();
      else this.replay.start(this.calm);
      this.begun = true;
      return;
    }
    for (const feed of this.feeds) feed.poll(); // asks first: the answer comes while we draw
    this.refresh();
  }

  /** A feed has an answer, or has lost its server. */
  changed(feed) {
    this.head.lost.hidden = !this.feeds.some((each) => each.lost);
    const { history } = feed;
    this.report(history);
    this.refresh(feed.gone);
    this.scenery?.follow();
    if (this.scenery) this.health.follow(feed);
  }

  /** One trigger per change of state, never one per tick. */
  report(history) {
    const { id, state } = history;
    const before = this.known.get(id);
    if (!state || before === state) return;
    this.known.set(id, state);
    this.spoken = -Infinity;
    if (before !== undefined) this.claim(history);
  }

  /** Tell the page, and again until it has drawn it: without a connection nothing is heard. */
  claim({ id, state, final }, tries = 0) {
    this.fire(final ? "finished" : "state", { id, state });
    clearTimeout(this.claims.get(id));
    const unheard = () => this.known.get(id) === state && ![state, ""].includes(this.drawn.get(id));
    const again = () => unheard() && this.claim({ id, state, final }, tries + 1);
    if (tries < TIMES) this.claims.set(id, setTimeout(again, AGAIN * 2 ** tries));
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

  show({ view, sheet = null }) {
    this.paint();
    if (this.scenery && this.sprite !== this.scenery.sprite) {
      this.sprite = this.scenery.sprite;
      this.gallery.sprite(this.sprite);
      this.strip.sprite(this.sprite);
    }
    const makes = view.kind === "adversarial";
    this.gallery.show(makes ? {} : view);
    this.strip.show(view);
    this.plane.show(view, this.theme);
    this.confusion.show(makes && !view.confusion ? { classes: [] } : view, this.theme);
    this.filters.show(sheet);
  }

  /** Show the moment of a checkpoint everywhere, or now again with null. */
  async travel(stop) {
    const { scenery, timeline } = this;
    this.charts.at(stop ? stop.step : null);
    this.health.at(stop ? stop.step : null);
    try {
      const found = stop ? await scenery.look(stop) : scenery.newest;
      const still = timeline.tag === (stop?.tag ?? ""); // nobody moved on meanwhile
      if (still && found.view) this.show(found);
    } catch {
      return; // no answer: what was seen stays, the next move asks again
    }
    const i = timeline.stops.indexOf(stop);
    for (const near of [timeline.stops[i + 1], timeline.stops[i - 1]]) {
      if (stop && near) scenery.look(near).catch(() => {});
    }
  }

  film() {
    const { reveal, view, history } = this.replay;
    this.paint();
    if (this.theme === this.seenTheme) this.charts.roll(reveal);
    else this.charts.update(this.histories, this.theme, reveal);
    this.head.show(history, reveal);
    if (view !== this.seen || this.theme !== this.seenTheme) this.show({ view });
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
    this.health.theme = theme;
    this.health.draw();
    if (this.plane.plane) {
      this.plane.theme = theme;
      this.plane.draw();
    }
    if (this.confusion.matrix) {
      this.confusion.theme = theme;
      this.confusion.draw();
    }
  }

  stop() {
    const { scenery, replay, charts, timeline, health } = this;
    const parts = [...(this.feeds ?? []), scenery, replay, charts, timeline, health];
    for (const part of parts) part?.stop();
    for (const claim of this.claims.values()) clearTimeout(claim);
    this.resized.disconnect();
    this.root.remove();
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function live({ data, parentElement, setTriggerValue, setStateValue }) {
  if (!data.runs.length && !data.replay) return undefined; // only so that the browser has it
  const print = JSON.stringify([data.language, data.height, data.runs.map((run) => run.id)]);
  let app = APPS.get(parentElement);
  if (app?.print !== print) {
    app?.stop();
    app = new Live(parentElement, data);
    app.print = print;
    APPS.set(parentElement, app);
  }
  app.update(data, setTriggerValue, setStateValue);
  return () => {
    APPS.get(parentElement)?.stop();
    APPS.delete(parentElement);
  };
}
