import assert from "node:assert/strict";
import { test } from "node:test";

import { bestColumns, widest } from "../../vizlib/ui/widgets/pictures.js";

test("a picture is as wide as its column, or as its row is high", () => {
  assert.equal(widest(6, 1, 3, 900, 2000, 20), 300); // the width bounds it
  assert.equal(widest(6, 1, 3, 900, 400, 20), 180); // 400 / 2 - 20
  assert.equal(widest(6, 2, 3, 2000, 400, 20), 360); // twice as wide as high
});

test("the board has the columns in which its pictures are largest", () => {
  assert.equal(bestColumns(1, 1, 1200, 500, 20), 1);
  assert.equal(bestColumns(2, 1, 1200, 500, 20), 2);
  assert.equal(bestColumns(6, 1, 1200, 500, 20), 3); // 230 px; in six columns they would have 200
  assert.equal(bestColumns(6, 1, 300, 2000, 20), 1); // 300 px; as high as they may be, they would be 313
});
