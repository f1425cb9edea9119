// Steps asked of the server directly: one question at a time, the newest next; the page follows.

const REST = 350; // ms after the last answer until the page as a whole follows
const LATE = 1500; // ms: what takes longer goes the long way, over the page

class Direct {
  /** show takes an answer; rest tells the page, once nothing is asked any more. */
  constructor(show, rest) {
    Object.assign(this, { show, rest });
  }

  /** Whether the page does not yet know what is seen. */
  get ahead() {
    return Boolean(this.asking || this.timer);
  }

  /** A question under a name that the page has left; without one the page is told at once. */
  ask(name, question) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.next = { name, question };
    if (!name) this.rest();
    else if (!this.asking) this.go();
  }

  async go() {
    this.asking = true;
    let known;
    while (this.next) {
      const { name, question } = this.next;
      this.next = undefined;
      known = await this.answer(name, question).catch(() => null);
      if (known) this.show(known);
      else this.next = undefined;
    }
    this.asking = false;
    if (known) this.timer = setTimeout(() => this.end(), REST);
    else this.rest();
  }

  end() {
    this.timer = undefined;
    this.rest();
  }

  async answer(name, question) {
    const path = `api/ask/${name}?q=${encodeURIComponent(JSON.stringify(question))}`;
    const url = new URL(path, document.baseURI);
    const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(LATE) });
    return answer.ok ? answer.json() : null;
  }
}
