// Beside and below the map: play, the table of contestants, the numbers of one step.

const SPEEDS = [0.25, 1, 2, 5];
const PACE = 24; // moments per second at speed 1

class Player {
  constructor(words, shown) {
    this.words = words;
    this.shown = shown; // (moment, whether it is a moment to be kept)
    this.speed = 1;
    this.moment = 0;
    this.button = this.press("play", () => this.toggle());
    this.back = this.press("less", () => this.step(-1), "‹");
    this.on = this.press("more", () => this.step(1), "›");
    this.slider = el("input", { type: "range", min: 0, step: 1 });
    this.slider.addEventListener("input", () => {
      this.halt();
      this.go(Number(this.slider.value), true);
    });
    this.said = el("output");
    this.speeds = el("select");
    for (const speed of SPEEDS) this.speeds.append(el("option", { value: speed, textContent: `${speed}×` }));
    this.speeds.value = "1";
    this.speeds.addEventListener("change", () => (this.speed = Number(this.speeds.value)));
    const label = el("label", {}, el("span", { className: "word" }), this.speeds);
    this.label = label.firstChild;
    this.node = el("div", { className: "player" }, this.button, this.back, this.slider, this.on, this.said, label);
  }

  press(name, act, text = "") {
    const button = el("button", { type: "button", className: name, textContent: text });
    button.addEventListener("click", act);
    return button;
  }

  /** Another race: its last moment. Whoever stood at the end stays there. */
  take(last, words, wish) {
    const end = this.last === undefined || this.moment >= this.last;
    this.words = words;
    this.last = last;
    this.slider.max = last;
    this.label.textContent = words.speed;
    this.back.setAttribute("aria-label", words.less);
    this.on.setAttribute("aria-label", words.more);
    this.slider.setAttribute("aria-label", words.slider);
    if (wish !== null) this.moment = wish;
    else if (end && !this.playing) this.moment = last;
    this.go(Math.min(this.moment, last));
  }

  go(moment, kept = false) {
    this.moment = Math.min(this.last, Math.max(0, moment));
    this.slider.value = Math.floor(this.moment);
    const now = Math.floor(this.moment);
    this.said.textContent = fill(this.words.moment, { now, last: this.last });
    this.face();
    this.shown(this.moment, kept);
  }

  step(by) {
    this.halt();
    this.go(Math.floor(this.moment) + by, true);
  }

  toggle() {
    if (this.playing) {
      this.halt();
      this.go(Math.floor(this.moment), true);
      return;
    }
    if (this.moment >= this.last) this.moment = 0;
    let before = performance.now();
    const pace = PACE * Math.max(0.25, Math.min(1, this.last / 60));
    const frame = (now) => {
      this.go(this.moment + (Math.min(100, now - before) / 1000) * pace * this.speed);
      before = now;
      this.playing = this.moment < this.last ? requestAnimationFrame(frame) : undefined;
      if (!this.playing) this.go(this.last, true);
    };
    this.playing = requestAnimationFrame(frame);
    this.face();
  }

  halt() {
    cancelAnimationFrame(this.playing);
    this.playing = undefined;
    this.face();
  }

  face() {
    const word = this.playing ? "pause" : this.moment >= this.last ? "again" : "play";
    this.button.dataset.icon = word;
    this.button.textContent = this.words[word];
  }
}

/** All contestants at the moment; a press takes one in the hand. */
class Board {
  constructor(choose) {
    this.choose = choose;
    this.head = el("tr");
    this.body = el("tbody");
    this.node = el("table", { className: "board" }, el("thead", {}, this.head), this.body);
  }

  take(race) {
    const { words, racers, theme, focus, data } = race;
    this.head.replaceChildren(...data.heads.map((head) => el("th", { textContent: words[head] ?? head })));
    this.cells = new Map();
    const rows = racers.map((racer) => {
      const swatch = el("i");
      swatch.style.background = theme.hues[racer.hue];
      const button = el("button", { type: "button" }, swatch, el("span", { textContent: racer.label }));
      button.setAttribute("aria-pressed", String(racer.name === focus));
      button.addEventListener("click", () => this.choose(racer.name));
      const cells = data.heads.slice(1).map(() => el("td"));
      this.cells.set(racer.name, cells);
      const row = el("tr", {}, el("th", {}, button), ...cells);
      row.classList.toggle("chosen", racer.name === focus);
      return row;
    });
    this.body.replaceChildren(...rows);
  }

  show({ racers, moment, data, words }) {
    const now = Math.floor(moment);
    for (const racer of racers) {
      const over = racer.lost && now >= racer.last;
      data.heads.slice(1).forEach((head, at) => {
        const cell = this.cells.get(racer.name)[at];
        if (head === "rate") cell.textContent = racer.rate;
        else if (head === "arrived") cell.textContent = over ? words.lost : racer.arrived !== null && now >= racer.arrived ? fill(words.arrivedAt, { step: racer.arrived }) : "–";
        else if (head === "step") cell.textContent = racer.steps[Math.min(racer.last, now)].toLocaleString();
        else cell.textContent = tell(racer.at(head, now));
      });
    }
  }
}

/** The numbers that a step is made of, x and y. */
class Anatomy {
  constructor() {
    this.title = el("h4");
    this.body = el("tbody");
    this.told = el("p");
    this.node = el("section", { className: "anatomy" }, this.title, el("table", {}, this.body), this.told);
  }

  show({ racers, focus, moment, words, theme, data }) {
    const racer = racers.find((one) => one.name === focus);
    this.node.hidden = !racer || !data.parts;
    if (this.node.hidden) return;
    const now = Math.min(Math.floor(moment), racer.last - 1);
    this.title.textContent = fill(words.anatomy, { name: racer.label, step: now + 1 });
    const colours = ARROWS[theme.name];
    const rows = [["θ", words.place, racer.place(Math.max(0, now)), ""]];
    rows.push(["−g", words.g, negative(racer.pair("g", now)), colours.g]);
    rows.push([`−m`, racer.names.m || words.m, negative(racer.pair("m", now)), colours.m]);
    rows.push(["√v", racer.names.s || words.s, racer.pair("s", now), "dash"]);
    rows.push(["Δθ", words.d, racer.pair("d", now), colours.d]);
    this.body.replaceChildren(...rows.map((row) => this.row(words, ...row)));
    this.told.textContent = fill(words.rebuilt, { gap: tell(racer.gap) });
  }

  row(words, symbol, name, pair, colour) {
    const mark = el("i", { className: colour === "dash" ? "dash" : "" });
    if (colour !== "dash") mark.style.background = colour || "transparent";
    const title = el("th", {}, mark, el("b", { textContent: symbol }), el("span", { textContent: name }));
    if (!pair) return el("tr", { className: "none" }, title, el("td", { colSpan: 2, textContent: words.none }));
    return el("tr", {}, title, ...pair.map((value) => el("td", { textContent: tell(value) })));
  }
}

function negative(pair) {
  return pair && pair.map((value) => -value);
}
