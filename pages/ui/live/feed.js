// Where the rows come from: our own routes, asked again and again, only for what is new.

const EAGER = 50; // ms until the first row, which a person is waiting for
const EAGERLY = 3000; // ms for which that goes on; what is late then waits in the queue
const STEADY = 500;
const HIDDEN = 4000; // nobody looks
const RESTING = 4000; // what was cut short may be taken up again, in another window
const PATIENCE = 8000; // longest wait while the server does not answer
const LATE = 15000; // an answer that takes longer does not come
const AT_LEAST = 5000; // ms that a picture stays readable after another took its place
const AT_ONCE = 5000; // rows in one answer that mean there are more waiting

class Feed {
  constructor(history, changed) {
    Object.assign(this, { history, changed });
    this.fails = 0;
    this.gone = "";
    this.since = performance.now();
    this.abort = new AbortController();
    const again = () => document.hidden || this.poll();
    document.addEventListener("visibilitychange", again, { signal: this.abort.signal });
  }

  get lost() {
    return this.fails > 0;
  }

  /** Ask now, unless an answer is under way. */
  async poll() {
    clearTimeout(this.timer);
    if (this.busy || this.abort.signal.aborted) return;
    this.busy = true;
    let wait = EAGER;
    try {
      wait = await this.ask();
      this.fails = 0;
    } catch {
      this.fails += 1;
      wait = Math.min(PATIENCE, STEADY * 2 ** (this.fails - 1));
    }
    this.busy = false;
    if (this.abort.signal.aborted) return;
    this.changed(this);
    if (wait === null) return;
    this.timer = setTimeout(() => this.poll(), document.hidden ? Math.max(wait, HIDDEN) : wait);
  }

  /** One request; the pause until the next one, null for none. */
  async ask() {
    const { history } = this;
    const answer = await this.get(`metrics?since=${history.next}`);
    if (!answer.ok && answer.status < 500) {
      this.gone = (await answer.json()).error;
      return null;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const payload = await answer.json();
    history.absorb(payload);
    if ((payload.rows ?? []).length >= AT_ONCE) return 0;
    if (history.final) return history.state === "finished" ? null : RESTING;
    const waiting = !history.curves.size && performance.now() - this.since < EAGERLY;
    return waiting ? EAGER : STEADY;
  }

  get(what, cache = "no-store") {
    const path = `api/runs/${encodeURIComponent(this.history.id)}/${what}`;
    const url = new URL(path, document.baseURI);
    const ended = this.abort.signal;
    const late = AbortSignal.any && AbortSignal.any([ended, AbortSignal.timeout(LATE)]);
    return fetch(url, { signal: late || ended, cache });
  }

  /** {view, timeline, saved}: gallery and matrix at checkpoint `tag`, without one the newest. */
  async view(tag = "") {
    const answer = await this.get(`view?tag=${encodeURIComponent(tag)}`);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  /** The first layer at a checkpoint; null where a net has no such pictures. */
  async filters(tag = "") {
    const answer = await this.get(`filters.png?tag=${encodeURIComponent(tag)}`, "no-cache");
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.status === 204) return null;
    const [kind, ...numbers] = answer.headers.get("Filters").split(" ");
    const [shown, count, reach] = numbers.map(Number);
    return { url: URL.createObjectURL(await answer.blob()), kind, shown, count, reach };
  }

  /** The sprite of pictures as an address for CSS, or null while the worker has not written it. */
  async pictures() {
    const answer = await this.get("gallery.png");
    return answer.ok ? URL.createObjectURL(await answer.blob()) : null;
  }

  stop() {
    clearTimeout(this.timer);
    this.abort.abort();
  }
}

/** Keeps pictures, matrix and filters as fresh as the curves, and fetches those of earlier. */
class Scenery {
  /** seen: called with {view, sheet} as they are now; listed: with the checkpoints there are. */
  constructor(feed, seen, listed) {
    Object.assign(this, { feed, seen, listed });
    this.at = -Infinity;
    this.key = "";
    this.kept = new Map();
    this.newest = {};
  }

  async follow() {
    const { history } = this.feed;
    const { steps } = history.curve("val.loss");
    const key = `${steps.length} ${history.state}`;
    const waited = performance.now() - this.at > 1000;
    const moved = key !== this.key || (waited && history.lastStep !== this.step);
    if (this.busy || !moved || !(history.lastStep || history.final)) return;
    this.busy = true;
    this.at = performance.now();
    this.step = history.lastStep;
    try {
      this.sprite ??= await this.feed.pictures();
      const view = await this.renew();
      this.key = view || history.final ? key : this.key;
    } catch {
      this.step = -1; // the next tick asks again
    }
    this.busy = false;
  }

  /** Fetch what is new: the view, the list of checkpoints, the filters if one was saved. */
  async renew() {
    const { view, timeline, saved } = await this.feed.view();
    if (saved !== this.saved) {
      const before = this.newest.sheet;
      this.newest.sheet = saved === null ? null : await this.feed.filters();
      this.saved = saved;
      if (before) setTimeout(() => URL.revokeObjectURL(before.url), AT_LEAST);
    }
    if (view) this.newest.view = view;
    this.listed(timeline);
    if (view) this.seen();
    return view;
  }

  /** What a checkpoint shows; asked for once. */
  look({ tag, step }) {
    const key = `${tag} ${step}`;
    if (!this.kept.has(key)) {
      const parts = Promise.all([this.feed.view(tag), this.feed.filters(tag)]);
      const asked = parts.then(([{ view }, sheet]) => ({ view, sheet }));
      asked.catch(() => this.kept.delete(key)); // asked again next time
      this.kept.set(key, asked);
    }
    return this.kept.get(key);
  }

  async stop() {
    if (this.sprite) URL.revokeObjectURL(this.sprite);
    if (this.newest.sheet) URL.revokeObjectURL(this.newest.sheet.url);
    for (const found of await Promise.allSettled(this.kept.values())) {
      if (found.value?.sheet) URL.revokeObjectURL(found.value.sheet.url);
    }
  }
}
