import { useState } from "preact/hooks";
import { Button, Picker } from "../base/controls.jsx";
import { capital, count, Loaded, Scrolling, some, useLoaded } from "./loaded.jsx";

const MORE = 100;

/** What the next turn would send, against the window of a model. */
export function Context() {
  const loaded = useLoaded("context");
  const { value, load } = loaded;
  const again = { ...loaded, load: () => load({}) };
  const picker = value && (
    <Picker
      label="Model"
      value={value.picked ?? ""}
      options={value.models}
      onPick={(model) => load({ model })}
    />
  );
  return (
    <Loaded of={again} tools={picker}>
      {(shown) => (
        <>
          <p class="wb-lead">{capital(shown.headline)}</p>
          <Window {...shown} />
          <Bar label="By role" parts={shown.roles.map(asPart)} />
          <Bar label="By item" parts={shown.parts} />
          <Roles roles={shown.roles} />
          <Notes notes={shown.notes} />
          <Items rows={shown.rows} more={shown.more} />
        </>
      )}
    </Loaded>
  );
}

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;

const asPart = ({ role, tokens, share, colour }) => ({
  tokens,
  colour,
  label: `${role}: ${count(tokens)} tokens, ${percent(share)}`,
});

/** How much of the model's window that is. */
function Window({ used, window, tokens, model }) {
  if (used === null) return null; // the sentence above says so
  const text = `${count(tokens)} of ${count(window)} tokens, ${percent(used)}`;
  return (
    <div class="wb-measure">
      <span class="wb-measure-name">Window</span>
      <div
        class={`wb-bar wb-window${used > 0.8 ? " wb-full" : ""}`}
        role="meter"
        aria-label={`Used of the window of ${model}`}
        aria-valuemin={0}
        aria-valuemax={window}
        aria-valuenow={Math.min(tokens, window)}
        aria-valuetext={text}
      >
        <div style={{ width: `max(3px, ${Math.min(100, 100 * used)}%)` }} />
      </div>
      <span class="wb-quiet">{text}</span>
    </div>
  );
}

/** The tables below say the same in text. */
function Bar({ label, parts }) {
  if (parts.length === 0) return null;
  return (
    <div class="wb-measure">
      <span class="wb-measure-name">{label}</span>
      <div class="wb-bar" role="img" aria-label={`${label}, as in the table below`}>
        {parts.map((part, place) => (
          <div
            key={place}
            title={part.label}
            style={{ flexGrow: part.tokens, background: part.colour }}
          />
        ))}
      </div>
    </div>
  );
}

function Colour({ colour }) {
  return <span class="wb-colour" style={{ background: colour }} aria-hidden="true" />;
}

function Roles({ roles }) {
  return (
    <Scrolling label="Tokens by role">
      <table class="wb-table">
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col" class="wb-number">
              Items
            </th>
            <th scope="col" class="wb-number">
              Tokens
            </th>
            <th scope="col" class="wb-number">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {roles.map((each) => (
            <tr key={each.role}>
              <th scope="row">
                <Colour colour={each.colour} />
                {each.role}
              </th>
              <td class="wb-number">{count(each.count)}</td>
              <td class="wb-number">{count(each.tokens)}</td>
              <td class="wb-number">{percent(each.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function Notes({ notes }) {
  if (notes.length === 0) return null;
  return (
    <ul class="wb-notes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

/** What is sent, in order; some at a time. */
function Items({ rows, more }) {
  const [shown, setShown] = useState(MORE);
  return (
    <details class="wb-fold">
      <summary>What is sent, in order ({some(rows.length + more, "part")})</summary>
      <Scrolling label="What is sent, in order">
        <table class="wb-table">
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col" class="wb-number">
                Order
              </th>
              <th scope="col">Text</th>
              <th scope="col" class="wb-number">
                Tokens
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, place) => (
              <tr key={place}>
                <td>
                  <Colour colour={row.colour} />
                  {row.part === "history" ? row.role : row.part}
                </td>
                <td class="wb-number">{row.order ?? ""}</td>
                <td class="wb-text" dir="auto">
                  {row.text || <span class="wb-quiet">{row.type}</span>}
                </td>
                <td class="wb-number">{count(row.tokens)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
      {shown < rows.length && (
        <Button onClick={() => setShown(shown + MORE)}>Show {MORE} more</Button>
      )}
      {shown >= rows.length && more > 0 && (
        <p class="wb-quiet">{count(more)} more are in wb.context(…).frame</p>
      )}
    </details>
  );
}
