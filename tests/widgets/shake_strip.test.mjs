import assert from "node:assert/strict";
import { test } from "node:test";

import { columnAt, spacing } from "../../vizlib/ui/widgets/shake_strip.js";

test("the mouse is over one of the columns, also at the edges", () => {
  assert.equal(columnAt(0, 200, 10), 0);
  assert.equal(columnAt(19.9, 200, 10), 0);
  assert.equal(columnAt(20, 200, 10), 1);
  assert.equal(columnAt(200, 200, 10), 9);
  assert.equal(columnAt(-5, 200, 10), 0);
  assert.equal(columnAt(500, 200, 10), 9);
});

test("as many settings are written as fit", () => {
  assert.equal(spacing(24, 5, 150), 1); // 5 words of 24 + 6 pixels
  assert.equal(spacing(24, 5, 149), 2);
  assert.equal(spacing(26, 20, 400), 2); // 20 words of 26 + 14 pixels
  assert.equal(spacing(26, 20, 800), 1);
});
