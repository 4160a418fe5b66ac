import { useState } from "preact/hooks";
import { Button, Confirmed } from "../base/controls.jsx";
import { Doing, useAsking } from "./asking.jsx";
import { History } from "./history.jsx";
import { Limits, useLimits } from "./limits.jsx";
import { Loaded, some, useLoaded } from "./loaded.jsx";
import { Sides } from "./sides.jsx";

/** Older messages become one summary, and come back when asked. */
export function Compaction() {
  const loaded = useLoaded("compaction");
  return (
    <Loaded of={loaded}>{(shown) => <Shown shown={shown} reload={() => loaded.load()} />}</Loaded>
  );
}

function Shown({ shown, reload }) {
  const limits = useLimits(shown);
  const asking = useAsking();
  const [dry, setDry] = useState(null);
  const busy = asking.running !== null;
  const locked = shown.locked !== null;

  const tryOut = async () => setDry((await asking.ask("Dry run", "dry_run", limits.given)) ?? null);
  const change = async (what, verb, given) => {
    const answer = await asking.ask(what, verb, given);
    if (answer) setDry(null);
    reload(); // stopped or refused, it may be done all the same
  };

  return (
    <>
      <p class="wb-lead">
        {some(shown.count, "message")}.{" "}
        {shown.on ? `Compacted by itself ${shown.limits}.` : "Not compacted by itself."}
        {shown.summaryModel && ` Summaries by ${shown.summaryModel}.`}
      </p>
      {locked && <p class="wb-hint">{shown.locked}</p>}
      <Limits limits={limits} />
      <div class="wb-row">
        <Button busy={busy} disabled={locked} onClick={() => busy || tryOut()}>
          Dry run
        </Button>
        <Button
          class="wb-main"
          busy={busy}
          disabled={locked}
          onClick={() => busy || change("Compacting", "compact", limits.given)}
        >
          Compact now
        </Button>
        <Button
          busy={busy}
          disabled={locked || shown.unnamed !== null}
          onClick={() => busy || change("Remembering", "keep", limits.given)}
        >
          {shown.on ? "Remember these limits" : "Switch on, with these limits"}
        </Button>
        {shown.on && (
          <Button
            busy={busy}
            disabled={locked || shown.unnamed !== null}
            onClick={() => busy || change("Switching off", "keep", { max_messages: 0 })}
          >
            Switch off
          </Button>
        )}
      </div>
      {shown.unnamed && <p class="wb-quiet">{shown.unnamed}</p>}
      <Doing of={asking} />
      {dry && <Sides {...dry} />}
      <h3>Compactions until now</h3>
      {shown.history.length === 0 ? (
        <p class="wb-quiet">Nothing was compacted.</p>
      ) : (
        <>
          <Confirmed
            label="Undo the last one"
            question="Put its originals back in place of its summary?"
            disabled={locked}
            onYes={() => busy || change("Undoing", "undo")}
          />
          <History compactions={shown.history} />
        </>
      )}
    </>
  );
}
