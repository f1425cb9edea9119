// The slider through a run's checkpoints: everything on the page shows the moment it stands at.

const BEAT = 450; // ms between two stops while time plays
const SETTLED = 500; // ms without a move, after which the page is told

class Timeline {
  /** acts: {travel(stop | null), settled(tag), branch(tag) or nothing}. */
  constructor(words, formats, acts) {
    Object.assign(this, { words, formats, acts });
    this.stops = [];
    this.tag = ""; // of the stop that is shown; "" is now, or the end
    this.button = this.press("replay", words.play, () => this.play());
    this.slider = el("input");
    Object.assign(this.slider, { type: "range", min: 0, step: 1 });
    this.slider.setAttribute("aria-label", words["time.slider"]);
    this.slider.addEventListener("input", () => {
      this.halt();
      this.move(Number(this.slider.value));
    });
    this.ticks = el("div", "ticks");
    this.ticks.setAttribute("aria-hidden", "true");
    this.said = el("p", "said");
    const track = el("div", "track", "", this.ticks, this.slider, this.said);
    this.now = this.press("now", "", () => {
      this.halt();
      this.move(this.stops.length);
    });
    this.node = el("section", "timeline", "", this.button, track, this.now);
    if (acts.branch) this.node.append(this.fork());
    this.node.hidden = true;
  }

  press(name, word, act) {
    const button = el("button", name, word);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  fork() {
    const { words, acts } = this;
    const button = this.press("fork", words["time.branch"], () => acts.branch(this.source));
    button.title = words["time.branch_help"];
    return button;
  }

  /** The checkpoint that a branch from here begins with. */
  get source() {
    if (this.tag) return this.tag;
    return this.history.final ? "last" : this.stops[this.stops.length - 1].tag;
  }

  get here() {
    return this.stops.find((stop) => stop.tag === this.tag) ?? null;
  }

  /** Take in the checkpoints that there are now; `wish` is a tag to go to first. */
  list(stops, history, wish) {
    this.history = history;
    const end = stops[stops.length - 1];
    const over = history.final && end && end.step >= history.lastStep; // the end shows the same
    this.stops = over ? stops.slice(0, -1) : stops;
    this.node.hidden = !this.stops.length;
    if (this.tag && !this.here) this.tag = "";
    this.slider.max = this.stops.length;
    this.draw();
    if (wish && this.stops.some((stop) => stop.tag === wish)) this.go(wish);
    else this.say();
  }

  /** A mark per stop: tall at the end of an epoch, full at the best one. */
  draw() {
    const { stops } = this;
    const print = JSON.stringify(stops);
    if (this.print === print) return;
    this.print = print;
    const marks = stops.map(({ tag, best }, i) => {
      const mark = el("i", best ? "best" : tag.startsWith("step") ? "" : "tall");
      mark.style.left = `${(100 * i) / stops.length}%`;
      return mark;
    });
    this.ticks.replaceChildren(...marks);
  }

  move(i) {
    const tag = this.stops[i]?.tag ?? "";
    const moved = tag !== this.tag;
    this.go(tag);
    clearTimeout(this.telling);
    if (moved) this.telling = setTimeout(() => this.acts.settled(this.tag), SETTLED);
  }

  go(tag) {
    this.tag = tag;
    this.say();
    this.arrived = this.acts.travel(this.here);
  }

  say() {
    const { words, history, here, stops, slider } = this;
    slider.value = here ? stops.indexOf(here) : stops.length;
    const now = words[history.final ? "time.end" : "time.now"];
    const sentence = this.sentence(here ? here.step : history.lastStep);
    const extra = here?.best ? ` · ${words["time.best"]}` : "";
    this.said.textContent = `${here ? "" : `${now} · `}${sentence}${extra}`;
    slider.setAttribute("aria-valuetext", this.said.textContent);
    this.now.textContent = now;
    this.now.setAttribute("aria-pressed", !here);
  }

  /** Where that is, and what the curves say there. */
  sentence(step) {
    const { words, formats, history } = this;
    const loss = history.last("train.loss", step);
    const named = history.last("val.accuracy", step);
    const share = named ?? history.last("val.samples", step);
    const parts = [
      `${words.step} ${formats.count(step)}`,
      `${words.epoch} ${formats.digits(step / history.perEpoch)}`,
    ];
    if (loss !== undefined) parts.push(`${words["tile.loss"]} ${formats.digits(loss)}`);
    const told = named === undefined ? words["tile.samples"] : words["tile.accuracy"];
    if (share !== undefined) parts.push(`${told} ${formats.share(share)}`);
    return parts.join(" · ");
  }

  /** Run through time from here, or from the start; a second press stops. */
  async play() {
    if (this.playing) {
      this.halt();
      return;
    }
    const film = {};
    this.playing = film;
    this.face();
    let i = this.here ? this.stops.indexOf(this.here) : -1;
    while (this.playing === film && i < this.stops.length) {
      i += 1;
      this.move(i);
      await Promise.all([this.arrived, new Promise((done) => setTimeout(done, BEAT))]);
    }
    if (this.playing === film) this.halt();
  }

  halt() {
    this.playing = undefined;
    this.face();
  }

  face() {
    const word = this.playing ? "pause" : "play";
    this.button.textContent = this.words[word];
    this.button.dataset.icon = word;
  }

  stop() {
    this.playing = undefined;
    clearTimeout(this.telling);
  }
}

/** The moment that the slider stands at, on a chart. */
function drawMoment(plot, scene) {
  if (scene.moment === null) return;
  const { c } = plot;
  const x = Math.round(plot.toX(scene.moment, scene)) + 0.5;
  c.save();
  c.fillStyle = scene.theme.ink;
  c.globalAlpha = 0.16;
  c.fillRect(x - 2.5, PAD.top - 6, 5, plot.bottom - PAD.top + 6);
  c.globalAlpha = 0.9;
  c.fillRect(x - 0.75, PAD.top - 6, 1.5, plot.bottom - PAD.top + 6);
  c.beginPath();
  c.moveTo(x - 5, PAD.top - 10);
  c.lineTo(x + 5, PAD.top - 10);
  c.lineTo(x, PAD.top - 3);
  c.fill();
  c.restore();
}
