import { Acts } from "./acts.jsx";
import { Doing, useAsking } from "./asking.jsx";
import { count, Loaded, Scrolling, some, useLoaded } from "./loaded.jsx";

/** Whether it is encrypted, by which key, how that looks, and changing it. */
export function Encryption() {
  const loaded = useLoaded("encryption");
  return (
    <Loaded of={loaded}>{(shown) => <Shown shown={shown} reload={() => loaded.load()} />}</Loaded>
  );
}

const FORMS = {
  empty: "There is nothing in it yet",
  plain: "Plain: whoever can read the store can read it",
  encrypted: "Encrypted",
  mixed: "Mixed: a conversion was not finished, or somebody wrote the other way meanwhile",
};

function Shown({ shown, reload }) {
  const asking = useAsking();
  const act = async (what, verb, given) => {
    await asking.ask(what, verb, given);
    reload(); // stopped or refused, it may be done all the same
  };
  return (
    <>
      <p class="wb-lead">
        <span class={`wb-state wb-state-${shown.form}`}>{FORMS[shown.form]}</span>
      </p>
      <dl class="wb-facts">
        <dt>Items</dt>
        <dd>
          {count(shown.encrypted)} of {count(shown.items)} encrypted, {count(shown.archived)} of all
          in the archive
          {shown.unreadable > 0 && `, ${count(shown.unreadable)} can't be decoded: see Doctor`}
        </dd>
        {shown.keyIds.length > 0 && (
          <>
            <dt>Key id</dt>
            <dd>
              <code>{shown.keyIds.join(", ")}</code>
            </dd>
          </>
        )}
        <dt>A key is taken from</dt>
        <dd>
          <ol class="wb-ways">
            {shown.ways.map(([where, there]) => (
              <li key={where}>
                {where}: {there ? <strong>there is one</strong> : "none"}
              </li>
            ))}
          </ol>
        </dd>
      </dl>
      {shown.sdk > 0 && (
        <p class="wb-hint">
          {some(shown.sdk, "item")} of the SDK's own EncryptedSession: wb.encrypt(…, key,
          from_sdk=True) takes them over.
        </p>
      )}
      {shown.trouble && (
        <p class="wb-problem" dir="auto">
          {shown.trouble}
        </p>
      )}
      {shown.refused ? (
        <p class="wb-hint">{shown.refused}</p>
      ) : (
        <Acts shown={shown} act={act} asking={asking} />
      )}
      <Doing of={asking} />
      <Samples samples={shown.samples} locked={shown.locked !== null} />
    </>
  );
}

/** The newest items, as they are stored and as they read. */
function Samples({ samples, locked }) {
  if (samples.length === 0) return null;
  return (
    <>
      <h3>The newest items, as they are stored and as they read</h3>
      <Scrolling label="Stored and read">
        <table class="wb-table wb-samples">
          <thead>
            <tr>
              <th scope="col">Item</th>
              <th scope="col">Stored</th>
              <th scope="col">Read</th>
            </tr>
          </thead>
          <tbody>
            {samples.map((each) => (
              <tr key={each.number}>
                <th scope="row">
                  {each.number}
                  <span class="wb-quiet wb-size">{count(each.size)} bytes</span>
                </th>
                <td>
                  <code>{each.stored}</code>
                </td>
                <td class="wb-said" dir="auto">
                  {each.plain ?? (
                    <span class="wb-quiet">{locked ? "needs its key" : "can't be read"}</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
    </>
  );
}
