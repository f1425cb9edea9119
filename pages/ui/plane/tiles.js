// Decoded pictures side by side: pressing one chooses its code; those of a line can be played.

const PACE = 90; // ms that a picture of a film is seen
const [GAP, HEAD, SIDE] = [2, 20, 74];

class Tiles {
  constructor(root, studio) {
    this.studio = studio;
    this.screen = el("canvas", { className: "screen" });
    this.play = chip("", () => this.turn());
    this.film = el("div", { className: "film" }, this.screen, this.play);
    this.canvas = el("canvas", { className: "tiles" });
    this.canvas.setAttribute("role", "img");
    this.note = el("p", { className: "hint" });
    root.append(el("div", { className: "pair" }, this.film, el("div", { className: "sheet" }, this.canvas)), this.note);
    this.canvas.addEventListener("pointermove", (event) => this.point(this.under(event)));
    this.canvas.addEventListener("pointerleave", () => this.point(-1));
    this.canvas.addEventListener("click", (event) => this.press(this.under(event)));
    new ResizeObserver(() => studio.request()).observe(this.canvas.parentElement);
    this.pointed = -1;
  }

  update(data) {
    if (this.source !== data.source) {
      this.source = data.source;
      createImageBitmap(new Blob([bytes(data.source)], { type: "image/png" })).then((image) => {
        if (this.source !== data.source) return;
        this.image = image;
        this.shown = data;
        this.studio.request();
      });
    } else if (this.image) this.shown = data;
    this.film.hidden = !data.play;
    if (!data.play) this.stop();
    else if (this.frame === undefined) {
      this.frame = 0;
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.turn(true);
    }
    this.canvas.setAttribute("aria-label", data.alt);
    this.canvas.classList.toggle("chosen", Boolean(data.codes));
    this.say(-1);
  }

  /** The side of a tile and where the first one stands, in CSS pixels. */
  get layout() {
    const { columns, most, top, side, captions, count } = this.shown;
    const left = side.length ? SIDE : 0;
    const room = this.canvas.parentElement.clientWidth - left;
    const gap = columns > 24 ? 1 : GAP;
    const one = Math.max(4, Math.min(most, Math.floor((room - gap * (columns - 1)) / columns)));
    const [head, foot] = [top.length ? HEAD : 0, captions.length ? 17 : 0];
    const rows = Math.ceil(count / columns);
    return { left, head, foot, one, gap, columns, wide: left + columns * (one + gap) - gap, tall: head + rows * (one + gap + foot) - gap };
  }

  where(n, { left, head, foot, one, gap, columns }) {
    return [left + (n % columns) * (one + gap), head + Math.floor(n / columns) * (one + gap + foot)];
  }

  under(event) {
    if (!this.shown) return -1;
    const box = this.canvas.getBoundingClientRect();
    const { left, head, foot, one, gap, columns } = this.layout;
    const column = Math.floor((event.clientX - box.left - left) / (one + gap));
    const row = Math.floor((event.clientY - box.top - head) / (one + gap + foot));
    const n = row * columns + column;
    return column >= 0 && column < columns && row >= 0 && n < this.shown.count ? n : -1;
  }

  point(n) {
    if (n === this.pointed) return;
    this.pointed = n;
    this.say(n);
    this.studio.request();
  }

  say(n) {
    const { notes, note } = this.data ?? {};
    this.note.textContent = (n >= 0 && notes?.[n]) || note || "";
  }

  press(n) {
    if (n < 0 || !this.shown.codes) return;
    const { codes, code, contents } = this.shown;
    const all = floats(codes);
    const change = { z: Array.from(all.subarray(n * code, (n + 1) * code)) };
    if (contents) change.content = contents[n];
    this.studio.choose(change, null, true);
  }

  /** Play the film, or stop it. */
  turn(quietly = false) {
    if (this.clock && !quietly) return this.stop();
    clearInterval(this.clock);
    this.clock = setInterval(() => this.next(), PACE);
    return this.label();
  }

  stop() {
    clearInterval(this.clock);
    this.clock = undefined;
    this.label();
  }

  label() {
    const { words } = this.data ?? {};
    if (words) this.play.textContent = this.clock ? words.pause : words.play;
  }

  /** There and back again. */
  next() {
    if (!this.root.isConnected) return this.stop();
    const count = this.shown?.count ?? 1;
    const round = Math.max(1, 2 * count - 2);
    this.frame = (this.frame + 1) % round;
    return this.projected();
  }

  projected() {
    const { shown, image, frame } = this;
    if (!shown || !image) return;
    const n = frame < shown.count ? frame : 2 * shown.count - 2 - frame;
    const size = this.screen.clientWidth || 150;
    this.copy(sharp(this.screen, size, size), n, 0, 0, size);
  }

  copy(pen, n, x, y, side) {
    const { size, across } = this.shown;
    pen.drawImage(this.image, (n % across) * size, Math.floor(n / across) * size, size, size, x, y, side, side);
  }

  draw() {
    const { shown, image, canvas } = this;
    this.label();
    if (!shown || !image) return;
    const layout = this.layout;
    Object.assign(canvas.style, { width: `${layout.wide}px`, height: `${layout.tall}px` });
    const pen = sharp(canvas, layout.wide, layout.tall);
    pen.imageSmoothingEnabled = layout.one < shown.size;
    for (let n = 0; n < shown.count; n++) this.copy(pen, n, ...this.where(n, layout), layout.one);
    this.write(pen, layout);
    this.mark(pen, this.pointed, layout);
    if (shown.play && !this.clock) this.projected();
  }

  write(pen, layout) {
    const { top, side, captions } = this.shown;
    const { one, columns } = layout;
    pen.fillStyle = ink(this.canvas, "--st-text-color");
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "center";
    top.forEach((name, n) => pen.fillText(name, this.where(n, layout)[0] + one / 2, 14, one + 2));
    captions.forEach((name, n) => {
      const [x, y] = this.where(n, layout);
      pen.fillText(name, x + one / 2, y + one + 14, one + 2);
    });
    pen.textAlign = "right";
    side.forEach((name, row) => pen.fillText(name, SIDE - 8, this.where(row * columns, layout)[1] + one / 2 + 4, SIDE - 8));
  }

  mark(pen, n, layout) {
    if (n < 0 || n >= this.shown.count) return;
    const [x, y] = this.where(n, layout);
    pen.strokeStyle = ink(this.canvas, "--st-primary-color");
    pen.lineWidth = 2.5;
    pen.strokeRect(x + 1, y + 1, layout.one - 2, layout.one - 2);
  }
}
