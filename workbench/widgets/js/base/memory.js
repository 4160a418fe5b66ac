/**
 * What a view leaves for the next one of the same panel: a draft, where one was.
 *
 * A front end makes a view anew when a saved output is renewed; the reader must not notice. It is
 * kept beside the script, so it lives as long as the page, and never in the notebook.
 */
const kept = new Map();

export function memory(panel) {
  if (!kept.has(panel)) kept.set(panel, new Map());
  return kept.get(panel);
}
