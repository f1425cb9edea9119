// The window on its way: by pointer, by keys, or by itself over the whole map.

const NUMBERS = 14; // times a second that numbers are told while the window runs
const PAUSE = 350; // ms after the last move until the page is told

class Bench extends Work {
  point(event) {
    event.preventDefault();
    this.target.focus();
    const { left, top, width, height } = this.target.getBoundingClientRect();
    const at = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    const { rows, columns } = this.sums;
    this.went(at((event.clientY - top) / height, rows), at((event.clientX - left) / width, columns));
  }

  key(event) {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === " ") this.toggle();
    else if (way) {
      const within = (value, count) => Math.max(0, Math.min(count - 1, value));
      const { rows, columns } = this.sums;
      this.went(within(this.place[0] + way[0], rows), within(this.place[1] + way[1], columns));
    } else return;
    event.preventDefault();
  }

  went(row, column) {
    this.stop();
    this.move(row, column);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.tell("place", [row, column]), PAUSE);
  }

  toggle() {
    if (this.running) {
      this.stop();
      this.move(...this.place);
      return;
    }
    const { rows, columns } = this.sums;
    const last = this.place[0] === rows - 1 && this.place[1] === columns - 1;
    this.running = true;
    this.begun = performance.now();
    this.at = last || !this.paused ? 0 : this.place[0] * columns + this.place[1];
    this.play.textContent = this.words.pause;
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    if (!this.root.isConnected) return this.stop();
    const { rows, columns } = this.sums;
    const end = rows * columns - 1;
    this.at = Math.min(end, this.at + ((now - this.begun) / 1000) * SPEEDS[this.speed.value]);
    this.begun = now;
    const place = Math.floor(this.at);
    const due = now - (this.numbered ?? 0) > 1000 / NUMBERS;
    if (due) this.numbered = now;
    if (place !== this.place[0] * columns + this.place[1] || due) {
      this.move(Math.floor(place / columns), place % columns, due);
    }
    if (place >= end) {
      this.stop();
      this.paused = false;
      this.move(rows - 1, columns - 1);
      return;
    }
    this.frame = requestAnimationFrame((next) => this.tick(next));
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.paused = Boolean(this.running);
    this.running = false;
    if (this.words) this.play.textContent = this.words.play;
  }
}

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function bench({ data, parentElement, setStateValue }) {
  const made = (parentElement.bench ??= new Bench(parentElement));
  made.show(data, setStateValue);
  return () => made.stop();
}
