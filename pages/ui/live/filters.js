// The weights of the first layer as small pictures.

class Filters {
  constructor(words, formats) {
    Object.assign(this, { words, formats });
    this.image = el("img");
    this.count = el("span", "count");
    this.hint = el("p", "hint");
    const head = el("div", "heading", "", el("h4", "", words["filters.title"]), this.count);
    this.node = el("section", "filters", "", head, this.image, this.hint);
    this.node.hidden = true;
  }

  /** sheet: {url, kind, shown, count, reach}, or null where there is nothing to see. */
  show(sheet) {
    this.node.hidden = !sheet;
    if (!sheet || this.url === sheet.url) return;
    const { words, formats } = this;
    this.url = sheet.url;
    const numbers = { n: formats.count(sheet.shown), all: formats.count(sheet.count) };
    this.count.textContent = fill(words[`filters.${sheet.kind}`], numbers);
    this.hint.textContent = fill(words["filters.scale"], { reach: formats.digits(sheet.reach) });
    this.image.alt = `${words["filters.title"]}: ${this.count.textContent}`;
    this.image.dataset.kind = sheet.kind;
    this.image.src = sheet.url;
  }
}
