import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../../vizlib/ui/widgets/access.js";

test("what a row says leaves out the words on its buttons, and the spaces around", () => {
  const text = (textContent, button = null) => ({ textContent, closest: () => button });
  const row = { querySelectorAll: () => [text(" 44 of 240, about 14 s left "), text("Stop", {}), text("")] };
  assert.equal(said(row), "44 of 240, about 14 s left");
});
