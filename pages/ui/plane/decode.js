// A trained decoder in the browser: its layers as they came, a code in, a picture out.

let halves; // every 16-bit number as a float, made when first needed

function half(bits) {
  if (!halves) {
    halves = new Float32Array(65536);
    for (let i = 0; i < 65536; i++) {
      const [sign, power, rest] = [i >> 15 ? -1 : 1, (i >> 10) & 31, i & 1023];
      halves[i] = sign * (power ? 2 ** (power - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
    }
  }
  return halves[bits];
}

/** A description and its arrays, as the server packs them. */
function unpacked(bytes) {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const long = Number(new DataView(buffer).getBigUint64(0, true));
  const told = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, long)));
  const start = 8 + long;
  const kinds = { f4: Float32Array, u1: Uint8Array, i2: Int16Array, i4: Int32Array };
  const arrays = {};
  for (const { name, kind, shape, at } of told.arrays) {
    const count = shape.reduce((all, side) => all * side, 1);
    arrays[name] =
      kind === "f2"
        ? Float32Array.from(new Uint16Array(buffer, start + at, count), half)
        : new kinds[kind](buffer, start + at, count);
  }
  return { ...told, arrays };
}

const LAYERS = {
  /** A matrix and a term for each number made. */
  linear(values, { given, made }, [weights, bias]) {
    const out = new Float32Array(made);
    for (let row = 0, at = 0; row < made; row++) {
      let sum = bias[row];
      for (let i = 0; i < given; i++) sum += weights[at++] * values[i];
      out[row] = sum;
    }
    return out;
  },

  scale(values, _step, [factor, term]) {
    const each = values.length / factor.length;
    return values.map((value, i) => value * factor[Math.floor(i / each)] + term[Math.floor(i / each)]);
  },

  bend(values, { slope }) {
    return values.map((value) => (value < 0 ? slope * value : value));
  },

  tanh(values) {
    return values.map(Math.tanh);
  },

  /** A transposed convolution: every value paints its kernel into a larger picture. */
  grow(values, { given, made, kernel, stride, padding }, [weights, bias]) {
    const side = Math.sqrt(values.length / given);
    const size = (side - 1) * stride - 2 * padding + kernel;
    const out = new Float32Array(made * size * size);
    for (let c = 0; c < made; c++) out.fill(bias[c], c * size * size, (c + 1) * size * size);
    const stamp = new Float32Array(made * kernel * kernel);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        stamp.fill(0);
        for (let c = 0; c < given; c++) {
          const value = values[(c * side + y) * side + x];
          const at = c * stamp.length;
          for (let i = 0; i < stamp.length; i++) stamp[i] += value * weights[at + i];
        }
        press(out, stamp, { made, kernel, size, top: y * stride - padding, left: x * stride - padding });
      }
    }
    return out;
  },
};

function press(out, stamp, { made, kernel, size, top, left }) {
  for (let c = 0, i = 0; c < made; c++) {
    for (let row = top; row < top + kernel; row++) {
      for (let column = left; column < left + kernel; column++, i++) {
        const inside = row >= 0 && row < size && column >= 0 && column < size;
        if (inside) out[(c * size + row) * size + column] += stamp[i];
      }
    }
  }
}

class Decoder {
  constructor(told) {
    Object.assign(this, { code: told.code, content: told.content, size: told.size, channels: told.channels });
    this.first = told.first;
    this.stamp = told.stamp;
    this.steps = told.steps
      .map((step, number) => ({ ...step, weights: [0, 1].map((part) => told.arrays[`${number}.${part}`]) }))
      .filter(({ kind }) => kind !== "shape");
  }

  /** Code and content to grey levels (h·w·c), the channels last. */
  decode(z, content) {
    let values = new Float32Array(this.code + this.content);
    values.set(z);
    if (content >= 0 && content < this.content) values[this.code + content] = 1;
    for (const step of this.steps) values = LAYERS[step.kind](values, step, step.weights);
    return this.levels(values);
  }

  levels(values) {
    const { size, channels, first } = this;
    const whole = Math.round(Math.sqrt(values.length / channels));
    const out = new Uint8ClampedArray(size * size * channels);
    for (let y = 0, i = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        for (let c = 0; c < channels; c++) {
          out[i++] = Math.round((values[(c * whole + y + first) * whole + x + first] + 1) * 127.5);
        }
      }
    }
    return out;
  }
}
