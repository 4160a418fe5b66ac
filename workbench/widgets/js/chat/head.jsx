import { useState } from "preact/hooks";
import { Button, Picker } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";

const NEW = "\u0000new";

/** Which conversation this is, and who answers; undo and redo. */
export function Head({ past, picks, pick, onPick, act, running }) {
  const [naming, setNaming] = useState(false);
  const { version, undone, turns } = past;
  const open = (name) => {
    if (name === NEW) setNaming(true);
    else act("open", { name });
  };
  const names = [...new Set([past.name, ...picks.names])];
  return (
    <div class="wbc-top">
      <Picker
        label="Session"
        value={past.name}
        options={[...names, [NEW, "New session …"]]}
        onPick={open}
        disabled={running}
      />
      <Picker
        label="Agent"
        value={pick.agent}
        options={picks.agents}
        onPick={(agent) => onPick({ ...pick, agent })}
      />
      <Picker
        label="Model"
        value={pick.model}
        options={picks.models}
        onPick={(model) => onPick({ ...pick, model })}
      />
      <span class="wbc-acts">
        <Button
          class="wb-plain"
          disabled={running || !turns}
          title="Take the last turn back"
          onClick={() => act("undo", { version })}
        >
          Undo
        </Button>
        <Button
          class="wb-plain"
          disabled={running || !undone}
          title="Put it back"
          onClick={() => act("redo", { version })}
        >
          Redo
        </Button>
        <Refresh version={version} disabled={running} />
      </span>
      {naming && <NewName act={act} onEnd={() => setNaming(false)} />}
    </div>
  );
}

function Refresh({ version, disabled }) {
  const { kernel, fail, say } = usePanel();
  const look = () => kernel.ask("look", { version }).then(() => say("Up to date"), fail);
  return (
    <Button
      class="wb-plain"
      title="Show what was said elsewhere"
      disabled={disabled}
      onClick={look}
    >
      Refresh
    </Button>
  );
}

function NewName({ act, onEnd }) {
  const [name, setName] = useState("");
  const make = async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (name.trim() && (await act("open", { name: name.trim() }))) onEnd();
  };
  return (
    <form class="wb-row wbc-new" onSubmit={make}>
      <input
        aria-label="Name of the new session"
        placeholder="Name of the new session"
        dir="auto"
        value={name}
        ref={(element) => element && !name && element.focus()}
        onInput={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.isComposing) make(event);
          else if (event.key === "Escape") onEnd();
        }}
      />
      <button type="submit" class="wb-button wb-main">
        Begin
      </button>
      <Button onClick={onEnd}>Cancel</Button>
    </form>
  );
}
