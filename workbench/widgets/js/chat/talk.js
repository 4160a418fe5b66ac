/**
 * The conversation as this page knows it: some of its rows, and those of a turn that is under way.
 *
 * The kernel tells what is new (`past`, `begin`, `row`, `more`); the rest is asked for when it is to
 * be seen. Rows that came with a turn are kept when it ends: what is told of them then names them.
 */
export class Talk {
  /** Rows by place; those of `live` stand behind the `total` ones. */
  rows = new Map();
  live = null;
  notices = [];
  #kernel;
  #asked = new Set();
  #changed = () => {};
  #off = [];
  #turn = 0;

  constructor(kernel, { past, running }) {
    this.#kernel = kernel;
    this.#take(past);
    if (running) this.#begin(running);
    // At once: what is told between the greeting and the first drawing must not be missed.
    const on = (event, take) =>
      kernel.on(event, (message) => {
        take(message);
        this.#changed(event);
      });
    this.#off = [
      on("past", ({ past, ended }) => this.#take(past, ended)),
      on("begin", ({ rows }) => this.#begin(rows)),
      on("row", ({ n, row }) => this.#row(n, row)),
      on("more", ({ n, text }) => this.#more(n, text)),
      on("notice", ({ text }) => this.notices.push(text)),
    ];
  }

  /** Have `changed` called when there is something else to be seen. */
  begin(changed) {
    this.#changed = changed;
    changed("begin");
    return () => {
      for (const each of this.#off) each();
    };
  }

  get count() {
    return this.past.total + (this.live?.length ?? 0);
  }

  at(place) {
    return place < this.past.total ? this.rows.get(place) : this.live?.[place - this.past.total];
  }

  /** Ask for the rows from `first` to `last` that are not here. */
  want(first, last) {
    const { version, total } = this.past;
    const size = 50;
    for (let start = first - (first % size); start <= Math.min(last, total - 1); start += size) {
      const missing = [...Array(size).keys()].some(
        (n) => start + n < total && !this.rows.has(start + n),
      );
      const key = `${version}:${start}`;
      if (!missing || this.#asked.has(key)) continue;
      this.#asked.add(key);
      this.#kernel.ask("rows", { version, start, count: size }).then(
        ({ rows }) => {
          if (version === this.past.version) this.#keep(rows);
          this.#changed("rows");
        },
        () => this.#asked.delete(key),
      );
    }
  }

  /** Put more of a row in its place. */
  fill(row) {
    this.#keep([row]);
    this.#changed("rows");
  }

  #keep(rows) {
    for (const row of rows) {
      this.rows.set(row.place, { key: `p${row.place}`, ...this.rows.get(row.place), ...row });
    }
  }

  #take(past, ended = false) {
    if (past.name !== this.past?.name) {
      this.rows.clear();
      this.notices = [];
    }
    for (const place of [...this.rows.keys()]) if (place >= past.kept) this.rows.delete(place);
    this.past = past;
    this.#asked.clear();
    const known = (row) => (row.as === undefined ? row : { ...this.live[row.as], ...row });
    // A row that is named and was missed is asked for when it is to be seen.
    const here = past.rows.filter((row) => row.as === undefined || this.live?.[row.as]);
    this.#keep(here.map((row) => ({ ...known(row), growing: false })));
    if (ended) this.live = null;
  }

  #begin(rows) {
    this.#turn += 1;
    this.notices = [];
    this.live = [];
    for (const [n, row] of rows.entries()) this.#row(n, row);
  }

  #more(n, text) {
    const row = this.live?.[n];
    if (row) this.#row(n, { text: row.text + text });
  }

  #row(n, row) {
    if (!this.live) return;
    const growing = "text" in row && (this.live[n]?.growing ?? row.text === "");
    const key = `t${this.#turn}-${n}`;
    this.live = [...this.live];
    this.live[n] = { key, ...this.live[n], ...row, growing };
  }
}
