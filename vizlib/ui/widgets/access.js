import { write } from "./common.js";

const EVERY = 10_000; // milliseconds between two announcements of how far a run is
const PAUSE = 60; // milliseconds after a change of the page until it is looked at
const STATUS = ".st-key-status"; // the row in which the runs of a page say how they go: shared/live.py
const DONE = '[data-test-script-state="notRunning"]';

// The roles that Streamlit's own elements lack. A menu of sections is a <ul> of <div>s of <li>s, and a place for files
// has a name although it says that it is for show only.
export function mend(page) {
  for (const menu of page.querySelectorAll('[data-testid="stSidebarNavItems"]:not([role])')) menu.role = "none";
  for (const head of page.querySelectorAll('[data-testid="stNavSectionHeader"]:not([aria-hidden])')) {
    head.parentElement.role = "list";
    head.parentElement.ariaLabel = head.querySelector("p").textContent;
    head.ariaHidden = "true";
  }
  for (const zone of page.querySelectorAll('[data-testid="stFileUploaderDropzone"][role="presentation"]')) zone.role = "group";
}

// What the row says, without the words on its buttons.
export function said(row) {
  const texts = [...row.querySelectorAll('[data-testid="stMarkdownContainer"]')].filter((each) => !each.closest("button"));
  return texts.map((each) => each.textContent.trim()).join(" ").trim();
}

export default function ({ parentElement }) {
  const news = parentElement.querySelector(".news");
  const kept = (news.kept ??= { at: -EVERY, ran: false, focused: null }); // over reruns
  let waiting = 0;
  const tell = (row) => {
    const running = row.querySelector('[class*="st-key-running"]') !== null, words = said(row);
    if (running && (!words || performance.now() - kept.at < EVERY)) return;
    kept.at = running ? performance.now() : -EVERY;
    if (words) write(news, words);
    else if (kept.ran && document.querySelector(DONE)) write(news, "Finished.");
    else return;
    kept.ran = running;
  };
  const look = () => {
    waiting = 0;
    mend(document);
    const row = document.querySelector(STATUS);
    if (!row) return;
    tell(row);
    if (!kept.focused || kept.focused.isConnected || document.activeElement !== document.body) return;
    row.tabIndex = -1; // the button that was pressed there is gone: the next Tab goes on from here
    row.focus({ preventScroll: true });
  };
  const soon = () => { waiting ||= setTimeout(look, PAUSE); }; // also in a tab that is not in front
  const enter = (event) => { kept.focused = event.target.closest?.(STATUS) ? event.target : null; };
  const press = () => { kept.focused = null; }; // a click elsewhere; one on a button is followed by its focus
  const watch = new MutationObserver(soon);
  const state = { attributes: true, attributeFilter: ["data-test-script-state"] };
  watch.observe(document.body, { childList: true, characterData: true, subtree: true, ...state });
  document.addEventListener("focusin", enter);
  kept.focused ??= document.activeElement.closest(STATUS) && document.activeElement; // since before this script came
  document.addEventListener("pointerdown", press, true);
  soon();
  return () => {
    watch.disconnect();
    document.removeEventListener("focusin", enter);
    document.removeEventListener("pointerdown", press, true);
    clearTimeout(waiting);
  };
}
