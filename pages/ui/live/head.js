// The row on top: state, progress, where the run is, what it has reached.

const TILES = ["epoch", "step", "left", "speed", "loss", "accuracy", "best"];

class Head {
  constructor(words, formats) {
    Object.assign(this, { words, formats });
    this.pill = el("span", "pill");
    this.note = el("span", "note");
    this.lost = el("span", "lost", words.lost);
    this.lost.hidden = true;
    this.bar = el("div", "bar", "", el("i"));
    this.bar.setAttribute("role", "progressbar");
    this.bar.setAttribute("aria-label", words.progress);
    this.tiles = new Map(TILES.map((name) => [name, this.tile(name)]));
    const tiles = el("dl", "tiles", "", ...[...this.tiles.values()].map((t) => t.node));
    this.line = el("div", "line", "", this.pill, this.note, this.lost);
    this.node = el("header", "", "", this.line, this.bar, tiles);
  }

  tile(name) {
    const label = el("dt", "", this.words[`tile.${name}`]);
    const value = el("dd", "", "–");
    return { label, value, node: el("div", "", "", label, value) };
  }

  put(name, value, label = name) {
    const tile = this.tiles.get(name);
    if (tile.value.textContent !== value) tile.value.textContent = value;
    tile.label.textContent = this.words[`tile.${label}`];
  }

  /** Draw the state of `history`; `reveal` is the step that a replay has come to. */
  show(history, reveal) {
    const { formats, words } = this;
    const { info } = history;
    const film = reveal !== undefined && reveal < history.total;
    const state = film ? "film" : history.state || "loading";
    this.pill.textContent = words[`state.${state}`] ?? state;
    this.pill.dataset.state = state;
    const named = { name: history.name };
    this.note.textContent =
      reveal === undefined ? this.sentence(history) : fill(words["note.film"], named);
    const step = reveal ?? history.lastStep; // rows come sooner than the run's own progress
    const done = info.total_steps ? step / info.total_steps : 0;
    this.bar.firstChild.style.width = `${Math.min(100, done * 100)}%`;
    this.bar.dataset.state = state;
    this.bar.setAttribute("aria-valuenow", Math.round(done * 100));
    this.bar.style.setProperty("--epochs", Math.min(info.epochs || 1, 50));
    const epochs = info.epochs ?? 0;
    const epoch = step ? Math.min(epochs, Math.floor(step / history.perEpoch + 1e-9) + 1) : 0;
    this.put("epoch", fill(words.of, { n: formats.count(epoch), all: formats.count(epochs) }));
    const steps = { n: formats.count(step), all: formats.count(info.total_steps) };
    this.put("step", fill(words.of, steps));
    this.clock(history, reveal);
    this.results(history, reveal);
  }

  clock(history, reveal) {
    const { formats } = this;
    const { info } = history;
    const over = history.final || reveal !== undefined;
    const spent = reveal === undefined ? info.seconds : history.scale("seconds")(reveal);
    if (over) this.put("left", formats.time(spent), "took");
    else this.put("left", formats.time(history.left));
    const speed = (reveal === undefined && info.speed) || history.last("speed", reveal);
    this.put("speed", speed > 0 ? formats.count(Number(speed.toPrecision(3))) : "–");
  }

  results(history, reveal) {
    const { formats } = this;
    const { info } = history;
    const limit = reveal ?? Infinity;
    this.put("loss", formats.digits(history.last("train.loss", limit)));
    if (history.makes) {
      this.made(history, limit);
      return;
    }
    this.put("accuracy", formats.share(history.last("val.accuracy", limit)));
    const test = reveal === undefined && (info.test_accuracy ?? history.last("test.accuracy"));
    const tested = Number.isFinite(test) ? test : history.last("test.accuracy", limit);
    const over = Number.isFinite(tested);
    this.put("best", formats.share(over ? tested : history.best(limit)), over ? "test" : "best");
    this.tiles.get("best").node.classList.toggle("won", over);
  }

  /** What samples are worth, and how far codes are from their prior. */
  made(history, limit) {
    const { formats } = this;
    const named = history.last("val.accuracy", limit);
    const sure = history.last("val.samples", limit);
    if (named !== undefined) this.put("accuracy", formats.share(named), "accuracy");
    else this.put("accuracy", formats.share(sure), "samples");
    const [far, floor] = ["val.mmd", "val.floor"].map((name) => history.last(name, limit));
    this.put("best", floor ? `${formats.digits(far / floor)} ×` : "–", "distance");
    this.tiles.get("best").node.classList.toggle("won", far <= 2 * floor);
  }

  /** What a state needs to be understood, in one sentence. */
  sentence(history) {
    const { info, state } = history;
    const tested = state === "finished" && history.config.schedule?.name === "range";
    const sentence = this.words[`note.${tested ? "tested" : state}`] ?? "";
    const note = fill(sentence, { position: info.position || 1 });
    return info.error ? `${note} (${info.error})` : note;
  }

  /** The whole run in one sentence, for those who listen. */
  summary(history) {
    const { words, formats } = this;
    const { info } = history;
    const values = {
      state: words[`state.${history.state}`] ?? words["state.loading"],
      epoch: this.tiles.get("epoch").value.textContent,
      step: formats.count(info.step ?? 0),
      loss: formats.digits(history.last("train.loss")),
      accuracy: formats.share(history.last("val.accuracy")),
      best: formats.share(history.best()),
    };
    values.samples = formats.share(history.last("val.samples"));
    const told = history.makes ? words.summary_made : words.summary;
    return `${fill(told, values)} ${this.sentence(history)}`.trim();
  }
}
