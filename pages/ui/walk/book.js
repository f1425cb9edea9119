// What the server has told about a picture's way through the net, unpacked for all panels.

/** {kind, shape, data, reach}: numbers as they are, or packed into one or two bytes each. */
function unpack(packed) {
  if (!packed) return null;
  const raw = bytes(packed.data);
  if (packed.kind === "pixels") return { shape: packed.shape, values: raw };
  const whole = packed.kind === "short" ? new Int16Array(raw.buffer) : raw;
  if (packed.kind === "share") return { shape: packed.shape, values: shares(whole, packed) };
  const reach = packed.reach / (packed.kind === "short" ? 32767 : 127);
  const signed = packed.kind === "short" ? whole : new Int8Array(raw.buffer);
  return { shape: packed.shape, values: Float32Array.from(signed, (value) => value * reach) };
}

/** Shares lie as roots, so that small ones stay exact; each map has its own largest. */
function shares(whole, { reach }) {
  const each = whole.length / reach.length;
  return Float32Array.from(whole, (value, i) => (value / 255) ** 2 * reach[Math.floor(i / each)]);
}

class Book {
  /** told: a feed with plain values, and packed arrays under `arrays`. */
  constructor(told) {
    const { arrays, ...plain } = told;
    Object.assign(this, plain);
    for (const [name, packed] of Object.entries(arrays)) this[name] = unpack(packed);
    const [height, width, channels] = this.picture.shape;
    this.raw = bytes(this.picture.data);
    this.image = pixels(this.raw, height, width, channels);
    this.first = this.cls ? 1 : 0;
    this.patches = this.grid ** 2;
  }

  /** The token of a patch; -1 stands for CLS. */
  token(patch) {
    return patch < 0 ? 0 : patch + this.first;
  }

  /** One row of the matrices kept under `name`, or of what came for this query alone. */
  line(name, query, column, ...at) {
    const whole = this[name];
    if (whole) {
      const n = whole.shape.at(-1);
      let start = 0;
      at.forEach((index, i) => (start = start * whole.shape[i] + index));
      start *= n * n;
      if (!column) return whole.values.subarray(start + query * n, start + (query + 1) * n);
      return Float32Array.from({ length: n }, (_, i) => whole.values[start + i * n + query]);
    }
    const rows = this.rows?.[`${name}_${column ? "column" : "row"}`];
    const kept = name === "maps" ? this.rows?.query : this.rows?.patch;
    if (!rows || kept !== query) return null;
    const n = rows.shape.at(-1);
    let start = 0;
    at.forEach((index, i) => (start = start * rows.shape[i] + index));
    return rows.values.subarray(start * n, (start + 1) * n);
  }

  /** Where a token looks in a head, or who looks at it: shares of all tokens. */
  look(layer, head, query, column = false) {
    return this.line("maps", query, column, layer, head);
  }

  /** The heads of a layer as one: mean, max or min. */
  fused(layer, query, column, how) {
    const lines = Array.from({ length: this.heads }, (_, head) => this.look(layer, head, query, column));
    if (lines.some((line) => !line)) return null;
    return lines[0].map((_, i) => {
      const values = lines.map((line) => line[i]);
      if (how === "max") return Math.max(...values);
      return how === "min" ? Math.min(...values) : values.reduce((a, b) => a + b) / values.length;
    });
  }

  /** Of all tokens only the patches. */
  onGrid(line) {
    return line?.subarray(this.first);
  }

  /** The fewest patches that hold a share of the whole. */
  mass(values, share) {
    const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a]);
    const whole = values.reduce((a, b) => a + b, 0);
    const kept = new Set();
    let sum = 0;
    for (const patch of order) {
      if (sum >= share * whole) break;
      kept.add(patch);
      sum += values[patch];
    }
    return kept;
  }

  /** The patch that panels of patches show: the chosen one, or for CLS the one with most in it. */
  subject(query) {
    return query < 0 ? this.lively : query;
  }

  /** A patch's values 0…255, row by row, all channels of a pixel together. */
  numbers(patch) {
    const { patch: side, channels, grid } = this;
    const wide = side * grid;
    const [left, top] = [(patch % grid) * side, Math.floor(patch / grid) * side];
    const rows = Array.from({ length: side }, (_, row) => {
      const from = ((top + row) * wide + left) * channels;
      return [...this.raw.subarray(from, from + side * channels)];
    });
    return Uint8Array.from(rows.flat());
  }

  /** Where a patch lies in the picture: left, top, width, height. */
  place(patch) {
    const side = this.image.width / this.grid;
    return [(patch % this.grid) * side, Math.floor(patch / this.grid) * side, side, side];
  }

  /** The patch as a small canvas, on an old one where there is one. */
  piece(patch, old = el("canvas")) {
    const [left, top, side] = this.place(patch);
    const canvas = sized(old, side, side);
    canvas.getContext("2d").drawImage(this.image, -left, -top);
    return canvas;
  }

  /** What a token is called. */
  name(patch, words) {
    if (patch < 0) return "CLS";
    const [row, column] = [Math.floor(patch / this.grid) + 1, (patch % this.grid) + 1];
    return fill(words.patch, { n: patch + 1, row, column });
  }
}
