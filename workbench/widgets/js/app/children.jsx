import { useEffect, useRef, useState } from "preact/hooks";
import { usePanel } from "../base/panel.jsx";

/**
 * The panel of a tab, and those that were shown in its place before: they stay in the page, unseen,
 * so that a draft and the place one has read to are there when the reader comes back.
 */
export function Children({ name, kind }) {
  const { kernel, model, fail } = usePanel();
  const host = useRef(null);
  const [round, setRound] = useState(0);
  const [waiting, setWaiting] = useState(true);
  const key = JSON.stringify([name, kind]);

  useEffect(
    () =>
      kernel.on("closed", ({ panels }) => {
        const views = shown(host.current);
        for (const each of panels) views.take(JSON.stringify(each));
        if (panels.some((each) => JSON.stringify(each) === key)) setRound(round + 1);
      }),
    [key, round],
  );
  useEffect(() => {
    let current = true;
    const views = shown(host.current);
    views.show(key);
    setWaiting(!views.has(key));
    const open = async () => {
      const id = await kernel.ask("open", { name, kind });
      if (!current || views.has(key)) return;
      const { widget_manager: manager } = model;
      const view = await manager.create_view(await manager.get_model(id));
      if (!current || views.has(key)) view.remove();
      else views.add(key, view);
    };
    open()
      .catch((problem) => current && fail(problem))
      .finally(() => current && setWaiting(false));
    return () => {
      current = false;
    };
  }, [key, round]);
  useEffect(() => {
    const views = shown(host.current);
    return () => views.clear();
  }, []);
  return (
    <>
      {waiting && <p class="wb-quiet">Opening…</p>}
      <div class="wb-app-child" ref={host} />
    </>
  );
}

const all = new WeakMap();

/** The views inside an element; one of them is seen. */
function shown(host) {
  if (!all.has(host)) all.set(host, new Views(host));
  return all.get(host);
}

class Views {
  #host;
  #views = new Map();

  constructor(host) {
    this.#host = host;
  }

  has(key) {
    return this.#views.has(key);
  }

  add(key, view) {
    this.#views.set(key, view);
    this.#host.append(view.el);
    this.show(key);
  }

  show(key) {
    for (const [each, view] of this.#views) view.el.hidden = each !== key;
  }

  clear() {
    for (const key of [...this.#views.keys()]) this.take(key);
  }

  take(key) {
    this.#views.get(key)?.remove();
    this.#views.delete(key);
  }
}
