// A plane that only shows: one of several side by side, to be compared.

class Still {
  constructor(root, studio) {
    this.canvas = el("canvas", { className: "plane still" });
    this.canvas.setAttribute("role", "img");
    this.chart = new Chart(this.canvas);
    root.append(this.canvas);
    new ResizeObserver(() => studio.request()).observe(this.canvas);
  }

  update(data) {
    this.canvas.setAttribute("aria-label", data.alt);
    if (this.world?.stamp === data.stamp) return;
    this.world = {
      ...data,
      points: floats(data.points),
      labels: bytes(data.labels),
      density: floats(data.density),
    };
    this.world.count = this.world.labels.length;
  }

  draw() {
    this.chart.ground(this.world, new Set(["points", "prior"]), -1);
  }
}
