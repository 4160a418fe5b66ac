import { useRef } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { KeyField, NewKey, takeNew, taken } from "./keys.jsx";

/** What can be done, by what the conversation is: each a form of its own, one open at a time. */
export function Acts({ shown, act, asking }) {
  const secret = shown.encrypted > 0;
  return (
    <div class="wb-acts">
      {secret && shown.locked && shown.kept && <Unlock act={act} asking={asking} />}
      {shown.form !== "encrypted" && <Encrypt shown={shown} act={act} asking={asking} />}
      {secret && <Rekey shown={shown} act={act} asking={asking} />}
      {secret && <Decrypt shown={shown} act={act} asking={asking} />}
      {!shown.kept && (
        <p class="wb-quiet">
          This conversation has no name, so a key that is typed in here is used once and not kept.
        </p>
      )}
    </div>
  );
}

/** A form that is sent by Enter or its button, and not while something is under way. */
function Act({ title, open = false, label, asking, onSend, danger = false, children }) {
  const send = (event) => {
    event.preventDefault();
    if (asking.running) return;
    try {
      onSend();
    } catch (problem) {
      asking.refuse(problem.message);
    }
  };
  // Not left to the browser: front ends have uses of their own for the key.
  const byEnter = (event) => {
    if (event.key === "Enter" && event.target.matches(".wb-key")) send(event);
  };
  return (
    <details class="wb-fold" open={open} name={open ? undefined : "wb-acts"}>
      <summary>{title}</summary>
      <form class="wb-act" autocomplete="off" onSubmit={send} onKeyDown={byEnter}>
        {children}
        <div class="wb-row">
          <Button
            type="submit"
            danger={danger}
            class={danger ? "" : "wb-main"}
            busy={!!asking.running}
          >
            {label}
          </Button>
        </div>
      </form>
    </details>
  );
}

function Unlock({ act, asking }) {
  const key = useRef(null);
  const send = () => act("Trying the key", "unlock", { key: taken(key) });
  return (
    <Act title="Give its key" open label="Use this key" asking={asking} onSend={send}>
      <KeyField label="Key" field={key} />
    </Act>
  );
}

function Encrypt({ shown, act, asking }) {
  const fields = useRef({});
  const send = () => {
    const key = takeNew(fields.current, shown.known);
    act("Encrypting", "encrypt", key === null ? {} : { key });
  };
  return (
    <Act title="Encrypt" label="Encrypt all items" asking={asking} onSend={send}>
      {shown.known && <p class="wb-quiet">Left empty, it is the key that is known already.</p>}
      <NewKey fields={fields.current} refuse={asking.refuse} />
    </Act>
  );
}

function Rekey({ shown, act, asking }) {
  const fields = useRef({});
  const key = useRef(null);
  const send = () => {
    const wanted = takeNew(fields.current, false);
    const now = shown.known ? null : taken(key);
    act("Changing the key", "rekey", now === null ? { new: wanted } : { new: wanted, key: now });
  };
  return (
    <Act title="Change the key" label="Encrypt with the new key" asking={asking} onSend={send}>
      {!shown.known && <KeyField label="The key it has now" field={key} />}
      <NewKey fields={fields.current} refuse={asking.refuse} />
      {shown.fromEnvironment && (
        <p class="wb-hint">
          WORKBENCH_KEY is set: set it to the new key before the next kernel, or nothing can be read
          there.
        </p>
      )}
    </Act>
  );
}

function Decrypt({ shown, act, asking }) {
  const key = useRef(null);
  const send = () => {
    act("Decrypting", "decrypt", shown.known ? {} : { key: taken(key) });
  };
  return (
    <Act title="Decrypt" danger label="Make all items plain" asking={asking} onSend={send}>
      <p>Whoever can read the store can read the conversation then.</p>
      {!shown.known && <KeyField label="Key" field={key} />}
    </Act>
  );
}
