// How a curve is drawn: faint raw values, the smoothed line, dots for validation, the test mark.

/** How many of a line's values are shown: all, or those that a replay has come to. */
function revealed(line, scene) {
  return scene.reveal === undefined ? line.xs.length : lowerBound(line.steps, scene.reveal + 1);
}

/** Which value of `line` the crosshair reads; -1 for none, as behind the end of a run. */
function hovered(line, scene) {
  if (scene.hover > line.end + (scene.high - scene.low) * 0.02) return -1;
  return Math.min(nearest(line.xs, scene.hover), revealed(line, scene) - 1);
}

function trace(plot, line, ys, kept, scene) {
  const { c } = plot;
  let open = false;
  c.beginPath();
  for (const i of kept) {
    if (!Number.isFinite(ys[i])) open = false;
    else {
      c[open ? "lineTo" : "moveTo"](plot.toX(line.xs[i], scene), plot.toY(ys[i]));
      open = true;
    }
  }
  c.stroke();
}

function dot(plot, line, i, scene, radius) {
  const value = (line.smooth ?? line.ys)[i];
  if (!Number.isFinite(value)) return;
  plot.c.beginPath();
  plot.c.arc(plot.toX(line.xs[i], scene), plot.toY(value), radius, 0, 7);
  plot.c.fill();
}

/** The test result: a diamond at the step where it was measured. */
function diamond(plot, line, i, scene) {
  const { c } = plot;
  const x = plot.toX(line.xs[i], scene);
  const y = plot.toY(line.ys[i]);
  c.beginPath();
  c.moveTo(x, y - 7);
  c.lineTo(x + 6, y);
  c.lineTo(x, y + 7);
  c.lineTo(x - 6, y);
  c.fill();
}

function drawLine(plot, line, scene) {
  const { c } = plot;
  const end = revealed(line, scene);
  const all = thin(line.xs, line.ys, scene.low, scene.high, plot.inner);
  const kept = all.filter((i) => i < end);
  if (!kept.length) return;
  const newest = kept[kept.length - 1];
  c.strokeStyle = c.fillStyle = line.colour;
  if (line.part === "test") {
    diamond(plot, line, newest, scene);
    return;
  }
  if (line.smooth && line.raw) {
    c.globalAlpha = 0.28;
    c.lineWidth = 1;
    trace(plot, line, line.ys, kept, scene);
    c.globalAlpha = 1;
  }
  c.lineWidth = line.width;
  c.setLineDash(line.dash);
  trace(plot, line, line.smooth ?? line.ys, kept, scene);
  c.setLineDash([]);
  const room = plot.inner / kept.length;
  if (line.dots && room > 5) {
    for (const i of kept) dot(plot, line, i, scene, room > 14 ? 3.5 : 2.2);
  } else if (scene.live || kept.length === 1) dot(plot, line, newest, scene, 3);
}

/** The ground between both curves, where validation is worse than training. */
function drawGap(plot, scene) {
  const [train, val] = PARTS.map((part) => plot.lines(scene).find((line) => line.part === part));
  if (!scene.gap || scene.many || !train || !val) return;
  const last = [train, val].map((line) => line.xs[revealed(line, scene) - 1]);
  const from = Math.max(scene.low, val.xs[0], train.xs[0]);
  const to = Math.min(scene.high, ...last);
  if (!(to > from)) return;
  const { c } = plot;
  const sign = plot.kind === "loss" ? 1 : -1;
  const edge = [];
  const count = Math.ceil((plot.toX(to, scene) - plot.toX(from, scene)) / 2);
  c.beginPath();
  for (let i = 0; i <= count; i++) {
    const x = from + ((to - from) * i) / count;
    const calm = between(train.xs, train.smooth ?? train.ys, x);
    const worse = between(val.xs, val.ys, x);
    if (!Number.isFinite(calm + worse)) continue;
    c.lineTo(plot.toX(x, scene), plot.toY(calm));
    edge.push([plot.toX(x, scene), plot.toY(sign * (worse - calm) > 0 ? worse : calm)]);
  }
  for (const [x, y] of edge.reverse()) c.lineTo(x, y);
  c.globalAlpha = 0.16;
  c.fillStyle = scene.theme.val;
  c.fill();
  c.globalAlpha = 1;
}

function drawHover(plot, scene) {
  if (scene.hover === null) return;
  const { c } = plot;
  const x = Math.round(plot.toX(scene.hover, scene)) + 0.5;
  plot.rule(x, PAD.top - 4, x, plot.bottom, scene.theme.ink, 0.45);
  for (const line of plot.lines(scene)) {
    const i = hovered(line, scene);
    if (i < 0) continue;
    c.fillStyle = line.colour;
    c.strokeStyle = scene.theme.dark ? "#000" : "#fff";
    c.lineWidth = 1.5;
    dot(plot, line, i, scene, 4);
    c.stroke();
  }
}
