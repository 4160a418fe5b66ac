import { Stopped } from "../base/kernel.js";

/** Rows that are asked for at once, and those that are kept. */
const PAGE = 60;
const KEPT = 3000;
/** Rows that come with an answer: as many as fit, and a few more. */
const FIRST = 20;

/**
 * What the page knows of a grid: the query, how many rows it has, and those that were looked at.
 * `changed()` is called when there is something new to be seen, `told(text)` with news to be said.
 */
export class Store {
  #rows = new Map();
  #fetching = false;
  #wanted = [0, 0];
  #id = Math.random().toString(36).slice(2);

  constructor(kernel, greeting, { changed, fail, told }) {
    Object.assign(this, { kernel, changed, fail, told });
    this.columns = greeting.columns.map(([name, kind, dtype, filter], place) => {
      return { place, name, kind, dtype, filter };
    });
    this.all = greeting.all;
    this.selected = greeting.selected;
    this.shown = greeting.shown;
    this.looking = null;
    this.progress = null;
    this.resets = 0;
    this.#adopt(greeting);
    this.#take(greeting.rows);
  }

  listen() {
    const off = [
      this.kernel.on("looked", (event) => event.by !== this.#id && this.#renew(event)),
      this.kernel.on("selected", ({ by, count }) => by !== this.#id && this.#reselect(count)),
    ];
    return () => {
      for (const each of off) each();
    };
  }

  row(at) {
    return this.#rows.get(at);
  }

  /** The names of the columns that are shown. */
  get names() {
    return this.shown.map((place) => this.columns[place]);
  }

  /** Have the rows from `first` on: what is missing is asked for. */
  see(first, count) {
    this.#wanted = [first, count];
    this.#fetch();
  }

  /** Change the query; what is asked last counts. */
  async look(change) {
    const before = this.settled;
    this.query = { ...this.query, ...change };
    const given = { ...this.query, count: FIRST, view: this.#id };
    const asked = this.kernel.ask("look", given, (news) => {
      if (this.looking === asked) this.#news(news);
    });
    this.looking = asked;
    this.changed();
    try {
      const answer = await asked;
      if (this.looking !== asked) return;
      this.#end();
      this.#adopt(answer);
      this.told(this.inWords());
    } catch (problem) {
      if (this.looking !== asked) return;
      this.#end();
      if (!(problem instanceof Stopped)) this.fail(problem);
      this.#renew({ ...before, version: this.version });
    }
    this.changed();
  }

  async select(mode, start, end) {
    const [first, count] = this.#wanted;
    const given = { mode, start, end, first, count, view: this.#id };
    try {
      const { count: selected, picked } = await this.kernel.ask("select", given);
      this.selected = selected;
      for (const [at, row] of this.#rows) {
        if (at >= first && at < first + picked.length) row.picked = picked[at - first] === "1";
        else this.#rows.delete(at); // out of sight: asked for again when it is seen
      }
      this.told(`${number(selected)} selected`);
      this.changed();
    } catch (problem) {
      this.fail(problem);
    }
  }

  async show(shown) {
    const [start, count] = this.#wanted;
    try {
      const { rows } = await this.kernel.ask("columns", { shown, start, count: count + FIRST });
      this.shown = shown;
      this.#rows.clear();
      this.#take(rows);
      this.changed();
    } catch (problem) {
      this.fail(problem);
    }
  }

  /** The counts, and what they are of. */
  inWords() {
    const { sort, descending } = this.query;
    const sorted =
      sort === null
        ? ""
        : `, sorted by ${this.columns[sort].name}${descending ? ", descending" : ""}`;
    return counted(this) + sorted;
  }

  #news({ rows, total, version, done, of }) {
    if (rows !== undefined) {
      this.version = version;
      this.total = total ?? rows.picked.length;
      this.open = total === null;
      this.#rows.clear();
      this.#take(rows);
      this.resets++;
    }
    this.progress = done === undefined ? this.progress : { done, of };
    this.changed();
  }

  #end() {
    this.looking = this.progress = null;
    this.open = false;
  }

  #adopt({ query, total, version }) {
    if (this.looking === null) this.query = query;
    this.settled = { query, total };
    this.total = total;
    this.version = version;
  }

  /** Other rows than before: those in sight are asked for. */
  #renew(seen) {
    this.#adopt(seen);
    this.#rows.clear();
    this.#fetch();
    this.changed();
  }

  #reselect(count) {
    this.selected = count;
    this.#renew({ ...this.settled, version: this.version });
  }

  #take({ start, cells, picked, shown }) {
    if (shown.join() !== this.shown.join()) this.shown = shown;
    for (let each = 0; each < picked.length; each++) {
      const values = cells.map((column) => column[each]);
      this.#rows.set(start + each, { cells: values, picked: picked[each] === "1" });
    }
  }

  async #fetch() {
    const start = this.#missing();
    if (this.#fetching || start === null) return;
    this.#fetching = true;
    try {
      const { version, rows } = await this.kernel.ask("rows", { start, count: PAGE });
      if (this.#rows.size > KEPT) this.#rows.clear();
      if (this.looking === null || version === this.version) {
        this.version = version;
        this.#take(rows);
      }
      this.#fetching = false;
      this.changed();
      if (rows.picked.length) this.#fetch(); // the reader may have gone on meanwhile
    } catch (problem) {
      this.#fetching = false;
      this.fail(problem);
    }
  }

  /** Where to begin to ask; null: all that is wanted is here. */
  #missing() {
    const [first, count] = this.#wanted;
    for (let at = first; at < Math.min(first + count, this.total); at++) {
      if (!this.#rows.has(at)) return Math.max(0, Math.min(at, first));
    }
    return null;
  }
}

export const number = (value) => value.toLocaleString("en");

/** The line of counts. */
export function counted({ total, all, open, selected }) {
  const rows = `${number(all)} ${all === 1 ? "row" : "rows"}`;
  const found = open ? `${number(total)} or more of ${rows}` : `${number(total)} of ${rows}`;
  const line = total === all && !open ? rows : found;
  return selected ? `${line}, ${number(selected)} selected` : line;
}
