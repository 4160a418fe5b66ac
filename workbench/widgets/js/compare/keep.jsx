import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Field } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";

/** Choosing a winner: its conversation becomes a session with a name, and how to go on is said. */
export function Keep({ title, run }) {
  const { kernel, fail, say } = usePanel();
  const [step, setStep] = useState("offered");
  const [kept, setKept] = useState(null);
  const keep = async (name) => {
    try {
      const { name: made } = await kernel.ask("keep", { column: title, run, name });
      setKept(made);
      setStep("offered");
      say(`Go on with the session ${made}.`);
    } catch (problem) {
      fail(problem);
    }
  };
  return (
    <div class="wb-keep">
      {kept !== null && <Kept name={kept} />}
      {step !== "naming" && kept === null && (
        <Offer title={title} focused={step === "cancelled"} onTake={() => setStep("naming")} />
      )}
      {step === "naming" && <Naming onKeep={keep} onCancel={() => setStep("cancelled")} />}
    </div>
  );
}

function Offer({ title, focused, onTake }) {
  const button = useFocus(focused);
  return (
    <button
      type="button"
      class="wb-button"
      ref={button}
      aria-label={`Continue with ${title}`}
      onClick={onTake}
    >
      Continue with this
    </button>
  );
}

/** The focus goes to what takes the place of what had it. */
function useFocus(wanted = true) {
  const place = useRef(null);
  useLayoutEffect(() => {
    if (wanted) place.current.focus();
  }, []);
  return place;
}

function Naming({ onKeep, onCancel }) {
  const [name, setName] = useState("");
  const field = useFocus();
  const key = (event) => {
    if (event.key === "Enter" && !event.isComposing) onKeep(name);
    if (event.key === "Escape") onCancel();
  };
  return (
    <div class="wb-row">
      <Field label="Name of the new session">
        {(id) => (
          <input
            id={id}
            ref={field}
            dir="auto"
            placeholder="empty: the next free one"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
            onKeyDown={key}
          />
        )}
      </Field>
      <Button class="wb-main" onClick={() => onKeep(name)}>
        Keep
      </Button>
      <Button onClick={onCancel}>Cancel</Button>
    </div>
  );
}

function Kept({ name }) {
  const line = useFocus();
  return (
    <p ref={line} tabIndex={-1}>
      Go on with the session <bdi dir="auto">{name}</bdi>:{" "}
      <code>wb.chat({JSON.stringify(name)})</code> or{" "}
      <code>%%agent --session {/^[\w.:-]+$/.test(name) ? name : JSON.stringify(name)}</code>
    </p>
  );
}
