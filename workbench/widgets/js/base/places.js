/**
 * Showing a panel in the place of its static form.
 *
 * What a notebook keeps of a panel is plain HTML, which reads well with no kernel and no script. Is
 * there a kernel that knows the panel, its live form takes the place of what the HTML says: in each
 * element of the class `name`, whenever one comes into the page. A saved output that is renewed
 * brings a new element; the panel moves into it as it is, scrolled as it was.
 */
export function inPlaces(name, show) {
  const places = document.getElementsByClassName(name);
  const shown = new Map();

  const look = () => {
    for (const place of places) {
      const root = shown.get(place);
      if (root === undefined) shown.set(place, orphan() ?? made());
      if (shown.get(place).parentNode !== place) settle(place, shown.get(place));
    }
  };
  /** A root whose place has left the page; front ends take places out and bring them back, too. */
  const orphan = () => {
    for (const [place, root] of shown) {
      if (!place.isConnected) {
        shown.delete(place);
        return root;
      }
    }
    return undefined;
  };
  const made = () => {
    const root = document.createElement("div");
    root.addEventListener("scroll", ({ target }) => tops.set(target, target.scrollTop), true);
    keepFocus(root);
    root.hide = show(root);
    return root;
  };

  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true });
  look();
  return () => {
    observer.disconnect();
    for (const [place, root] of shown) {
      root.hide();
      place.replaceChildren(...(saved.get(place) ?? []));
    }
  };
}

/** What stood in a place before: it comes back when the panel is closed. */
const saved = new WeakMap();

/** Where each part of a panel was scrolled to: what leaves the page forgets it. */
const tops = new WeakMap();

/** What has the focus within a panel: leaving the page takes it away, and nobody meant that. */
const focused = new WeakMap();

function keepFocus(root) {
  root.addEventListener("focusin", ({ target }) => focused.set(root, target));
  root.addEventListener("focusout", () => {
    setTimeout(() => {
      if (root.isConnected && !root.contains(document.activeElement)) focused.delete(root);
    });
  });
}

/** Put `root` into `place`, alone, scrolled and with the focus as it was. */
function settle(place, root) {
  const last = focused.get(root);
  if (!saved.has(place)) saved.set(place, [...place.childNodes]);
  place.replaceChildren(root);
  for (const each of root.querySelectorAll("*")) {
    if (tops.has(each)) each.scrollTop = tops.get(each);
  }
  if (last?.isConnected && document.activeElement === document.body) {
    last.focus({ preventScroll: true });
  }
}
