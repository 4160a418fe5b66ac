/** Pixels of a row that was not measured yet. */
const GUESS = 84;

/** How high rows are, and where each begins: measured where they were seen, guessed elsewhere. */
export class Heights {
  #known = [];
  #tops = [0];
  #right = 0; // tops up to this place are right

  get(place) {
    return this.#known[place] ?? GUESS;
  }

  /** Note a height; whether it is another one than before. */
  set(place, height) {
    if (this.get(place) === height) return false;
    this.#known[place] = height;
    this.#right = Math.min(this.#right, place);
    return true;
  }

  /** Forget those from a place on. */
  cut(place) {
    this.#known.length = Math.min(this.#known.length, place);
    this.#right = Math.min(this.#right, place);
  }

  /** Where a place begins, in pixels; that behind the last row is the height of all. */
  top(place) {
    for (; this.#right < place; this.#right++) {
      this.#tops[this.#right + 1] = this.#tops[this.#right] + this.get(this.#right);
    }
    return this.#tops[place];
  }

  /** The place that stands at this many pixels, of `count` rows. */
  at(pixels, count) {
    let low = 0;
    let high = Math.max(0, count - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.top(middle) <= pixels) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
