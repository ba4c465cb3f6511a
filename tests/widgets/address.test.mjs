// What the browser's history holds when Streamlit changes the link.
import assert from "node:assert/strict";
import { test } from "node:test";

import { oneEntryForEachPage } from "../../vizlib/ui/widgets/address.js";

const HOST = "http://host";

// A browser's history and location, as far as they are used here. `go` does what Streamlit does after a click.
function browser(start) {
  const entries = [start];
  const location = {
    get href() { return HOST + entries.at(-1); },
    get pathname() { return new URL(this.href).pathname; },
  };
  const history = {
    pushState: (state, title, url) => entries.push(url.replace(HOST, "")),
    replaceState: (state, title, url) => { entries[entries.length - 1] = url.replace(HOST, ""); },
  };
  const clicked = oneEntryForEachPage(history, location);
  const go = (...urls) => {
    clicked();
    urls.forEach((url) => history.pushState({}, "", url));
  };
  return { entries, history, go };
}

test("a change of the link on the same page makes no new entry", () => {
  const { entries, go } = browser("/fooling");
  go("/fooling?toward=cat");
  go("/fooling?toward=cat&run=1");
  assert.deepEqual(entries, ["/fooling?toward=cat&run=1"]);
});

test("another page is another entry, and the last one keeps its address", () => {
  const { entries, go } = browser("/fooling?toward=cat");
  go("/fooling", "/fooling?ice_toward=cat", "/thin_ice?ice_toward=cat"); // as Streamlit does it
  assert.deepEqual(entries, ["/fooling?toward=cat", "/thin_ice?ice_toward=cat"]);
});

test("what a page wrote into its own link stays when the visitor goes on", () => {
  const { entries, history, go } = browser("/fooling");
  go("/fooling?run=1");
  history.replaceState({}, "", "/fooling?toward=cat&run=1");
  go("/fooling", "/layers", "/layers?view=x");
  go("/layers", "/filters");
  go("/filters", "/about");
  assert.deepEqual(entries, ["/fooling?toward=cat&run=1", "/layers?view=x", "/filters", "/about"]);
});
