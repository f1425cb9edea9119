// Fingers, mouse and keys over the charts: crosshair, zoom, pan.

const WHEEL_REST = 350; // ms; a page that is being scrolled goes on scrolling over a chart

class Gestures {
  constructor(charts) {
    this.charts = charts;
    this.pointers = new Map();
    this.scrolled = 0;
    this.stop = new AbortController();
    const options = { signal: this.stop.signal };
    const on = (target, name, action, more) =>
      target.addEventListener(name, action, { ...options, ...more });
    on(window, "wheel", (e) => this.elsewhere(e), { passive: true, capture: true });
    on(charts.stage, "keydown", (e) => this.key(e));
    on(charts.stage, "blur", () => charts.point(null));
    for (const plot of charts.plots) {
      const { canvas } = plot;
      on(canvas, "wheel", (e) => this.wheel(e, plot), { passive: false });
      on(canvas, "pointerdown", (e) => this.down(e, plot));
      on(canvas, "pointermove", (e) => this.move(e, plot));
      on(canvas, "pointerup", (e) => this.up(e, plot));
      on(canvas, "pointercancel", (e) => this.up(e, plot));
      on(canvas, "pointerleave", (e) => this.leave(e));
      on(canvas, "dblclick", () => charts.zoom(null));
    }
  }

  elsewhere(event) {
    const over = event.composedPath().some((node) => node.tagName === "CANVAS");
    if (!over) this.scrolled = event.timeStamp;
  }

  wheel(event, plot) {
    const { charts } = this;
    const outwards = event.deltaY > 0;
    const passing = event.timeStamp - this.scrolled < WHEEL_REST;
    if (passing && !event.ctrlKey) {
      this.scrolled = event.timeStamp;
      return;
    }
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!charts.window && (outwards || sideways)) return; // nothing to do here: the page scrolls
    event.preventDefault();
    const [low, high] = charts.goal;
    const turned = Math.max(-240, Math.min(240, event.deltaY));
    if (sideways) charts.pan((event.deltaX / plot.inner) * (high - low));
    else charts.stretch(1.0018 ** turned, this.at(event, plot));
  }

  at(event, plot) {
    const { charts } = this;
    return plot.fromX(event.clientX - plot.canvas.getBoundingClientRect().left, charts.scene);
  }

  down(event, plot) {
    if (event.button > 0) return;
    this.pointers.set(event.pointerId, event.clientX);
    plot.canvas.setPointerCapture(event.pointerId);
    this.start = this.at(event, plot);
    this.mode = event.pointerType === "touch" ? "scrub" : event.shiftKey ? "pan" : "pick";
  }

  move(event, plot) {
    const { charts, pointers } = this;
    if (!pointers.has(event.pointerId)) {
      charts.point(this.at(event, plot), event, plot);
      return;
    }
    const before = [...pointers.values()];
    pointers.set(event.pointerId, event.clientX);
    if (pointers.size === 2) this.pinch(before, [...pointers.values()], plot);
    else if (this.mode === "pan") charts.pan(this.start - this.at(event, plot));
    else if (this.mode === "pick") charts.pick([this.start, this.at(event, plot)]);
    else charts.point(this.at(event, plot), event, plot);
  }

  pinch(before, after, plot) {
    const { charts } = this;
    const gap = ([a, b]) => Math.max(20, Math.abs(a - b));
    const middle = ([a, b]) => (a + b) / 2 - plot.canvas.getBoundingClientRect().left;
    this.mode = "pinch";
    const place = plot.fromX(middle(before), charts.scene);
    charts.stretch(gap(before) / gap(after), place);
    const [low, high] = charts.goal;
    charts.pan(((middle(before) - middle(after)) / plot.inner) * (high - low));
  }

  up(event, plot) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { charts } = this;
    const picked = charts.picked;
    charts.pick(null);
    if (this.mode !== "pick" || !picked || event.type === "pointercancel") return;
    const [from, to] = picked.sort((a, b) => a - b);
    const [low, high] = charts.goal;
    if (((to - from) / (high - low)) * plot.inner > 8) {
      charts.zoom([Math.max(low, from), Math.min(high, to)]);
    }
  }

  leave(event) {
    if (!this.pointers.has(event.pointerId)) this.charts.point(null);
  }

  key(event) {
    const { charts } = this;
    const [low, high] = charts.goal;
    const acts = {
      ArrowLeft: () => charts.walk(event.shiftKey ? -10 : -1),
      ArrowRight: () => charts.walk(event.shiftKey ? 10 : 1),
      Home: () => charts.walk(-Infinity),
      End: () => charts.walk(Infinity),
      Escape: () => charts.point(null),
      "+": () => charts.stretch(0.7, charts.hover ?? (low + high) / 2),
      "-": () => charts.stretch(1 / 0.7, charts.hover ?? (low + high) / 2),
      0: () => charts.zoom(null),
    };
    const act = acts[event.key === "=" ? "+" : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }
}
