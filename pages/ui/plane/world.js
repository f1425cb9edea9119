// What is known of a space of codes: encoded pictures, the prior, the discriminator's opinion.

const NEAR = 3; // codes that a place between flattened points is mixed from

class World {
  constructor(told, redraw) {
    Object.assign(this, told, told.arrays);
    this.count = this.labels.length;
    const sprite = new Blob([this.sprite], { type: told.sheet });
    if (this.count) createImageBitmap(sprite).then((image) => redraw((this.image = image)));
  }

  /** Where a code lies in the plane. */
  place(z) {
    if (this.kind === "code") return [z[0], z[1]];
    if (this.kind === "tsne") return this.mixed(z, this.codes, this.code, this.points, 2);
    return [0, 1].map((axis) => {
      let sum = 0;
      for (let i = 0; i < this.code; i++) sum += (z[i] - this.middle[i]) * this.axes[axis * this.code + i];
      return sum;
    });
  }

  /** The code at a place of the plane; what the plane does not show stays as it is in `through`. */
  lift([x, y], through) {
    if (this.kind === "code") return [x, y];
    if (this.kind === "tsne") return this.mixed([x, y], this.points, 2, this.codes, this.code);
    const here = this.place(through);
    const [across, up] = [x - here[0], y - here[1]];
    return Array.from(through, (value, i) => value + across * this.axes[i] + up * this.axes[this.code + i]);
  }

  /** Values mixed from those of the nearest known places. */
  mixed(at, known, width, values, size) {
    const far = [];
    for (let n = 0; n < this.count; n++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += (at[i] - known[n * width + i]) ** 2;
      far.push([sum, n]);
    }
    const nearest = far.sort((a, b) => a[0] - b[0]).slice(0, NEAR);
    const whole = nearest.reduce((sum, [square]) => sum + 1 / (square + 1e-9), 0);
    const out = new Array(size).fill(0);
    for (const [square, n] of nearest) {
      const share = 1 / (square + 1e-9) / whole;
      for (let i = 0; i < size; i++) out[i] += share * values[n * size + i];
    }
    return out;
  }

  /** How dense the prior is here: the smallest share of its mass that holds this place. */
  rank(place) {
    if (!this.densitySteps) return undefined;
    const [left, bottom, right, top] = this.box;
    if (place[0] < left || place[0] > right || place[1] < bottom || place[1] > top) return 1;
    if (!this.ranks) {
      const order = Array.from(this.density.keys()).sort((a, b) => this.density[b] - this.density[a]);
      const whole = this.density.reduce((sum, value) => sum + value, 0);
      this.ranks = new Float32Array(order.length);
      let sum = 0;
      // In a box so wide that the prior falls between its cells, everything lies outside.
      for (const cell of order) this.ranks[cell] = whole ? (sum += this.density[cell]) / whole : 1;
    }
    return looked(this.ranks, this.densitySteps, this.box, place);
  }

  /** The share with which the discriminator takes a place for one of the prior. */
  judged(place) {
    if (!this.heatSteps) return undefined;
    return looked(this.heat, this.heatSteps, this.box, place) / 255;
  }

  /** The picture nearest to a place, within a distance; its number or undefined. */
  nearest([x, y], limit, only = -1) {
    let [best, least] = [undefined, limit ** 2];
    for (let n = 0; n < this.count; n++) {
      if (only >= 0 && this.labels[n] !== only) continue;
      const square = (this.points[2 * n] - x) ** 2 + (this.points[2 * n + 1] - y) ** 2;
      if (square < least) [best, least] = [n, square];
    }
    return best;
  }

  /** Draw one of the encoded pictures. */
  picture(pen, n, x, y, side) {
    if (!this.image) return;
    const { size, across } = this;
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.image, (n % across) * size, Math.floor(n / across) * size, size, size, x, y, side, side);
  }
}
