// What every picture of patches is painted with: colours of values, pixels, small helpers.

const HEAT = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
const [FOR, AGAINST] = [[255, 122, 26], [58, 134, 255]];
const LIFT = 0.6; // exponent that makes weak values visible, too
const FINE = 64; // pixels a side up to which every pixel is shown as a square

/** A button that is pressed or not. */
function chip(text, press) {
  return el("button", { type: "button", className: "chip", textContent: text, onclick: press });
}

/** A labelled range that tells its value while it moves. */
function range(least, most, step, move) {
  const input = el("input", { type: "range", min: least, max: most, step });
  const output = el("output");
  const node = el("label", { className: "range" }, el("span"), input, output);
  input.oninput = () => move(+input.value);
  return { node, input, output, name: node.firstChild };
}

/** The colour of a value 0…1, dark to bright, as on all other maps. */
function shade(value) {
  const place = Math.min(1, Math.max(0, value)) * (HEAT.length - 1);
  const at = Math.min(HEAT.length - 2, Math.floor(place));
  return HEAT[at].map((low, c) => Math.round(low + (HEAT[at + 1][c] - low) * (place - at)));
}
const SHADES = Array.from({ length: 256 }, (_, i) => shade(i / 255));

/** Values brought to 0…1, or to -1…1 where they have a sign. */
function scaled(values, { signed = false, low, high } = {}) {
  let least = low ?? Infinity;
  let most = high ?? -Infinity;
  for (const value of values) {
    if (low === undefined) least = Math.min(least, value);
    if (high === undefined) most = Math.max(most, signed ? Math.abs(value) : value);
  }
  const from = signed ? 0 : least;
  const reach = most - from;
  return Float32Array.from(values, (value) => (reach > 0 ? (value - from) / reach : 0));
}

/** The colour of a scaled value: [r, g, b, share that it covers]. */
function colour(value, signed) {
  if (signed) return [...(value < 0 ? AGAINST : FOR), Math.abs(value) ** LIFT];
  return [...SHADES[Math.round(255 * Math.min(1, Math.max(0, value)))], 1];
}

// A canvas stays in memory until the browser cleans up: what is drawn anew takes its old one.
function sized(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas;
}

/** Pixels uint8 (h, w, c) as a canvas of that size, on an old one where there is one. */
function pixels(bytes, height, width, channels, old = el("canvas")) {
  const canvas = sized(old, width, height);
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[i * channels + (channels > 1 ? c : 0)];
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** Scaled values as a canvas of one pixel each, on an old one where there is one. */
function heatmap(values, height, width, signed = false, old = el("canvas")) {
  const canvas = sized(old, width, height);
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(width, height);
  values.forEach((value, i) => {
    const [r, g, b, cover] = colour(value, signed);
    image.data.set([r, g, b, Math.round(255 * cover)], 4 * i);
  });
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** Square maps that lie one after the other, each as a heat map, on the old ones if any. */
function heatmaps(values, count, side, scale, old = []) {
  const size = side ** 2;
  return Array.from({ length: count }, (_, i) => {
    return heatmap(scaled(values.subarray(i * size, (i + 1) * size), scale), side, side, false, old[i]);
  });
}

/** Make a canvas as sharp as the screen; its pen draws in CSS pixels. */
function sharp(canvas, width, height) {
  const ratio = Math.max(1, Math.min(3, globalThis.devicePixelRatio || 1));
  const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.imageSmoothingEnabled = false;
  return pen;
}

function ink(node, name, otherwise = "#888") {
  return getComputedStyle(node).getPropertyValue(name).trim() || otherwise;
}

function percent(share) {
  return share >= 0.0995 || share < 0.0005 ? `${Math.round(100 * share)}%` : `${(100 * share).toFixed(1)}%`;
}
