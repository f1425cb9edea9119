// The row above the charts: legend, axis, scale, smoothing; and the way back from zoom.

const STORE = "playground.live";

/** How this reader looked at charts the last time. */
function recall() {
  const usual = { axis: "step", log: false, gap: true, weight: 0.6 };
  try {
    return { ...usual, ...JSON.parse(localStorage.getItem(STORE) ?? "{}") };
  } catch {
    return usual; // storage may be closed to us
  }
}

function remember(look) {
  try {
    localStorage.setItem(STORE, JSON.stringify(look));
  } catch {
    // the choice then lasts as long as the page
  }
}

/** Buttons of which one is pressed. */
function segments(label, choices, chosen, choose) {
  const node = el("div", "segments");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", label);
  const buttons = choices.map(([value, word]) => {
    const button = el("button", "", word);
    button.type = "button";
    button.dataset.value = value;
    button.addEventListener("click", () => {
      mark(value);
      choose(value);
    });
    node.append(button);
    return [value, button];
  });
  const mark = (now) => {
    for (const [value, button] of buttons) button.setAttribute("aria-pressed", value === now);
  };
  mark(chosen);
  return node;
}

class Tools {
  constructor(charts) {
    this.charts = charts;
    const { words, look } = charts;
    const axes = AXES.map((axis) => [axis, words[axis]]);
    this.axes = segments(words.axes, axes, look.axis, (value) => charts.set({ axis: value }));
    this.gap = this.tick("gap");
    const slider = el("input");
    Object.assign(slider, { type: "range", min: 0, max: 0.98, step: 0.02, value: look.weight });
    slider.addEventListener("input", () => charts.set({ weight: Number(slider.value) }));
    this.back = el("button", "back", words.back);
    this.back.type = "button";
    this.back.addEventListener("click", () => charts.zoom(null));
    this.keys = el("div", "legend");
    this.node = el(
      "div",
      "tools",
      "",
      this.keys,
      el("span", "gap"),
      this.axes,
      this.gap,
      this.tick("log"),
      el("label", "", "", el("span", "", words.smoothing), slider),
    );
  }

  /** A box for a part of the look that is on or off. */
  tick(name) {
    const { words, look } = this.charts;
    const box = el("input");
    box.type = "checkbox";
    box.checked = look[name];
    box.addEventListener("change", () => this.charts.set({ [name]: box.checked }));
    const label = el("label", "", "", box, el("span", "", words[name]));
    label.title = words[`help.${name}`];
    return label;
  }

  /** Only axes that every run can be drawn over can be chosen; the one in force is pressed. */
  offer(histories, now) {
    for (const button of this.axes.children) {
      const { value } = button.dataset;
      button.hidden = !histories.every((history) => history.measures(value));
      button.setAttribute("aria-pressed", value === now);
    }
  }

  /** A button per line (one run) or per run (several); built again only when the list changes. */
  legend(histories, theme) {
    const { words } = this.charts;
    const many = histories.length > 1;
    const runs = many ? histories.map((h, i) => [h.id, h.name, theme.runs[i % 8], "run"]) : [];
    const found = new Map(histories.flatMap(partsOf));
    const parts = [...found].map(([part, shape]) => {
      return [part, words[part], many ? theme.ink : toneOf(part, theme), shape];
    });
    const entries = [...runs, ...parts];
    const print = JSON.stringify([entries, many]);
    if (this.print === print) return;
    this.print = print;
    this.keys.classList.toggle("row", many);
    this.gap.hidden = many;
    this.keys.replaceChildren(...entries.map((entry) => this.toggle(many, ...entry)));
  }

  toggle(many, id, word, colour, shape) {
    const { hidden } = this.charts;
    const sample = el("i", `sample ${shape}${many ? " many" : ""}`);
    sample.style.color = colour;
    const button = el("button", "", "", sample, el("span", "", word));
    button.type = "button";
    button.setAttribute("aria-pressed", !hidden.has(id));
    button.addEventListener("click", () => {
      if (!hidden.delete(id)) hidden.add(id);
      button.setAttribute("aria-pressed", !hidden.has(id));
      this.charts.set({});
    });
    return button;
  }
}
