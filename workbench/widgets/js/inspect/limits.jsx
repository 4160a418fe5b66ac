import { useState } from "preact/hooks";
import { Field } from "../base/controls.jsx";

const USUAL = 20;

/** Where a compaction begins and what it leaves, in messages; half of the one is the other. */
export function useLimits({ count, maxMessages, keepLast }) {
  const [changed, change] = useState({});
  const most = changed.most ?? maxMessages ?? USUAL;
  const chosen = changed.kept ?? keepLast;
  const kept = chosen === null ? Math.floor(most / 2) : Math.min(chosen, Math.max(1, most - 1));
  const given = chosen === null ? { max_messages: most } : { max_messages: most, keep_last: kept };
  return { most, kept, given, reach: Math.max(2 * USUAL, count, most), changed, change };
}

export function Limits({ limits: { most, kept, reach, changed, change } }) {
  return (
    <div class="wb-limits">
      <Limit
        label="Compact above (max_messages)"
        value={most}
        least={2}
        most={reach}
        onChange={(value) => change({ ...changed, most: value })}
      />
      <Limit
        label="Newest that stay (keep_last)"
        value={kept}
        least={1}
        most={most - 1}
        onChange={(value) => change({ ...changed, kept: value })}
      />
    </div>
  );
}

/** A slider, and a field for the number beside it, which may go further. */
function Limit({ label, value, least, most, onChange }) {
  const take = ({ currentTarget }) => {
    const number = Math.round(Number(currentTarget.value));
    if (number >= least && number <= 1_000_000) onChange(number);
    else currentTarget.value = value;
  };
  return (
    <Field label={label}>
      {(id) => (
        <div class="wb-limit">
          <input id={id} type="range" min={least} max={most} value={value} onInput={take} />
          <input
            type="number"
            aria-label={`${label}, as a number`}
            min={least}
            value={value}
            onChange={take}
          />
        </div>
      )}
    </Field>
  );
}
