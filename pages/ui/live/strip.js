// What an autoencoder makes: the same pictures given back, and pictures out of the same noise.

class Strip {
  constructor(words) {
    this.words = words;
    this.pairs = el("ol", "made pairs");
    this.samples = el("ol", "made");
    const title = el("h4", "", words["strip.title"]);
    this.count = el("span", "count", words["strip.pairs"]);
    const head = el("div", "heading", "", title, this.count);
    const second = el("div", "heading", "", el("h4", "", words["strip.samples"]));
    const hint = el("p", "hint", words["strip.hint"]);
    this.node = el("section", "strip", "", head, this.pairs, second, this.samples, hint);
    this.node.hidden = true;
    this.shown = 0;
  }

  /** One image with all pictures side by side. */
  sprite(url) {
    this.pairs.style.setProperty("--sprite", `url("${url}")`);
  }

  tile(name, i, count) {
    const picture = el("span", `picture ${name}`);
    picture.style.backgroundSize = `${count * 100}% 100%`;
    picture.style.backgroundPosition = `${count > 1 ? (i / (count - 1)) * 100 : 0}% 0`;
    return picture;
  }

  build(classes, gallery) {
    const count = gallery.length;
    this.shown = count;
    const pairs = gallery.map(({ label }, i) => {
      const tiles = [this.tile("seen", i, count), this.tile("again", i, count)];
      const node = el("li", "", "", ...tiles);
      node.title = classes[label] ?? "";
      return node;
    });
    this.pairs.replaceChildren(...pairs);
    const made = gallery.map((_, i) => el("li", "", "", this.tile("new", i, count)));
    this.samples.replaceChildren(...made);
  }

  /** view: as `filmstrip.view`; a run that names pictures has no strip. */
  show({ strip, gallery = [], classes = [] }) {
    this.node.hidden = !strip;
    if (!strip) return;
    if (this.shown !== gallery.length) this.build(classes, gallery);
    const png = (data) => `url("data:image/png;base64,${data}")`;
    this.pairs.style.setProperty("--again", png(strip.reconstructions));
    this.samples.style.setProperty("--new", png(strip.samples));
  }
}
