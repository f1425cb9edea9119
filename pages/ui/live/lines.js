// From histories to the lines that the charts draw.

const PARTS = ["train", "val"];

/** Every line of every chart. `look`: {axis, weight, hidden, theme, words}. */
function buildLines(histories, look) {
  const many = histories.length > 1;
  return histories.flatMap((history, number) => {
    const scale = history.scale(look.axis);
    const colours = look.theme.runs;
    const own = many ? colours[number % colours.length] : "";
    const make = (kind, part, source, style) => {
      const { steps, values } = history.curve(source);
      if (!steps.length) return [];
      const word = look.words[part];
      const name = many ? `${history.name} · ${word}` : word;
      const hidden = look.hidden.has(part) || look.hidden.has(history.id);
      const xs = look.axis === "step" ? steps : steps.map(scale);
      const end = scale(history.lastStep);
      return [{ kind, part, name, hidden, steps, xs, end, ys: values, dash: [], ...style(values) }];
    };
    const { theme, weight } = look;
    const busy = (part) => (values) => ({
      colour: own || toneOf(part, theme),
      width: many ? 1.3 : 2,
      dash: many ? [5, 3] : [],
      smooth: weight > 0 ? smooth(values, weight) : undefined,
      raw: !many,
    });
    const calm = (part, dash) => () => ({
      colour: own || toneOf(part, theme),
      width: part === "test" ? 2 : 2.2,
      dots: part !== "test" && !dash,
      dash: dash ?? [],
    });
    const kinds = seriesOf(history).flatMap(({ kind, part, source, dash, calm: rare }) => {
      const often = source.startsWith("train.") && !rare;
      return make(kind, part, source, often ? busy(part) : calm(part, dash));
    });
    const rate = () => ({ colour: own || theme.rate, width: 1.6 });
    return [...kinds, ...make("rate", "rate", "lr", rate)];
  });
}

/** Changes by hand, as marks on the x axis. */
function buildMarks(history, axis, words, formats) {
  const scale = history.scale(axis);
  return history.changes.map(({ step, name, value }) => ({
    x: scale(step),
    step,
    label: `${words[name === "lr" ? "rate" : name] ?? name} → ${formats.rate(value)}`,
  }));
}

/** Where each epoch ends on the x axis. */
function buildFences(history, axis) {
  const scale = history.scale(axis);
  const epochs = Math.min(1000, Math.floor(history.total / history.perEpoch + 1e-9));
  return Array.from({ length: epochs }, (_, i) => scale((i + 1) * history.perEpoch));
}

/** Where the x axis ends by itself: all of a finished run, a little ahead of a live one. */
function natural(histories, axis, reveal) {
  const ends = histories.map((history) => {
    const scale = history.scale(axis);
    const ahead = history.final || !history.lastStep;
    if (reveal !== undefined || history.state === "queued") return scale(history.total);
    return scale(ahead ? history.lastStep : horizon(history.lastStep, history.total));
  });
  return [0, Math.max(...ends, 1e-6)];
}
