import { useState } from "preact/hooks";
import { Button, Field } from "../base/controls.jsx";
import { Doing, useAsking } from "./asking.jsx";
import { Loaded, useLoaded } from "./loaded.jsx";

/** What is known of the session, and what is noted about it. */
export function About() {
  const loaded = useLoaded("about");
  return (
    <Loaded of={loaded}>
      {(shown) => (
        <>
          <dl class="wb-facts">
            {shown.lines.flatMap(([label, value], place) => [
              <dt key={`${place} label`} dir="auto">
                {label}
              </dt>,
              <dd key={`${place} value`} dir="auto">
                {value}
              </dd>,
            ])}
          </dl>
          {shown.unnamed ? (
            <p class="wb-quiet">{shown.unnamed}</p>
          ) : (
            <Notes shown={shown} reload={() => loaded.load()} />
          )}
        </>
      )}
    </Loaded>
  );
}

const list = (text) => [
  ...new Set(
    text
      .split(",")
      .map((each) => each.trim())
      .filter(Boolean),
  ),
];

function Notes({ shown, reload }) {
  const asking = useAsking();
  const [draft, setDraft] = useState({});
  const title = draft.title ?? shown.title;
  const tags = draft.tags ?? shown.tags.join(", ");
  const note = async (event) => {
    event.preventDefault();
    if (asking.running) return;
    if (await asking.ask("Noting", "note", { title, tags: list(tags) })) {
      setDraft({});
      reload();
    }
  };
  const as = (name) => (event) => setDraft({ ...draft, [name]: event.currentTarget.value });
  return (
    <form class="wb-act" onSubmit={note}>
      <h3>Title and tags</h3>
      <p class="wb-quiet">Kept in the workspace in the open, for an encrypted session too.</p>
      <Field label="Title">
        {(id) => <input id={id} dir="auto" maxLength={200} value={title} onInput={as("title")} />}
      </Field>
      <Field label="Tags, with commas between them">
        {(id) => <input id={id} dir="auto" value={tags} onInput={as("tags")} />}
      </Field>
      <div class="wb-row">
        <Button type="submit" class="wb-main" busy={!!asking.running}>
          Note
        </Button>
      </div>
      <Doing of={asking} />
    </form>
  );
}
