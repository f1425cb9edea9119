// Where the rows come from: our own routes, asked again and again, only for what is new.

const EAGER = 100; // ms until the first row, which a person is waiting for
const STEADY = 500;
const HIDDEN = 4000; // nobody looks
const PATIENCE = 8000; // longest wait while the server does not answer
const LATE = 15000; // an answer that takes longer does not come
const AT_ONCE = 5000; // rows in one answer that mean there are more waiting

class Feed {
  constructor(history, changed) {
    Object.assign(this, { history, changed });
    this.fails = 0;
    this.gone = "";
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
    if (history.final) return null;
    return history.curves.size ? STEADY : EAGER;
  }

  get(what) {
    const path = `api/runs/${encodeURIComponent(this.history.id)}/${what}`;
    const url = new URL(path, document.baseURI);
    const ended = this.abort.signal;
    const late = AbortSignal.any && AbortSignal.any([ended, AbortSignal.timeout(LATE)]);
    return fetch(url, { signal: late || ended, cache: "no-store" });
  }

  /** The newest gallery and confusion matrix, or null while there are none. */
  async view() {
    const answer = await this.get("view");
    if (!answer.ok) return null;
    const { view } = await answer.json();
    return view ?? null;
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

/** Keeps gallery and matrix as fresh as the curves, asking at most once a second. */
class Scenery {
  constructor(feed, shown) {
    Object.assign(this, { feed, shown });
    this.at = -Infinity;
    this.key = "";
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
      const view = await this.feed.view();
      if (view) this.shown(view, this.sprite);
      this.key = view || history.final ? key : this.key;
    } catch {
      this.step = -1; // the next tick asks again
    }
    this.busy = false;
  }

  stop() {
    if (this.sprite) URL.revokeObjectURL(this.sprite);
  }
}
