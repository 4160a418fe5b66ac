import { useRef, useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { useId } from "../base/ids.js";
import { usePanel } from "../base/panel.jsx";

/** What is compared: taken away with a button each, added by name. */
export function Entrants({ columns, running }) {
  const { kernel, fail, say } = usePanel();
  const field = useRef(null);
  const remove = async (label) => {
    try {
      await kernel.ask("remove", { column: label });
      say(`${label} is no longer compared.`);
      field.current.focus();
    } catch (problem) {
      fail(problem);
    }
  };
  return (
    <div class="wb-row wb-entrants">
      <ul class="wb-row" aria-label="Compared">
        {columns.map(([label, kind]) => (
          <li key={label}>
            <bdi dir="auto">{label}</bdi> <span class="wb-quiet">{kind}</span>
            <button
              type="button"
              class="wb-button wb-plain"
              disabled={running || columns.length < 2}
              aria-label={`Remove ${label}`}
              onClick={() => remove(label)}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <Adding field={field} running={running} />
    </div>
  );
}

function Adding({ field, running }) {
  const { kernel, fail, say } = usePanel();
  const [target, setTarget] = useState("");
  const [known, setKnown] = useState([]);
  const id = useId();
  const add = async () => {
    if (running || !target.trim()) return;
    try {
      await kernel.ask("add", { target });
      say(`${target} is compared too.`);
      setTarget("");
    } catch (problem) {
      fail(problem);
    }
  };
  return (
    <span class="wb-row">
      <label for={id} class="wb-unseen">
        Add a column
      </label>
      <input
        id={id}
        ref={field}
        list={`${id}-known`}
        dir="auto"
        autocomplete="off"
        placeholder="Session, agent, model, store URL"
        value={target}
        onFocus={() => kernel.ask("known").then(setKnown, () => {})}
        onInput={(event) => setTarget(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && !event.isComposing && add()}
      />
      <datalist id={`${id}-known`}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Button disabled={running || !target.trim()} onClick={add}>
        Add
      </Button>
    </span>
  );
}
