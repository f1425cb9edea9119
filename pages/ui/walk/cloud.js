// Tokens as points, each drawn as its own little patch; three directions can be turned by dragging.

class Cloud {
  constructor(root, walk) {
    this.canvas = el("canvas", { className: "cloud", tabIndex: 0 });
    this.told = el("p", { className: "hint" });
    root.append(this.canvas, this.told);
    this.turn = [0.6, 0.35];
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", (event) => this.end(event));
    this.canvas.addEventListener("pointerleave", () => walk.point(undefined));
    this.resized = new ResizeObserver(() => walk.request());
    this.resized.observe(this.canvas);
  }

  begin(event) {
    this.from = { x: event.clientX, y: event.clientY, turn: [...this.turn], far: false };
    this.canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    const { from, walk } = this;
    if (!from) return walk.point(this.nearest(event));
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    from.far ||= Math.hypot(x, y) > 5;
    if (!from.far || !this.deep) return undefined;
    this.turn = [from.turn[0] + x / 120, Math.max(-1.5, Math.min(1.5, from.turn[1] + y / 120))];
    return walk.request();
  }

  end(event) {
    const clicked = this.from && !this.from.far;
    this.from = undefined;
    const patch = clicked ? this.nearest(event) : undefined;
    if (patch !== undefined) this.walk.choose({ query: patch });
  }

  nearest(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const far = (this.places ?? []).map(([left, top]) => Math.hypot(left - x, top - y));
    const best = far.indexOf(Math.min(...far));
    return far[best] < 24 ? best - this.walk.book.first : undefined;
  }

  /** Where each point lies on the canvas, and how near it is. */
  project(points, wide, tall) {
    const [yaw, pitch] = this.turn;
    const turned = points.map(([x, y, z]) => {
      if (z === undefined) return [x, y, 0];
      const [across, deep] = [x * Math.cos(yaw) + z * Math.sin(yaw), z * Math.cos(yaw) - x * Math.sin(yaw)];
      return [across, y * Math.cos(pitch) - deep * Math.sin(pitch), deep * Math.cos(pitch) + y * Math.sin(pitch)];
    });
    const reach = (axis) => Math.max(...turned.map((point) => Math.abs(point[axis]))) || 1;
    const size = Math.max(reach(0) / (wide / 2 - 26), reach(1) / (tall / 2 - 26));
    return turned.map(([x, y, z]) => [wide / 2 + x / size, tall / 2 - y / size, z / (reach(2) || 1)]);
  }

  draw(book, { query }) {
    const { data, walk } = this;
    if (data.stamp !== book.stamp) return;
    const [wide, tall] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const { points, words } = data;
    this.deep = points[0].length === 3;
    const pen = sharp(this.canvas, wide, tall);
    pen.imageSmoothingEnabled = book.image.width > FINE;
    this.places = this.project(points, wide, tall);
    const side = Math.max(12, Math.min(26, 170 / Math.sqrt(points.length)));
    const order = this.places.map((_, token) => token).sort((a, b) => this.places[a][2] - this.places[b][2]);
    for (const token of order) {
      const patch = token - book.first;
      this.piece(pen, book, patch, side * (1 + 0.25 * this.places[token][2]), this.places[token]);
      if (patch !== query && patch !== walk.pointed) continue;
      pen.strokeStyle = patch === query ? "#35e0c4" : ink(this.canvas, "--st-text-color");
      pen.lineWidth = 3;
      const [x, y] = this.places[token];
      pen.strokeRect(x - side / 2 - 2, y - side / 2 - 2, side + 4, side + 4);
    }
    this.axes(pen, wide, tall, words);
    this.told.textContent = this.deep ? words.turn : words.flat;
  }

  piece(pen, book, patch, side, [x, y]) {
    if (patch >= 0) {
      pen.drawImage(book.image, ...book.place(patch), x - side / 2, y - side / 2, side, side);
      pen.strokeStyle = "rgba(128,128,140,0.6)";
      pen.lineWidth = 1;
      pen.strokeRect(x - side / 2, y - side / 2, side, side);
      return;
    }
    pen.fillStyle = ink(this.canvas, "--st-primary-color");
    pen.fillRect(x - 17, y - 9, 34, 18);
    pen.fillStyle = "#fff";
    pen.font = "600 11px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText("CLS", x, y);
  }

  axes(pen, wide, tall, words) {
    pen.fillStyle = ink(this.canvas, "--muted");
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "right";
    pen.textBaseline = "alphabetic";
    if (!this.deep) pen.fillText(words.x, wide - 6, tall - 6);
    pen.save();
    pen.translate(14, 8);
    pen.rotate(-Math.PI / 2);
    if (!this.deep) pen.fillText(words.y, 0, 0);
    pen.restore();
  }
}
