// The table of values under the crosshair.

/** Names and values that the crosshair reads: [[colour, name, loss, accuracy], …]. */
function readings(scene, formats) {
  const rows = new Map();
  for (const line of scene.lines) {
    const i = line.hidden || line.kind === "rate" ? -1 : hovered(line, scene);
    if (i < 0) continue;
    if (line.part === "test" && line.xs[i] !== scene.hover) continue;
    const row = rows.get(line.name) ?? [line.colour, line.name, "", ""];
    const value = line.ys[i];
    if (line.kind === "loss") row[2] = formats.digits(value);
    else row[3] = formats.share(value);
    rows.set(line.name, row);
  }
  return [...rows.values()];
}

class Readout {
  constructor(words, formats) {
    this.words = words;
    this.formats = formats;
    this.title = el("div", "when");
    this.body = el("tbody");
    const heads = ["", words.loss, words.accuracy].map((word) => el("th", "", word));
    const table = el("table", "", "", el("thead", "", "", el("tr", "", "", ...heads)), this.body);
    this.foot = el("div", "foot");
    this.node = el("div", "readout", "", this.title, table, this.foot);
    this.node.hidden = true;
  }

  /** One line: where the crosshair stands; several runs share only the axis. */
  where(scene, history) {
    const { words, formats } = this;
    if (scene.many) {
      const large = scene.hover >= 1e5 ? formats.compact : formats.digits;
      return `${words[scene.axis]} ${large(scene.hover)}`;
    }
    const step = scene.toStep(scene.hover);
    const parts = [
      `${words.step} ${formats.count(step)}`,
      `${words.epoch} ${formats.digits(step / history.perEpoch)}`,
      formats.time(history.scale("seconds")(step)),
    ];
    return parts.join(" · ");
  }

  show(scene, history, left, top) {
    this.node.hidden = scene.hover === null;
    if (this.node.hidden) return;
    const { words, formats } = this;
    this.title.textContent = this.where(scene, history);
    const rows = readings(scene, formats).map(([colour, name, loss, accuracy]) => {
      const swatch = el("i", "swatch");
      swatch.style.background = colour;
      const cells = [loss, accuracy].map((value) => el("td", "", value));
      return el("tr", "", "", el("th", "", "", swatch, el("span", "", name)), ...cells);
    });
    this.body.replaceChildren(...rows);
    const rate = scene.lines.find((line) => line.kind === "rate");
    const i = rate && !scene.many ? hovered(rate, scene) : -1;
    this.foot.textContent = i < 0 ? "" : `${words.rate} ${formats.rate(rate.ys[i])}`;
    const { offsetWidth: wide, parentElement } = this.node;
    const right = left + wide + 28 > parentElement.clientWidth;
    const x = right ? left - wide - 14 : left + 14;
    this.node.style.transform = `translate(${Math.max(0, x)}px, ${Math.max(0, top)}px)`;
  }

  /** The same in one sentence, for those who listen. */
  sentence(scene, history) {
    const { words, formats } = this;
    const said = readings(scene, formats).map(
      ([, name, loss, accuracy]) =>
        `${name}: ${words.loss} ${loss}${accuracy && `, ${words.accuracy} ${accuracy}`}`,
    );
    return `${this.where(scene, history)}. ${said.join(". ")}`;
  }
}
