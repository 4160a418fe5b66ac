import { createContext, render } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { Kernel, Stopped } from "./kernel.js";
import { memory } from "./memory.js";
import { inPlaces } from "./places.js";

const Context = createContext(null);

/** `{kernel, memory, model, say, fail}` of the panel around a component; see `Frame`. */
export const usePanel = () => useContext(Context);

/** More for those below to `usePanel`. */
export function With({ children, ...more }) {
  return <Context.Provider value={{ ...usePanel(), ...more }}>{children}</Context.Provider>;
}

/** What anywidget runs: `View` gets the kernel's greeting as its properties. */
export function panel(View) {
  const show = (model, el) => {
    const kernel = new Kernel(model);
    el.classList.add("workbench-panel");
    el.addEventListener("focusin", keysAreOurs);
    render(<Frame model={model} kernel={kernel} View={View} el={el} />, el);
    return () => {
      render(null, el);
      kernel.close();
    };
  };
  return {
    initialize({ model }) {
      return inPlaces(`workbench-place-${model.get("panel_id")}`, (el) => show(model, el));
    },
    render({ model, el }) {
      return show(model, el);
    },
  };
}

/**
 * JupyterLab takes keys that are pressed on what can't be written in as commands for the cell: "b"
 * on a button would insert one. Lumino passes over elements with this mark, and only over the one
 * that the key is pressed on.
 */
function keysAreOurs({ target }) {
  target.dataset.lmSuppressShortcuts = "true";
}

/**
 * What stands around every panel: its name for screen readers, the line in which errors are said,
 * the region in which news is announced, and the hint when there is no kernel any more.
 */
function Frame({ model, kernel, View, el }) {
  const [greeting, setGreeting] = useState(null);
  const [life, setLife] = useState("waiting");
  const [error, setError] = useState(null);
  const [news, setNews] = useState("");
  const fail = (problem) => {
    if (!(problem instanceof Stopped)) setError(problem?.message ?? String(problem));
  };

  useEffect(() => {
    const off = [
      kernel.on("life", setLife),
      kernel.on("news", ({ text }) => setNews(text)),
      kernel.on("problem", ({ text }) => setError(text)),
    ];
    kernel.meet().then(setGreeting, fail);
    return () => {
      for (const each of off) each();
    };
  }, []);
  useSettling(el, kernel);

  const shared = { kernel, model, fail, say: setNews, memory: memory(model.get("panel_id")) };
  return (
    <Context.Provider value={shared}>
      <section class="wb-frame" data-life={life} aria-label={model.get("title")}>
        {life === "gone" && <Hint />}
        {greeting ? <View {...greeting} /> : <Waiting />}
        {error && <Problem text={error} onClose={() => setError(null)} />}
        <div class="wb-unseen" role="status" aria-live="polite">
          {news}
        </div>
      </section>
    </Context.Provider>
  );
}

function Hint() {
  return (
    <p class="wb-hint" role="status">
      The kernel was restarted or has ended. What is here stays readable; run the cell again to go
      on.
    </p>
  );
}

/** A kernel that runs a cell answers late: the reader is told what is waited for. */
function Waiting() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 1500);
    return () => clearTimeout(timer);
  }, []);
  return <p class="wb-quiet">{late ? "Waiting for the kernel: it may be running a cell." : "…"}</p>;
}

function Problem({ text, onClose }) {
  return (
    <div class="wb-problem" role="alert">
      <span dir="auto">{text}</span>
      <button type="button" class="wb-button" aria-label="Close this message" onClick={onClose}>
        ×
      </button>
    </div>
  );
}

const AWAY = 300; // milliseconds: a control that vanishes leaves the focus nowhere for a moment

/** When the reader has left a panel, what the notebook keeps of it is renewed. */
function useSettling(el, kernel) {
  useEffect(() => {
    let timer;
    const settle = () => {
      const away = !el.contains(document.activeElement);
      if (away && kernel.state === "live") kernel.ask("settle").catch(() => {});
    };
    const leave = ({ relatedTarget }) => {
      clearTimeout(timer);
      if (!el.contains(relatedTarget)) timer = setTimeout(settle, AWAY);
    };
    el.addEventListener("focusout", leave);
    return () => {
      el.removeEventListener("focusout", leave);
      clearTimeout(timer);
    };
  }, []);
}
