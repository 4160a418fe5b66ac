import { useRef, useState } from "preact/hooks";
import { Button, Confirmed } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";
import { sendOnEnter, useFocusOn } from "./focus.js";
import { Tags } from "./sidebar.jsx";

/** What session is chosen, and what can be done with it as a whole. */
export function Heading({ name, session, sessions, onChanged }) {
  const { kernel, fail, say } = usePanel();
  const [form, setForm] = useState(null);
  const head = useRef(null);
  useFocusOn(head, form, (now, before) => (now ? "form input" : `[data-form="${before}"]`));
  const doing = async (verb, given, then) => {
    try {
      await then(await kernel.ask(verb, given));
      setForm(null);
    } catch (problem) {
      fail(problem);
    }
  };
  const removed = async (left) => {
    say(`Session ${name} is deleted.`);
    if (left) fail(new Error(left));
    await onChanged(null);
  };
  return (
    <header class="wb-app-heading" ref={head}>
      <div class="wb-app-title">
        <h2 dir="auto">{session?.title || name}</h2>
        <span class="wb-quiet">
          {session?.title && <bdi>{name}</bdi>} {session && <bdi>{session.store}</bdi>}
        </span>
        {session && <Tags tags={session.tags} />}
      </div>
      <div class="wb-row">
        <Button
          data-form="fork"
          aria-expanded={form === "fork"}
          onClick={() => setForm(form === "fork" ? null : "fork")}
        >
          Fork
        </Button>
        <Button
          data-form="note"
          aria-expanded={form === "note"}
          disabled={!session}
          onClick={() => setForm(form === "note" ? null : "note")}
        >
          Title and tags
        </Button>
        <Confirmed
          key={name}
          label="Delete"
          question={`Delete ${name} for good?`}
          onYes={() => doing("delete", { name }, removed)}
        />
      </div>
      {form === "fork" && (
        <Fork
          key={name}
          onFork={(made) => doing("fork", { name, new: made }, onChanged)}
          onClose={() => setForm(null)}
        />
      )}
      {form === "note" && session && (
        <Note
          key={name}
          session={session}
          onNote={(given) => doing("note", { name, ...given }, () => sessions.refresh())}
          onClose={() => setForm(null)}
        />
      )}
    </header>
  );
}

function Fork({ onFork, onClose }) {
  const [name, setName] = useState("");
  const send = (event) => {
    event.preventDefault();
    onFork(name);
  };
  return (
    <form class="wb-row" aria-label="Fork" onKeyDown={sendOnEnter} onSubmit={send}>
      <input
        aria-label="Name of the fork"
        placeholder="Name of the fork (or none)"
        dir="auto"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <Button class="wb-main" type="submit">
        Make the fork
      </Button>
      <Button onClick={onClose}>Cancel</Button>
    </form>
  );
}

function Note({ session, onNote, onClose }) {
  const [title, setTitle] = useState(session.title ?? "");
  const [tags, setTags] = useState(session.tags.join(", "));
  const send = (event) => {
    event.preventDefault();
    const words = tags.split(",").map((each) => each.trim());
    onNote({ title, tags: words.filter(Boolean) });
  };
  return (
    <form class="wb-row" aria-label="Title and tags" onKeyDown={sendOnEnter} onSubmit={send}>
      <input
        aria-label="Title"
        placeholder="Title"
        dir="auto"
        value={title}
        onInput={(event) => setTitle(event.currentTarget.value)}
      />
      <input
        aria-label="Tags, with commas"
        placeholder="Tags, with commas"
        dir="auto"
        value={tags}
        onInput={(event) => setTags(event.currentTarget.value)}
      />
      <Button class="wb-main" type="submit">
        Save
      </Button>
      <Button onClick={onClose}>Cancel</Button>
    </form>
  );
}
