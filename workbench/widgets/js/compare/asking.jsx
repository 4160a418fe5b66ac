import { useState } from "preact/hooks";
import { Button, Field } from "../base/controls.jsx";
import { useId } from "../base/ids.js";
import { usePanel } from "../base/panel.jsx";

/** The prompt for all, how often it is asked, and whether the columns go on. */
export function Asking({ repeat, mostRuns, inPlace, running }) {
  const { kernel, fail, memory } = usePanel();
  const [prompt, setPrompt] = useKept(memory, "prompt", "");
  const [times, setTimes] = useKept(memory, "times", repeat);
  const [goOn, setGoOn] = useKept(memory, "goOn", false);
  const ask = () => {
    if (running || !prompt.trim()) return;
    setPrompt("");
    kernel
      .ask("ask", { prompt, repeat: inPlace ? 1 : Number(times), go_on: goOn })
      .catch((problem) => {
        setPrompt(prompt);
        fail(problem);
      });
  };
  return (
    <div class="wb-asking">
      <Prompt value={prompt} onInput={setPrompt} onAsk={ask} />
      <div class="wb-row">
        <Button class="wb-main" disabled={running || !prompt.trim()} onClick={ask}>
          Ask all
        </Button>
        <Button danger disabled={!running} onClick={() => kernel.ask("stop").catch(fail)}>
          Stop all
        </Button>
        {inPlace ? (
          <span class="wb-quiet">Talks to the conversations themselves.</span>
        ) : (
          <Copies
            times={times}
            mostRuns={mostRuns}
            goOn={goOn}
            setTimes={setTimes}
            setGoOn={setGoOn}
          />
        )}
      </div>
    </div>
  );
}

function Prompt({ value, onInput, onAsk }) {
  const id = useId();
  const key = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    onAsk();
  };
  return (
    <>
      <label for={id} class="wb-unseen">
        Prompt for all columns
      </label>
      <textarea
        id={id}
        rows={2}
        dir="auto"
        placeholder="Ask all the same (Enter asks, Shift+Enter begins a new line)"
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={key}
      />
    </>
  );
}

function Copies({ times, mostRuns, goOn, setTimes, setGoOn }) {
  return (
    <>
      <label class="wb-check">
        <input
          type="checkbox"
          role="switch"
          checked={goOn}
          aria-checked={goOn}
          onChange={(event) => setGoOn(event.currentTarget.checked)}
        />
        Go on in each column
      </label>
      <Field label="Repeat" inline>
        {(id) => (
          <input
            id={id}
            type="number"
            min={1}
            max={mostRuns}
            value={times}
            onInput={(event) => setTimes(event.currentTarget.value)}
          />
        )}
      </Field>
    </>
  );
}

/** As useState, for the next view of the same panel too. */
function useKept(memory, name, otherwise) {
  const [value, setValue] = useState(memory.has(name) ? memory.get(name) : otherwise);
  return [
    value,
    (next) => {
      memory.set(name, next);
      setValue(next);
    },
  ];
}
