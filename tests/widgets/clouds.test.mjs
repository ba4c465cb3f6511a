import assert from "node:assert/strict";
import { test } from "node:test";

import { glide, placeOf } from "../../vizlib/ui/widgets/clouds.js";

test("points glide to the places of a milestone and arrive there", () => {
  const now = [0, 1000], goal = [1000, 0];
  assert.equal(glide(now, goal, 0.5), false);
  assert.deepEqual(now, [500, 500]);
  let drawings = 1;
  while (!glide(now, goal, 0.5)) drawings++;
  assert.ok(drawings < 15 && Math.abs(now[0] - 1000) < 1);
  assert.equal(glide([3, 4], [700, 20], 1), true, "without motion, they are there at once");
});

test("the corners of a cloud are inside its field, and y goes upwards", () => {
  assert.deepEqual(placeOf([0, 0, 1000, 1000], 0, 1000, 400, 200), [12, 188]);
  assert.deepEqual(placeOf([0, 0, 1000, 1000], 1, 1000, 400, 200), [388, 12]);
});
