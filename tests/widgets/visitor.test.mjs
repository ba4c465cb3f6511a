// The cookie by which a visitor is known again.
import assert from "node:assert/strict";
import { test } from "node:test";

import { valueOf, written } from "../../vizlib/ui/widgets/visitor.js";

test("a cookie is found among others, and none that only begins alike", () => {
  assert.equal(valueOf("a=1; visitor=abc; b=2", "visitor"), "abc");
  assert.equal(valueOf("visitor_2=abc", "visitor"), undefined);
  assert.equal(valueOf("", "visitor"), undefined);
});

test("it holds for all pages of the dashboard, and on https for https only", () => {
  const at = (protocol, pathname) => written("visitor", "abc", { protocol, pathname });
  assert.match(at("http:", "/fine_tune"), /^visitor=abc; Path=\/; Max-Age=2592000; SameSite=Lax$/);
  assert.match(at("https:", "/lab/fine_tune"), /Path=\/lab\/;.*; Secure$/);
});
