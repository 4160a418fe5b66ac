import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { Gone, Stopped } from "../base/kernel.js";
import { library } from "../base/markdown.jsx";
import { usePanel, With } from "../base/panel.jsx";
import { Composer } from "./composer.jsx";
import { Foot } from "./foot.jsx";
import { Head } from "./head.jsx";
import { useLooking } from "./looking.js";
import { Row } from "./row.jsx";
import { Rows } from "./rows.jsx";
import { Talk } from "./talk.js";
import { Waiting } from "./waiting.jsx";

export function Chat(greeting) {
  const { kernel, fail, say, memory } = usePanel();
  const root = useRef(null);
  const talk = useMemo(() => new Talk(kernel, greeting), []);
  const [, tick] = useState(0);
  const [picks, setPicks] = useState(greeting);
  const [pick, setPick] = useState({ agent: "", model: "" });
  const [editing, setEditing] = useState(null);
  const [draft, setDraft] = useState(memory.get("draft") ?? "");
  const { past } = talk;
  const running = talk.live !== null;

  useEffect(() => {
    library(kernel).catch(fail);
    return talk.begin((event) => {
      tick((n) => n + 1);
      if (event === "past") kernel.ask("picks").then(setPicks, () => {});
    });
  }, []);
  useEffect(() => kernel.on("past", ({ past, ended }) => ended && say(lastSaid(past, talk))), []);
  useEffect(() => {
    memory.set("draft", draft);
  }, [draft]);
  useLooking(root, kernel, talk);

  /** Ask for something that ends in another conversation; a problem is said, the draft comes back. */
  const act = async (verb, given = {}, back = "") => {
    try {
      await kernel.ask(verb, { ...given, ...(TALKING.has(verb) ? pick : {}) });
      return true;
    } catch (problem) {
      if (back) setDraft((now) => now || back);
      if (problem instanceof Gone) talk.live = null;
      if (problem instanceof Stopped) talk.notices.push(STOPPED);
      if (problem instanceof Stopped) say(STOPPED);
      fail(problem);
      tick((n) => n + 1);
      return false;
    }
  };
  const version = past.version;
  const send = async (text, files) => {
    const turn = editing;
    setEditing(null);
    setDraft("");
    if (turn === null) await act("send", { text, files }, text);
    else if (!(await act("resend", { version, turn: turn.turn, text }, text))) setEditing(turn);
  };
  const edit = (row) => {
    setEditing({ turn: row.turn });
    setDraft(row.text);
    root.current.querySelector("textarea").focus();
  };
  const editLast = () => {
    for (let place = past.total - 1; place >= 0; place--) {
      const row = talk.at(place);
      if (!row) return;
      if (row.kind === "message" && row.title === "user") {
        edit(row);
        return;
      }
    }
  };
  const acts = (row) => (
    <TurnEnd
      row={row}
      last={row.turn === past.turns}
      running={running}
      version={version}
      act={act}
    />
  );
  const editor = (row) =>
    row.title === "user" &&
    row.turn &&
    !running && (
      <Button class="wb-plain wbc-small" onClick={() => edit(row)}>
        Edit
      </Button>
    );

  return (
    <With talk={talk}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the whole panel */}
      <div
        ref={root}
        class="wbc"
        data-lm-suppress-shortcuts="true"
        onKeyDown={(event) => {
          if (event.key !== "Escape" || event.isComposing) return;
          if (running) kernel.ask("stop").catch(fail);
          else if (editing) {
            setEditing(null);
            setDraft("");
          }
        }}
      >
        <Head past={past} picks={picks} pick={pick} onPick={setPick} act={act} running={running} />
        <Rows
          label={`Messages of ${past.name}`}
          name={past.name}
          count={talk.count}
          at={(place) => talk.at(place)}
          want={(first, last) => talk.want(first, last)}
          show={(row) => <Row row={row} acts={acts} edit={editor} />}
          stamp={`${version} ${running} ${pick.agent} ${pick.model}`}
          busy={running}
          empty={<p class="wbc-empty wb-quiet">Nothing was said yet.</p>}
        />
        {talk.notices.map((text) => (
          <p key={text} class="wb-hint wbc-notice">
            {text}
          </p>
        ))}
        <Waiting calls={past.waiting} running={running} act={act} />
        <Composer
          draft={draft}
          onDraft={setDraft}
          editing={editing}
          onCancel={() => {
            setEditing(null);
            setDraft("");
          }}
          running={running}
          onSend={send}
          onStop={() => kernel.ask("stop").catch(fail)}
          onUp={editLast}
        />
        <Foot past={past} pick={pick} running={running} />
      </div>
    </With>
  );
}

const TALKING = new Set(["send", "again", "resend", "decide"]);
const STOPPED = "Stopped. The history is as it was before.";

/** What is below the last thing of a turn: what it took, and what can be done from here. */
function TurnEnd({ row, last, running, version, act }) {
  if (row.footer === undefined || row.end === false) return null;
  return (
    <footer class="wbc-turn">
      <span class="wb-quiet">{row.footer}</span>
      {row.end && !running && (
        <span class="wbc-acts">
          {last && (
            <Button class="wb-plain wbc-small" onClick={() => act("again", { version })}>
              Regenerate
            </Button>
          )}
          <Button
            class="wb-plain wbc-small"
            onClick={() => act("fork", { version, turn: row.turn })}
          >
            Fork here
          </Button>
        </span>
      )}
    </footer>
  );
}

/** What a screen reader says when a turn has ended. */
function lastSaid(past, talk) {
  const row = talk.at(past.total - 1);
  if (past.waiting.length) return "A tool waits for your approval.";
  if (row?.title !== "assistant") return "";
  return `Assistant: ${row.text.slice(0, 500)}`;
}
