/** Bars of seconds, tokens, bytes and cost: small, drawn from numbers; the table says the same. */
export function Bars({ titles, measures }) {
  return (
    <div class="wb-bars">
      {PLOTS.filter(({ parts }) => measures.some((each) => sum(each, parts) > 0)).map((plot) => (
        <Plot key={plot.name} titles={titles} measures={measures} {...plot} />
      ))}
    </div>
  );
}

const PLOTS = [
  { name: "Seconds", parts: ["load", "model", "save", "other"], text: (n) => `${places(n, 2)} s` },
  { name: "Tokens", parts: ["input", "output"], text: (n) => places(n, 0) },
  { name: "Bytes stored", parts: ["bytes"], text: (n) => places(n, 0) },
  { name: "Cost", parts: ["cost"], text: (n) => `$${Number(n.toPrecision(2))}` },
];

const places = (n, digits) => n.toLocaleString("en-US", { maximumFractionDigits: digits });

const sum = (each, parts) => parts.reduce((all, part) => all + (each[part] ?? 0), 0);

const isKnown = (each, parts) => parts.some((part) => each[part] != null);

function Plot({ name, parts, text, titles, measures }) {
  const most = Math.max(...measures.map((each) => sum(each, parts)));
  const told = titles.map((title, place) => {
    const each = measures[place];
    return `${title}: ${isKnown(each, parts) ? text(sum(each, parts)) : "not known"}`;
  });
  return (
    <figure class="wb-plot" role="img" aria-label={`${name}. ${told.join(", ")}.`}>
      <figcaption>
        {name}
        {parts.length > 1 && <Legend parts={parts} />}
      </figcaption>
      {titles.map((title, place) => (
        <div class="wb-plot-bar" key={title}>
          <bdi dir="auto" title={title}>
            {title}
          </bdi>
          <Bar each={measures[place]} parts={parts} most={most} />
          <span>
            {isKnown(measures[place], parts) ? text(sum(measures[place], parts)) : "not known"}
          </span>
        </div>
      ))}
    </figure>
  );
}

function Bar({ each, parts, most }) {
  let begin = 0;
  return (
    <svg aria-hidden="true" height="12" width="100%">
      {parts.map((part, place) => {
        const width = (100 * (each[part] ?? 0)) / most;
        const x = begin;
        begin += width;
        return (
          <rect key={part} class={`wb-part${place}`} x={`${x}%`} width={`${width}%`} height="12" />
        );
      })}
    </svg>
  );
}

function Legend({ parts }) {
  return (
    <span class="wb-legend">
      {parts.map((part, place) => (
        <span key={part}>
          <svg aria-hidden="true" width="10" height="10">
            <rect class={`wb-part${place}`} width="10" height="10" />
          </svg>
          {part}
        </span>
      ))}
    </span>
  );
}
