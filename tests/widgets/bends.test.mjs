import assert from "node:assert/strict";
import { test } from "node:test";

import { stepped, valueAt } from "../../vizlib/ui/widgets/bends.js";

const scale = { high: 3, step: 0.05 };

test("a height of the field is a value in steps, and none is outside the scale", () => {
  assert.deepEqual([0, 0.5, 1, -2, 7].map((height) => valueAt(height, scale)), [3, 1.5, 0, 3, 0]);
  assert.equal(valueAt(0.501, scale), 1.5);
});

test("keys move a point by whole steps and stop at the ends", () => {
  assert.deepEqual([stepped(1, 1, scale), stepped(1, -10, scale), stepped(2.9, 10, scale)], [1.05, 0.5, 3]);
  assert.ok(Number.isNaN(stepped(1, undefined, scale)), "another key is none of the curve's");
});
