// The plane as a picture: prior, discriminator, encoded pictures, axes; and the way from pixels.

const EDGE = { left: 40, right: 10, top: 10, bottom: 34 };
const TONES = { prior: [255, 122, 26], made: [58, 134, 255] };

class Chart {
  constructor(canvas) {
    this.canvas = canvas;
  }

  /** The frame of the axes in CSS pixels. */
  get frame() {
    const { clientWidth: wide, clientHeight: tall } = this.canvas;
    const [width, height] = [wide - EDGE.left - EDGE.right, tall - EDGE.top - EDGE.bottom];
    return { wide, tall, x: EDGE.left, y: EDGE.top, width, height };
  }

  at([x, y]) {
    const [left, bottom, right, top] = this.box;
    const { x: x0, y: y0, width, height } = this.frame;
    return [x0 + ((x - left) / (right - left)) * width, y0 + ((top - y) / (top - bottom)) * height];
  }

  /** The place under a pointer. */
  from(event) {
    const around = this.canvas.getBoundingClientRect();
    const [left, bottom, right, top] = this.box;
    const { x, y, width, height } = this.frame;
    const [across, down] = [(event.clientX - around.left - x) / width, (event.clientY - around.top - y) / height];
    return [left + across * (right - left), top - down * (top - bottom)];
  }

  /** Pixels as a length of the plane. */
  span(pixels) {
    return (pixels * (this.box[2] - this.box[0])) / Math.max(1, this.frame.width);
  }

  /** Everything that stands still while a point is dragged, kept as one picture. */
  ground(world, layers, only) {
    const { canvas } = this;
    this.box = world.box;
    const { wide, tall } = this.frame;
    const text = ink(canvas, "--st-text-color");
    const told = [world.stamp, [...layers].join(), only, wide, tall, text, devicePixelRatio].join();
    if (this.told !== told) {
      this.told = told;
      this.still = el("canvas");
      const pen = sharp(this.still, wide, tall);
      this.fields(pen, world, layers);
      this.axes(pen, world, text);
      if (layers.has("points")) this.points(pen, world, only);
    }
    const pen = sharp(canvas, wide, tall);
    pen.drawImage(this.still, 0, 0, wide, tall);
    return pen;
  }

  fields(pen, world, layers) {
    const { x, y, width, height } = this.frame;
    const draw = (canvas, smooth = true) => {
      pen.imageSmoothingEnabled = smooth;
      pen.drawImage(canvas, x, y, width, height);
    };
    if (layers.has("judge") && world.heatSteps) {
      const tone = (value) => {
        const side = value / 127.5 - 1;
        return [...(side > 0 ? TONES.prior : TONES.made), 0.55 * Math.abs(side)];
      };
      draw(field(world.heat, world.heatSteps, tone));
    }
    if (!layers.has("prior") || !world.densitySteps) return;
    const most = world.density.reduce((a, b) => Math.max(a, b), 0) || 1;
    const primary = rgb(ink(this.canvas, "--st-primary-color"));
    if (!layers.has("judge")) {
      draw(field(world.density, world.densitySteps, (value) => [...primary, 0.3 * (value / most) ** 0.5]));
    }
    this.lines(pen, world, primary);
  }

  lines(pen, world, primary) {
    const { x, y, width, height } = this.frame;
    const steps = world.densitySteps;
    pen.save();
    pen.lineWidth = 1.2;
    world.levels.forEach((level, i) => {
      pen.strokeStyle = `rgba(${primary.join()},${0.85 - 0.22 * i})`;
      pen.beginPath();
      for (const [x0, y0, x1, y1] of contour(world.density, steps, level)) {
        pen.moveTo(x + (x0 / steps) * width, y + height - (y0 / steps) * height);
        pen.lineTo(x + (x1 / steps) * width, y + height - (y1 / steps) * height);
      }
      pen.stroke();
    });
    pen.restore();
  }

  axes(pen, world, text) {
    const { x, y, width, height, wide } = this.frame;
    pen.strokeStyle = pen.fillStyle = `color-mix(in srgb, ${text} 62%, transparent)`;
    pen.lineWidth = 1;
    pen.globalAlpha = 0.45;
    pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    pen.globalAlpha = 1;
    pen.font = "11px system-ui, sans-serif";
    const [left, bottom, right, top] = world.box;
    pen.textAlign = "center";
    for (const value of ticks(left, right)) pen.fillText(told(value), this.at([value, bottom])[0], y + height + 14);
    pen.textAlign = "right";
    for (const value of ticks(bottom, top)) pen.fillText(told(value), x - 6, this.at([left, value])[1] + 4);
    pen.font = "12px system-ui, sans-serif";
    pen.fillText(world.axisNames[0], wide - EDGE.right, y + height + 29);
    pen.save();
    pen.translate(11, y);
    pen.rotate(-Math.PI / 2);
    pen.fillText(world.axisNames[1], 0, 0);
    pen.restore();
  }

  points(pen, world, only) {
    const { x, y, width, height } = this.frame;
    pen.save();
    pen.beginPath();
    pen.rect(x, y, width, height);
    pen.clip();
    const radius = Math.max(1.1, Math.min(3, (this.frame.width / 150) * (world.count > 900 ? 1 : 1.25)));
    for (let n = 0; n < world.count; n++) {
      const mine = only < 0 || world.labels[n] === only;
      pen.globalAlpha = mine ? 0.82 : 0.07;
      pen.fillStyle = hue(world.labels[n]);
      const [left, top] = this.at([world.points[2 * n], world.points[2 * n + 1]]);
      pen.beginPath();
      pen.arc(left, top, radius, 0, 7);
      pen.fill();
    }
    pen.restore();
  }
}

/** Round numbers between two ends, four to eight of them. */
function ticks(low, high) {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= rough);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) found.push(value);
  return found;
}

function told(value) {
  return String(+value.toFixed(3)).replace("-", "−");
}
