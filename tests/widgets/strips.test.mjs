import assert from "node:assert/strict";
import { test } from "node:test";

import { place, reached } from "../../vizlib/ui/widgets/strips.js";

const counts = [4, 2, 1]; // the name and three tiles, the name and one, the name alone

test("arrows move along a strip and from strip to strip, and stay on what is there", () => {
  const to = (key, here) => reached({ key }, here, counts);
  assert.deepEqual([to("ArrowRight", [0, 0]), to("ArrowLeft", [0, 0]), to("ArrowRight", [0, 3])], [[0, 1], [0, 0], [0, 3]]);
  assert.deepEqual([to("ArrowDown", [0, 3]), to("ArrowDown", [1, 1]), to("ArrowUp", [0, 2])], [[1, 1], [2, 0], [0, 2]]);
  assert.deepEqual([to("Home", [0, 2]), to("End", [0, 1]), to("PageDown", [0, 1])], [[0, 0], [0, 3], [2, 0]]);
  assert.equal(to("x", [0, 0]), undefined);
  assert.equal(reached({ key: "ArrowDown", ctrlKey: true }, [0, 0], counts), undefined);
});

test("a tile's place on the picture is a share of what sticks out", () => {
  assert.equal(place(0, 0, 3, 5), "0% 0%");
  assert.equal(place(2, 4, 3, 5), "100% 100%");
  assert.equal(place(1, 1, 3, 5), "25% 50%");
  assert.equal(place(0, 0, 1, 1), "0% 0%", "a picture of one tile");
});
