// Fields over the plane: values of a grid as colours, lines where they reach a level.

/** Pieces of the line on which a grid has a value, in cells: [x, y, x, y] each; row 0 is below. */
function contour(grid, steps, level) {
  const pieces = [];
  const at = (x, y) => grid[y * steps + x];
  for (let y = 0; y + 1 < steps; y++) {
    for (let x = 0; x + 1 < steps; x++) {
      const cuts = [];
      const edges = [[x, y, x + 1, y], [x + 1, y, x + 1, y + 1], [x, y + 1, x + 1, y + 1], [x, y, x, y + 1]];
      for (const [x0, y0, x1, y1] of edges) {
        const [from, to] = [at(x0, y0) - level, at(x1, y1) - level];
        if (from < 0 === to < 0) continue;
        const share = from / (from - to);
        cuts.push([x0 + share * (x1 - x0) + 0.5, y0 + share * (y1 - y0) + 0.5]);
      }
      for (let i = 0; i + 1 < cuts.length; i += 2) pieces.push([...cuts[i], ...cuts[i + 1]]);
    }
  }
  return pieces;
}

/** A grid as a canvas of one pixel each, the top row first; `colour` gives [r, g, b, 0…1]. */
function field(grid, steps, colour) {
  const canvas = el("canvas", { width: steps, height: steps });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(steps, steps);
  for (let y = 0; y < steps; y++) {
    for (let x = 0; x < steps; x++) {
      const [r, g, b, cover] = colour(grid[(steps - 1 - y) * steps + x]);
      image.data.set([r, g, b, Math.round(255 * cover)], 4 * (y * steps + x));
    }
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** The value of a grid at a place of its box. */
function looked(grid, steps, [left, bottom, right, top], [x, y]) {
  const cell = (value, low, high) => Math.min(steps - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * steps)));
  return grid[cell(y, bottom, top) * steps + cell(x, left, right)];
}

/** The colours of classes, to be told apart on light and on dark ground. */
const HUES = ["#5b6cf0", "#e8832a", "#12a08f", "#d6409f", "#3ba7e6", "#b08a2e", "#9a5fd8", "#7d8590", "#e5484d", "#4fa83d"];

function hue(label) {
  return label < HUES.length ? HUES[label] : `hsl(${(label * 137.5) % 360} 60% 52%)`;
}

/** Colours of CSS as numbers. */
function rgb(text) {
  const pen = el("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  pen.fillStyle = text;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
}
