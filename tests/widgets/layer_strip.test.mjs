import assert from "node:assert/strict";
import { test } from "node:test";

import { fitting, outside, revealing } from "../../vizlib/ui/widgets/layer_strip.js";

const boxes = [[0, 10], [10, 20], [20, 30], [30, 40], [40, 50]];

test("layers out of view are counted on both sides", () => {
  assert.deepEqual(outside(boxes, 0, 50), [0, 0]);
  assert.deepEqual(outside(boxes, 0, 30), [0, 2]);
  assert.deepEqual(outside(boxes, 12, 34), [1, 2]); // of the boxes cut in two, more than half is to be seen or is not
  assert.deepEqual(outside(boxes, 30, 50), [3, 0]);
});

test("a layer in view moves nothing, one out of view moves the strip as little as needed", () => {
  assert.equal(revealing(100, 300, [200, 210], 40), 100);
  assert.equal(revealing(100, 300, [90, 100], 40), 50);
  assert.equal(revealing(100, 300, [10, 20], 40), 0);
  assert.equal(revealing(100, 300, [390, 400], 40), 140);
});

test("a stage has the longest of its names that fits", () => {
  const widthOf = (text) => 7 * text.length;
  assert.deepEqual([60, 59, 20, 6].map((room) => fitting("blocks.3", room, widthOf)), ["blocks.3", "blocks.3", "3", ""]);
  assert.equal(fitting("layer1", 40, widthOf), "");
});
