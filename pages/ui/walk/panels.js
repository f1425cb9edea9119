// Which panel draws which part of the page.

const PANELS = {
  stage: Stage,
  cut: Cut,
  filters: Filters,
  tokens: Tokens,
  alike: Alike,
  cloud: Cloud,
  places: Places,
  heads: Heads,
  looks: Looks,
  sum: Sum,
  follow: Follow,
  spread: Spread,
  norms: Norms,
  lens: Lens,
  operate: Operate,
  moment: Moments,
  film: Film,
  beside: Beside,
  matrix: Matrix,
};
