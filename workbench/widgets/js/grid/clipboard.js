/** Put a text on the clipboard; pages without a secure context know only the old way. */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.style.position = "fixed";
    field.style.opacity = "0";
    const before = document.activeElement;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    before?.focus({ preventScroll: true });
    if (!done) throw new Error("This page may not write to the clipboard.");
  }
}

/** Give a text, in parts, to the reader as a file. */
export function downloaded(parts, name) {
  // The mark says UTF-8 to spreadsheets, which would guess another encoding.
  const blob = new Blob(["\ufeff", ...parts], { type: "text/csv;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
