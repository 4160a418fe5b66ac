import { useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { Markdown } from "../base/markdown.jsx";
import { usePanel } from "../base/panel.jsx";
import { Beneath } from "./beneath.jsx";
import { Pictures } from "./pictures.jsx";
import { useSmooth } from "./smooth.js";

const NAMES = { user: "You", assistant: "Assistant", system: "System", developer: "Developer" };

/** One thing in the chat; `acts` draws what can be done at the end of its turn. */
export function Row({ row, acts, edit }) {
  return (
    <div class={`wbc-${row.kind} wbc-${known(row.title)}${row.hidden ? " wbc-hidden" : ""}`}>
      {row.hidden && <p class="wbc-mark">Hidden: not sent to the model</p>}
      {row.compaction ? <Summary row={row} /> : <Content row={row} edit={edit} />}
      {row.cut > 0 && <More row={row} />}
      {acts?.(row)}
    </div>
  );
}

const known = (title) => (title in NAMES ? title : "other");

export function Content({ row, edit }) {
  if (row.kind === "message") return <Message row={row} edit={edit} />;
  if (row.kind === "note") {
    return (
      <p class="wb-quiet" dir="auto">
        {row.text}
      </p>
    );
  }
  return <Folded row={row} />;
}

function Message({ row, edit }) {
  const text = useSmooth(row.text, row.growing);
  const mine = row.title !== "assistant";
  return (
    <>
      <header class="wbc-head">
        <span class="wbc-name" dir="auto">
          {NAMES[row.title] ?? row.title}
        </span>
        {row.growing && (
          <span class="wbc-typing" aria-hidden="true">
            ●
          </span>
        )}
        {edit?.(row)}
        {!row.growing && row.text && <Copy text={row.text} />}
      </header>
      {mine ? (
        <div class="wb-plaintext" dir="auto">
          {text}
        </div>
      ) : (
        <Markdown text={text} grows={row.growing || text.length < row.text.length} />
      )}
      <Pictures addresses={row.pictures} />
    </>
  );
}

function Copy({ text }) {
  const { say, fail } = usePanel();
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => say("Copied"),
      () => fail(new Error("The browser does not let this page copy.")),
    );
  return (
    <Button class="wb-plain wbc-small" aria-label="Copy the message" onClick={copy}>
      Copy
    </Button>
  );
}

/** A tool, or what a model thought: one line that opens. */
function Folded({ row }) {
  const tool = row.kind === "tool";
  return (
    <details class="wbc-fold">
      <summary>
        <span class="wbc-kind">{tool ? "Tool" : "Reasoning"}</span>{" "}
        {tool && (
          <code dir="auto" class="wbc-call">
            {row.title}({oneLine(row.text)})
          </code>
        )}{" "}
        {tool && row.output === null && <span class="wb-quiet">no answer yet</span>}
      </summary>
      {tool && row.text && <Part name="Asked" text={pretty(row.text)} />}
      {tool && row.output !== null && (
        <Part name="Answered" text={pretty(row.output) || "(empty)"} />
      )}
      {!tool && <Markdown text={row.text} />}
      <Pictures addresses={row.pictures} />
    </details>
  );
}

function Part({ name, text }) {
  return (
    <figure class="wbc-part">
      <figcaption class="wb-quiet">{name}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys */}
      <pre dir="auto" tabIndex={0} role="region" aria-label={name}>
        {text}
      </pre>
    </figure>
  );
}

/** The mark of a compaction, and what lies under it. */
function Summary({ row }) {
  const [open, setOpen] = useState(false);
  return (
    <section class="wbc-compacted" aria-label="Compacted history">
      <header class="wbc-head">
        <span class="wbc-name">Earlier messages were summarised here</span>
        <Button class="wb-plain wbc-small" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Hide them" : "Look under it"}
        </Button>
      </header>
      {open && <Beneath compaction={row.compaction} />}
      <details class="wbc-fold">
        <summary>The summary</summary>
        <div class="wb-plaintext" dir="auto">
          {row.text}
        </div>
      </details>
    </section>
  );
}

/** What was left out of a long text. */
function More({ row }) {
  const { kernel, fail, talk } = usePanel();
  const whole = () =>
    kernel
      .ask("whole", { version: talk.past.version, place: row.place })
      .then((more) => talk.fill(more), fail);
  return (
    <p>
      <span class="wb-quiet">{row.cut.toLocaleString("en")} more characters. </span>
      {talk && row.place !== undefined && <Button onClick={whole}>Show all</Button>}
    </p>
  );
}

const oneLine = (text) => {
  const short = text.slice(0, 200).replace(/\s+/g, " ");
  return short.length > 80 ? `${short.slice(0, 79)}…` : short;
};

/** JSON with its lines; any other text as it is. */
function pretty(text) {
  if (text.length > 20_000 || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
