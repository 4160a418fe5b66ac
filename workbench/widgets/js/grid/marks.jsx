const TERM = /"([^"]+)"?|(\S+)/g;

/** What marks the words and phrases of a search in a text; null for none. As in finding.py. */
export function marker(search) {
  const terms = [...search.matchAll(TERM)].map(([, phrase, word]) => (phrase ?? word).trim());
  const kept = terms.filter((each) => each.replaceAll('"', "")).sort((a, b) => b.length - a.length);
  if (!kept.length) return null;
  const escaped = kept.map((each) => each.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return new RegExp(`(${escaped.join("|")})`, "gi");
}

/** A text in which what was searched is marked; `found`: what wb.search put between ** is, too. */
export function Marked({ text, marks, found = false }) {
  const parts = found ? text.split(/\*\*(.+?)\*\*/) : [text];
  return parts.map((part, place) => {
    if (place % 2) return <mark key={place}>{part}</mark>;
    return marks ? <Words key={place} text={part} marks={marks} /> : part;
  });
}

function Words({ text, marks }) {
  return text
    .split(marks)
    .map((part, place) => (place % 2 ? <mark key={place}>{part}</mark> : part));
}
