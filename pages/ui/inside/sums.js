// The arithmetic of one number of a map, in the browser: what lies under the window, and its sum.

class Sums {
  constructor(data) {
    Object.assign(this, data);
    [this.count, this.high, this.wide] = data.shape;
    [this.rows, this.columns] = data.made_shape;
    this.given = floats(data.given);
    this.kernel = floats(data.kernel);
    this.rest = data.rest ? floats(data.rest) : null;
    this.made = floats(data.made);
    [this.kh, this.kw] = data.window.kernel;
    this.cells = this.kh * this.kw;
    this.top = Math.max(...this.given.map(Math.abs), 1e-9);
    this.most = Math.max(...this.made.map(Math.abs), 1e-9);
    this.heavy = Math.max(...this.kernel.map(Math.abs), 1e-9);
  }

  /** Where the window lies on the maps that go in: [top, left, bottom, right], ends open. */
  box(row, column) {
    const { stride, padding, dilation } = this.window;
    const top = row * stride[0] - padding[0];
    const left = column * stride[1] - padding[1];
    return [top, left, top + (this.kh - 1) * dilation[0] + 1, left + (this.kw - 1) * dilation[1] + 1];
  }

  /** What channel c has under the window; null beyond the edge. */
  under(c, row, column) {
    const { dilation } = this.window;
    const [top, left] = this.box(row, column);
    const found = [];
    for (let i = 0; i < this.kh; i++) {
      for (let j = 0; j < this.kw; j++) {
        const [y, x] = [top + i * dilation[0], left + j * dilation[1]];
        const inside = y >= 0 && x >= 0 && y < this.high && x < this.wide;
        found.push(inside ? this.given[(c * this.high + y) * this.wide + x] : null);
      }
    }
    return found;
  }

  part(c, cells) {
    const inside = cells.filter((value) => value !== null);
    if (this.role === "conv") {
      return cells.reduce((sum, value, i) => sum + (value ?? 0) * this.kernel[c * this.cells + i], 0);
    }
    if (this.role === "max") return Math.max(...inside);
    if (this.role === "mean") {
      return inside.reduce((sum, value) => sum + value, 0) / (this.full ? cells.length : inside.length);
    }
    if (this.role === "norm") {
      const [mean, deviation, scale, shift] = this.norm;
      return ((cells[0] - mean) / deviation) * scale + shift;
    }
    return null; // a bend: its curve says it
  }

  /** All of it: {windows, parts, rest, total, made}. */
  at(row, column) {
    const place = row * this.columns + column;
    const made = this.made[place];
    const windows = Array.from({ length: this.count }, (_, c) => this.under(c, row, column));
    const parts = windows.map((cells, c) => this.part(c, cells) ?? made);
    const rest = this.rest ? this.rest[place] : 0;
    return { windows, parts, rest, made, total: parts.reduce((a, b) => a + b, 0) + rest + this.bias };
  }
}
