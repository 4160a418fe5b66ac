import { capital, count } from "./loaded.jsx";

/** A dry run: the conversation as it is, beside what a compaction would leave of it. */
export function Sides({ headline, figures, empty, before, after }) {
  return (
    <section class="wb-dry" aria-label="Dry run">
      <p class="wb-lead">
        {capital(headline)}.{figures && <span class="wb-quiet"> {figures}</span>}
      </p>
      {!empty && (
        <div class="wb-sides">
          <Side title="Before" {...before} />
          <Side title="After" {...after} />
        </div>
      )}
    </section>
  );
}

function Side({ title, head, between, tail }) {
  return (
    <section class="wb-side" aria-label={title}>
      <h4>{title}</h4>
      <ol>
        {head.map(asLine)}
        {between > 0 && <li class="wb-quiet">… {count(between)} more …</li>}
        {tail.map(asLine)}
      </ol>
    </section>
  );
}

const asLine = ({ role, type, text, taken }, place) => (
  <li key={place} class={taken ? "wb-taken" : role === "summary" ? "wb-summary" : ""}>
    <span class="wb-role">
      {role || type}
      {taken && <span class="wb-unseen"> (goes into the summary)</span>}
    </span>
    <span class="wb-said" dir="auto">
      {text || type}
    </span>
  </li>
);
