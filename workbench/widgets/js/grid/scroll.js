/** The height of a row, and the greatest of an element: browsers give up at 17 to 33 million. */
export const ROW = 28;
const MOST = 12_000_000;

/**
 * Where a list of any length is scrolled to. Its element may be too low for so many rows: then a
 * short way in it is the same way in the list, and a long one the same share of the whole.
 */
export class Scroll {
  at = 0;
  #last = 0;

  measure(total, view) {
    this.full = Math.max(0, total * ROW - view);
    this.height = Math.min(total * ROW, MOST);
    this.real = Math.max(0, this.height - view);
    this.view = view;
    this.at = Math.min(this.at, this.full);
  }

  /** The element was scrolled to `top`. */
  moved(top) {
    const way = top - this.#last;
    this.#last = top;
    if (this.full <= this.real) this.at = top;
    else if (top <= 0) this.at = 0;
    else if (top >= this.real - 1) this.at = this.full;
    else if (Math.abs(way) < 3 * this.view) this.at = this.#within(this.at + way);
    else this.at = (top / this.real) * this.full;
  }

  /** Go to `at`; returns where the element has to be scrolled to. */
  to(at) {
    this.at = this.#within(at);
    this.#last = Math.round(this.full > this.real ? (this.at / this.full) * this.real : this.at);
    return this.#last;
  }

  /** Where to go so that row `row` is seen whole. */
  showing(row) {
    const top = row * ROW;
    if (top < this.at) return top;
    return top + ROW > this.at + this.view ? top + ROW - this.view : this.at;
  }

  #within(at) {
    return Math.min(Math.max(at, 0), this.full);
  }
}
