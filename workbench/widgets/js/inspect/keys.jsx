import { useState } from "preact/hooks";
import { Button, Field } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";

/**
 * Keys are typed into fields that the page holds nothing of: what is in one is taken out when it is
 * sent, in one message, and is nowhere in the page afterwards.
 */
export function KeyField({ label, field, described = undefined, onInput = undefined }) {
  return (
    <Field label={label}>
      {(id) => (
        <input
          id={id}
          ref={field}
          type="password"
          class="wb-key"
          autocomplete="new-password"
          autocapitalize="off"
          spellcheck={false}
          maxLength={4096}
          aria-describedby={described}
          onInput={onInput}
        />
      )}
    </Field>
  );
}

/** What was typed into a field, which is empty then. */
export function taken(field) {
  const key = field.current?.value ?? "";
  if (field.current) field.current.value = "";
  if (key === "") throw new Error("Type the key in first.");
  return key;
}

/** A new key, typed in twice or generated; null for none, where that `may` be. Throws in words. */
export function takeNew(fields, may) {
  if (fields.unkept?.()) throw new Error("Copy the generated key first, and say that it is kept.");
  const [key, again] = [fields.first.value, fields.again.value];
  fields.first.value = "";
  fields.again.value = "";
  fields.sent?.();
  if (key !== again) throw new Error("The two keys are not the same; nothing was sent.");
  if (key !== "") return key;
  if (may) return null;
  throw new Error("Type the key in twice, or let one be generated.");
}

/** Two fields for a new key, and a button that makes one and shows it, this once. */
export function NewKey({ fields, refuse }) {
  const { kernel } = usePanel();
  const [made, setMade] = useState(null);
  const [kept, setKept] = useState(false);
  const [length, setLength] = useState(0);
  const put = (key) => {
    fields.first.value = key;
    fields.again.value = key;
    setLength(key.length);
  };
  const generate = async () => {
    try {
      const { key } = await kernel.ask("generate");
      put(key);
      setKept(false);
      setMade(key);
    } catch (problem) {
      refuse(problem.message);
    }
  };
  fields.unkept = () => made !== null && fields.first.value === made && !kept;
  fields.sent = () => {
    setMade(null);
    setKept(false);
    setLength(0);
  };
  const as = (name) => (element) => {
    fields[name] = element;
  };
  return (
    <>
      <div class="wb-keys">
        <KeyField
          label="New key"
          field={as("first")}
          onInput={({ currentTarget }) => setLength(currentTarget.value.length)}
        />
        <KeyField label="The same again" field={as("again")} />
        <Button onClick={generate}>Generate</Button>
      </div>
      <p class="wb-quiet">
        {length > 0 && `${length} characters. `}
        32 characters that nobody can guess, a Fernet key of 44, or passphrase: and some words. A
        weak one is refused, and nothing is changed then.
      </p>
      {made !== null && <Made made={made} kept={kept} onKept={setKept} />}
    </>
  );
}

function Made({ made, kept, onKept }) {
  const [copied, setCopied] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made);
      setCopied("Copied.");
    } catch {
      setCopied("It can't be copied from here: select it.");
    }
  };
  return (
    <div class="wb-hint wb-made">
      <p>
        <strong>Keep this key where it is safe.</strong> Nothing can be read without it, nobody can
        tell it again, and it is shown only this once.
      </p>
      <div class="wb-row">
        <code class="wb-secret">{made}</code>
        <Button onClick={copy}>Copy</Button>
        <span role="status">{copied}</span>
      </div>
      <label>
        <input
          type="checkbox"
          checked={kept}
          onChange={({ currentTarget }) => onKept(currentTarget.checked)}
        />{" "}
        I have kept it
      </label>
    </div>
  );
}
