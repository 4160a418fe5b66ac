/**
 * The other half of a panel, in the kernel: asked in messages, and answered in messages.
 *
 * To the kernel: `{ask, id, given}`, `{stop: id}`. From it: `{answer: id, value | error}`,
 * `{told: id, ...}` on the way to an answer, and `{event, ...}` for every view of the panel.
 */
export class Kernel {
  #model;
  #view = Math.random().toString(36).slice(2);
  #count = 0;
  #waiting = new Map();
  #listeners = new Map();
  #modelId = null;
  #onLife = () => this.#look();

  constructor(model) {
    this.#model = model;
    this.state = "waiting";
    model.on("msg:custom", this.#take);
    model.on("comm_live_update", this.#onLife);
  }

  /** Ask for something; the promise has `stop()`. `told` is called with news on the way. */
  ask(verb, given = {}, told = undefined) {
    const id = `${this.#view}:${++this.#count}`;
    const promise = new Promise((resolve, reject) => {
      if (this.state === "gone") {
        reject(new Gone());
        return;
      }
      this.#waiting.set(id, { resolve, reject, told });
      this.#model.send({ ask: verb, id, given });
    });
    promise.stop = () => this.#model.send({ stop: id });
    return promise;
  }

  /** Call `listener` for each event of that name; returns what ends that. */
  on(event, listener) {
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(listener));
    return () => all.delete(listener);
  }

  /** Meet the kernel: what the panel shows first. */
  async meet() {
    const greeting = await this.ask("hello");
    this.#modelId = greeting.model;
    this.#become("live");
    return greeting;
  }

  close() {
    this.#model.off("msg:custom", this.#take);
    this.#model.off("comm_live_update", this.#onLife);
    this.#waiting.clear();
  }

  #take = (message, buffers) => {
    if (message.event !== undefined) {
      for (const listener of this.#listeners.get(message.event) ?? []) listener(message, buffers);
    } else if (message.told !== undefined) {
      this.#waiting.get(message.told)?.told?.(message, buffers);
    } else if (message.answer !== undefined) {
      this.#answer(message, buffers);
    }
  };

  #answer({ answer, value, error, stopped }, buffers) {
    const asked = this.#waiting.get(answer);
    this.#waiting.delete(answer);
    if (asked === undefined) return;
    if (stopped) asked.reject(new Stopped());
    else if (error !== undefined) asked.reject(new Refused(error));
    else asked.resolve(buffers?.length ? { ...value, buffers } : value);
  }

  /** A restarted kernel knows nothing of this panel; one that was only out of reach still does. */
  async #look() {
    const manager = this.#model.widget_manager;
    const model = this.#modelId && (await manager.get_model(this.#modelId).catch(() => null));
    this.#become(model?.comm_live ? "live" : "gone");
  }

  #become(state) {
    this.state = state;
    if (state === "gone") {
      for (const { reject } of this.#waiting.values()) reject(new Gone());
      this.#waiting.clear();
    }
    for (const listener of this.#listeners.get("life") ?? []) listener(state);
  }
}

/** The kernel said no, in words for the reader. */
export class Refused extends Error {}

/** The reader stopped it: nothing to be said. */
export class Stopped extends Error {}

/** There is no kernel any more that knows of the panel. */
export class Gone extends Error {
  constructor() {
    super("The kernel that this panel belongs to is gone. Run its cell again to go on.");
  }
}
