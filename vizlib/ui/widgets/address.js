import { copied, write } from "./common.js";

const SAID = 2500; // milliseconds during which the button says that the link is copied

// Makes of `history` one entry for each page. Streamlit adds an entry whenever the server changes the link. When a
// visitor changes pages, it first writes the next page's settings behind the last page's path, and "Back" would lead
// to that mixture: so the last page gets back the address that it had when the visitor clicked. `clicked` has to be
// called then.
export function oneEntryForEachPage(history, location) {
  const push = history.pushState.bind(history);
  let before = location.href; // the address at the last click
  let search; // what the server has written into it since then
  history.pushState = (state, title, url) => {
    const next = new URL(url, location.href);
    const same = next.pathname === location.pathname;
    if (!same && search === next.search) history.replaceState(state, title, before);
    search = same ? next.search : undefined;
    if (same) history.replaceState(state, title, url);
    else push(state, title, url);
  };
  return function clicked() {
    before = location.href;
    search = undefined;
  };
}

export default function ({ data, parentElement }) {
  window.filterscopeClicked ??= oneEntryForEachPage(window.history, window.location);
  document.addEventListener("click", window.filterscopeClicked, true); // the same function again adds nothing
  const button = parentElement.querySelector("button");
  const label = button.querySelector("span"), said = parentElement.querySelector(".said");
  let timer;
  const tell = (text) => {
    write(label, text || "Copy link");
    write(said, text);
  };
  button.onclick = async () => {
    const done = await copied(new URL(data?.instead || "", window.location.href).href);
    button.focus();
    tell(done ? "Link copied" : "Copy it from the address bar");
    clearTimeout(timer);
    timer = setTimeout(tell, SAID, "");
  };
  return () => clearTimeout(timer);
}
