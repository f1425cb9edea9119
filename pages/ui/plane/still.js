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
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
    this.world = {
      ...data,
      points: new Float32Array(bytes(data.points)),
      labels: new Uint8Array(bytes(data.labels)),
      density: new Float32Array(bytes(data.density)),
    };
    this.world.count = this.world.labels.length;
  }

  draw() {
    this.chart.ground(this.world, new Set(["points", "prior"]), -1);
  }
}
