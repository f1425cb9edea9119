// A finished run played again from a small file: curves grow, pictures turn green.

const LENGTH = 9000; // ms

class Replay {
  constructor(baked, name, words, shown) {
    this.views = baked.views;
    this.words = words;
    this.shown = shown;
    this.history = new History(baked.payload.id);
    this.history.absorb(baked.payload);
    this.history.name = name || baked.payload.name;
    this.sprite = `data:image/png;base64,${baked.gallery}`;
    this.button = el("button", "replay");
    this.button.type = "button";
    this.button.addEventListener("click", () => this.press());
    this.done = 0;
  }

  /** The step at share `done` of the film: the first steps, where most happens, last longest. */
  get reveal() {
    return this.history.total * this.done ** 1.6;
  }

  get view() {
    const seen = this.views.filter((view) => view.step <= this.reveal);
    return seen[seen.length - 1] ?? this.views[0];
  }

  start(calm) {
    if (calm) this.done = 1;
    else this.play();
    this.show();
  }

  play() {
    this.before = performance.now();
    const frame = (now) => {
      this.done = Math.min(1, this.done + Math.min(100, now - this.before) / LENGTH);
      this.before = now;
      this.playing = this.done < 1 ? requestAnimationFrame(frame) : undefined;
      this.show();
    };
    this.playing = requestAnimationFrame(frame);
    this.show();
  }

  stop() {
    cancelAnimationFrame(this.playing);
    this.playing = undefined;
  }

  press() {
    if (this.playing) this.stop();
    else {
      if (this.done >= 1) this.done = 0;
      this.play();
    }
    this.show();
  }

  show() {
    const word = this.playing ? "pause" : this.done >= 1 ? "again" : "play";
    this.button.textContent = this.words[word];
    this.button.dataset.icon = word;
    this.shown(this);
  }
}
