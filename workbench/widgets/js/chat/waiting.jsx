import { useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";

/** The calls of tools that wait for the reader. */
export function Waiting({ calls, running, act }) {
  if (!calls.length || running) return null;
  return (
    <section class="wbc-waiting" aria-label="Waiting for your approval">
      {calls.map((call) => (
        <Call key={call.call_id} call={call} act={act} />
      ))}
    </section>
  );
}

function Call({ call, act }) {
  const [always, setAlways] = useState(false);
  const [message, setMessage] = useState("");
  const begun = call.status === "started";
  const decide = (approve) =>
    act("decide", { call_id: call.call_id, approve, always, again: begun, message });
  return (
    <div class="wbc-asked" role="group" aria-label={`Approve ${call.tool}?`}>
      <p>
        <strong dir="auto">{call.agent ?? "The agent"}</strong> wants to call{" "}
        <code dir="auto">{call.tool}</code>
        {call.status === "approved" || call.status === "rejected" ? ` (${call.status})` : ""}
        {begun && ": it was begun before and has not ended; it may have done its work already"}
      </p>
      {call.arguments && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys
        <pre dir="auto" tabIndex={0} role="region" aria-label="Arguments">
          {call.arguments.slice(0, 5000)}
        </pre>
      )}
      {call.call_id ? (
        <div class="wb-row">
          <button type="button" class="wb-button wb-main" onClick={() => decide(true)}>
            {begun ? "Approve again" : "Approve"}
          </button>
          <Button danger onClick={() => decide(false)}>
            Reject
          </Button>
          <input
            aria-label="What the model is told of a rejection"
            placeholder="Reason of a rejection (optional)"
            dir="auto"
            value={message}
            onInput={(event) => setMessage(event.currentTarget.value)}
          />
          <label class="wbc-check">
            <input
              type="checkbox"
              checked={always}
              onChange={(event) => setAlways(event.currentTarget.checked)}
            />{" "}
            Always in this run
          </label>
        </div>
      ) : (
        <p class="wb-quiet">What waits is encrypted: its key is not known here.</p>
      )}
    </div>
  );
}
