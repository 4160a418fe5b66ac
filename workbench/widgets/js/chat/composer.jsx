import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";

const MOST = 8_000_000;

/** Where the reader writes. Enter sends, Shift+Enter begins a new line. */
export function Composer({ draft, onDraft, editing, onCancel, running, onSend, onStop, onUp }) {
  const area = useRef(null);
  const [files, setFiles] = useState([]);
  useEffect(() => fit(area.current), [draft]);
  const send = () => {
    if (running || !draft.trim()) return;
    onSend(draft, editing ? [] : files.map(({ name, data }) => ({ name, data })));
    setFiles([]);
  };
  const keys = (event) => {
    if (event.isComposing) return; // Enter chooses a character there
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Enter") {
      event.preventDefault(); // not every front end lets the browser do it
      const { selectionStart, selectionEnd } = area.current;
      area.current.setRangeText("\n", selectionStart, selectionEnd, "end");
      onDraft(area.current.value);
    } else if (event.key === "ArrowUp" && !draft && !running) {
      event.preventDefault();
      onUp();
    }
  };
  return (
    <div class="wbc-composer">
      {editing && (
        <p class="wbc-editing">
          Editing turn {editing.turn}: it and what came later go to the archive.{" "}
          <Button class="wbc-small" onClick={onCancel}>
            Cancel
          </Button>
        </p>
      )}
      <textarea
        ref={area}
        rows={2}
        dir="auto"
        aria-label="Message"
        aria-keyshortcuts="Enter Escape"
        placeholder="Say something …"
        value={draft}
        onInput={(event) => onDraft(event.currentTarget.value)}
        onKeyDown={keys}
      />
      <div class="wb-row">
        {running ? (
          <Button danger onClick={onStop}>
            Stop
          </Button>
        ) : (
          <button type="button" class="wb-button wb-main" disabled={!draft.trim()} onClick={send}>
            {editing ? "Send instead" : "Send"}
          </button>
        )}
        {!editing && <Attach files={files} onFiles={setFiles} />}
        <Keys />
      </div>
    </div>
  );
}

function Attach({ files, onFiles }) {
  const { fail } = usePanel();
  const input = useRef(null);
  const take = async (event) => {
    const chosen = [...event.currentTarget.files];
    event.currentTarget.value = "";
    const size = [...chosen, ...files].reduce((sum, each) => sum + each.size, 0);
    if (size > MOST) {
      fail(new Error("More than 8 MB can't be sent from here; wb.ask(..., attach=...) can."));
      return;
    }
    onFiles([...files, ...(await Promise.all(chosen.map(read)))]);
  };
  return (
    <>
      <input ref={input} type="file" multiple hidden onChange={take} />
      <Button class="wb-plain" onClick={() => input.current.click()}>
        Attach …
      </Button>
      {files.map((file, place) => (
        <Button
          key={place}
          class="wbc-small"
          aria-label={`Take ${file.name} away`}
          onClick={() => onFiles(files.filter((each) => each !== file))}
        >
          <bdi>{file.name}</bdi> ×
        </Button>
      ))}
    </>
  );
}

function read(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () =>
      resolve({ name: file.name, size: file.size, data: reader.result.split(",")[1] ?? "" });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

function Keys() {
  return (
    <details class="wbc-keys">
      <summary>Keys</summary>
      <dl>
        <dt>Enter</dt>
        <dd>send</dd>
        <dt>Shift+Enter</dt>
        <dd>new line</dd>
        <dt>↑</dt>
        <dd>in an empty box: edit your last message</dd>
        <dt>Escape</dt>
        <dd>stop the answer; leave editing</dd>
      </dl>
    </details>
  );
}

/** As high as what is in it, up to a third of the screen. */
function fit(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, window.innerHeight / 3)}px`;
}
