import assert from "node:assert/strict";
import { test } from "node:test";

import { beside, tilePlace, toward } from "../../vizlib/ui/widgets/points.js";

const xs = [0, 0.5, 1, 0.5], ys = [0.5, 0.5, 0.4, 1];
const to = (key, here) => toward({ key }, xs, ys, here);

test("arrow keys lead to the nearest picture in their direction, and stay where there is none", () => {
  assert.deepEqual([to("ArrowRight", 0), to("ArrowRight", 1), to("ArrowUp", 1), to("ArrowDown", 3)], [1, 2, 3, 1]);
  assert.deepEqual([to("ArrowLeft", 0), to("ArrowUp", 3)], [0, 3]);
  assert.deepEqual([to("Home", 2), to("End", 0), to("x", 1)], [0, 3, undefined]);
  assert.equal(toward({ key: "ArrowUp", ctrlKey: true }, xs, ys, 1), undefined);
});

test("a tile of the sheet is found by its row and column", () => {
  assert.deepEqual([tilePlace(0, 5, 3), tilePlace(6, 5, 3), tilePlace(14, 5, 3)], ["0% 0%", "25% 50%", "100% 100%"]);
  assert.equal(tilePlace(0, 1, 1), "0% 0%");
});

test("the card of a picture stays inside the window", () => {
  assert.deepEqual(beside(100, 300, 200, 120, 1280, 720), [116, 240]);
  assert.deepEqual(beside(1200, 10, 200, 120, 1280, 720), [984, 4]);
});
