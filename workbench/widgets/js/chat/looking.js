import { useEffect } from "preact/hooks";

/** Milliseconds between two looks. */
const OFTEN = 1000;

/**
 * When the reader comes back to the panel, what was said elsewhere meanwhile is asked for; what
 * happens while the reader is elsewhere is kept in the notebook (leaving does that else).
 */
export function useLooking(root, kernel, talk) {
  useEffect(() => {
    let last = Date.now();
    const look = () => {
      if (kernel.state !== "live" || Date.now() - last < OFTEN || !root.current?.isConnected)
        return;
      last = Date.now();
      kernel.ask("look", { version: talk.past.version }).catch(() => {});
    };
    const entered = ({ relatedTarget }) => {
      if (!root.current.contains(relatedTarget)) look();
    };
    const seen = () => {
      if (document.visibilityState === "visible" && root.current?.offsetParent) look();
    };
    const happened = () => {
      if (!root.current?.contains(document.activeElement)) kernel.ask("settle").catch(() => {});
    };
    const element = root.current;
    const off = kernel.on("past", happened);
    element.addEventListener("focusin", entered);
    element.addEventListener("pointerenter", look);
    document.addEventListener("visibilitychange", seen);
    return () => {
      off();
      element.removeEventListener("focusin", entered);
      element.removeEventListener("pointerenter", look);
      document.removeEventListener("visibilitychange", seen);
    };
  }, []);
}
