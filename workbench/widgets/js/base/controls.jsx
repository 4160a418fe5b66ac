import { useEffect, useRef, useState } from "preact/hooks";
import { useId } from "./ids.js";
import { usePanel } from "./panel.jsx";

/** A button that does something in the kernel; while that goes on it says so, and can stop it. */
export function Action({
  verb,
  given,
  label,
  done,
  told,
  danger = false,
  disabled = false,
  title,
}) {
  const { kernel, fail } = usePanel();
  const [running, setRunning] = useState(null);
  const begin = async () => {
    const asked = kernel.ask(verb, given, told);
    setRunning(asked);
    try {
      const value = await asked;
      done?.(value);
    } catch (problem) {
      fail(problem);
    } finally {
      setRunning(null);
    }
  };
  return (
    <Button
      danger={danger}
      disabled={disabled}
      busy={running !== null}
      title={title}
      onClick={running ? () => running.stop() : begin}
    >
      {running ? `Stop (${label})` : label}
    </Button>
  );
}

export function Button({ danger = false, busy = false, class: more = "", children, ...rest }) {
  const kind = danger ? " wb-danger" : "";
  return (
    <button type="button" class={`wb-button${kind} ${more}`} aria-busy={busy} {...rest}>
      {children}
    </button>
  );
}

/**
 * A button that asks once more, in its own place, before it does what can't be taken back.
 * The focus goes to the answer, and comes back with it.
 */
export function Confirmed({ label, question, onYes, disabled = false }) {
  const [asking, setAsking] = useState(false);
  const answered = useRef(false);
  const place = useRef(null);
  useEffect(() => {
    if (asking || answered.current) place.current?.focus();
    answered.current = asking;
  }, [asking]);
  if (!asking) {
    return (
      <button
        ref={place}
        type="button"
        class="wb-button wb-danger"
        disabled={disabled}
        onClick={() => setAsking(true)}
      >
        {label}
      </button>
    );
  }
  return (
    <span class="wb-confirm" role="group" aria-label={question}>
      <span>{question}</span>
      <button
        ref={place}
        type="button"
        class="wb-button wb-danger"
        onClick={() => {
          setAsking(false);
          onYes();
        }}
      >
        Yes
      </button>
      <Button onClick={() => setAsking(false)}>No</Button>
    </span>
  );
}

/** A labelled field; `children` is a function of the id that the control has to take. */
export function Field({ label, children, inline = false }) {
  const id = useId();
  return (
    <div class={inline ? "wb-field wb-inline" : "wb-field"}>
      <label for={id}>{label}</label>
      {children(id)}
    </div>
  );
}

/** A choice among `options`: texts, or `[value, text]` pairs. */
export function Picker({ label, value, options, onPick, disabled = false }) {
  return (
    <Field label={label} inline>
      {(id) => (
        <select
          id={id}
          value={value}
          disabled={disabled}
          onChange={({ currentTarget }) => {
            const picked = currentTarget.value;
            currentTarget.value = value; // what is picked shows when it has become so
            onPick(picked);
          }}
        >
          {options.map((each) => {
            const [key, text] = Array.isArray(each) ? each : [each, each];
            return (
              <option key={key} value={key}>
                {text}
              </option>
            );
          })}
        </select>
      )}
    </Field>
  );
}

/** How far something has come; `total` 0: it is not known how much there is. */
export function Progress({ label, done, total }) {
  return (
    <div class="wb-progress">
      <span>{label}</span>
      <progress aria-label={label} max={total || undefined} value={total ? done : undefined} />
    </div>
  );
}

/** Tabs as in the ARIA authoring practices: arrows move, Home and End jump, one is in tab order. */
export function Tabs({ label, tabs, chosen, onChoose }) {
  const base = useId();
  const list = useRef(null);
  const move = (event) => {
    const place = tabs.findIndex(([key]) => key === chosen);
    const last = tabs.length - 1;
    const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    onChoose(tabs[next][0]);
    list.current.children[next].focus();
  };
  return (
    <>
      <div class="wb-tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {tabs.map(([key, text]) => (
          <button
            key={key}
            type="button"
            role="tab"
            id={`${base}-${key}`}
            aria-controls={`${base}-panel`}
            aria-selected={key === chosen}
            tabIndex={key === chosen ? 0 : -1}
            onClick={() => onChoose(key)}
          >
            {text}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${base}-panel`}
        aria-labelledby={`${base}-${chosen}`}
        class="wb-tabpanel"
      >
        {tabs.find(([key]) => key === chosen)?.[2]?.()}
      </div>
    </>
  );
}
