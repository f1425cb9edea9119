// Which curves a run has: one that names pictures, or one that makes them.

const NAMED = ["loss", "accuracy"].flatMap((kind) =>
  ["train", "val", "test"].map((part) => ({ kind, part, source: `${part}.${kind}` })),
);
// tone: the colour's place in the theme's list; calm: one value per epoch, drawn with dots.
const MADE = [
  ...NAMED.slice(0, 3),
  { kind: "accuracy", part: "caught", source: "train.caught", tone: 3 },
  { kind: "accuracy", part: "samples", source: "val.samples", tone: 2, calm: true },
  { kind: "accuracy", part: "named", source: "val.accuracy", tone: 1, calm: true },
  { kind: "duel", part: "discriminator", source: "train.discriminator", tone: 3 },
  { kind: "duel", part: "generator", source: "train.generator", tone: 5 },
  { kind: "distance", part: "mmd", source: "val.mmd", tone: 4, calm: true },
  { kind: "distance", part: "floor", source: "val.floor", tone: 7, calm: true, dash: [5, 4] },
];

function seriesOf(history) {
  return history.makes ? MADE : NAMED;
}

/** The parts of a single run's legend: [[part, shape], …], those that have a curve. */
function partsOf(history) {
  const there = seriesOf(history).filter(({ source }) => history.curve(source).steps.length);
  const shapes = new Map(["train", "val"].map((part) => [part, part]));
  for (const { part, calm } of there) shapes.set(part, calm ? "val" : part);
  return [...shapes];
}

/** The colour of a part in a theme. */
function toneOf(part, theme) {
  const tone = MADE.find((series) => series.part === part)?.tone;
  return tone === undefined ? (theme[part] ?? theme.ink) : theme.runs[tone];
}
