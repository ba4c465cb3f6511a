import assert from "node:assert/strict";
import { test } from "node:test";

import { tileAt, tileBox } from "../../vizlib/ui/widgets/sheet.js";

// Two rows of three tiles, 20 x 10 pixels with gaps of 2; the last place is empty.
const sheet = { columns: 3, tileWidth: 20, tileHeight: 10, gap: 2, width: 64, height: 22, labels: [..."abcde"] };

test("a point of the sheet is on one tile", () => {
  assert.equal(tileAt(sheet, 0, 0), 0);
  assert.equal(tileAt(sheet, 21, 5), 0); // in the gap
  assert.equal(tileAt(sheet, 22, 5), 1);
  assert.equal(tileAt(sheet, 63, 9), 2);
  assert.equal(tileAt(sheet, 30, 15), 4);
});

test("a point beside the tiles is on none", () => {
  for (const [x, y] of [[50, 15], [-1, 0], [0, -1], [66, 0], [0, 30]]) assert.equal(tileAt(sheet, x, y), -1);
});

test("the middle of a tile's box is on that tile", () => {
  sheet.labels.forEach((_, index) => {
    const { left, top, width, height } = tileBox(sheet, index);
    const [x, y] = [(left + width / 2) / 100 * sheet.width, (top + height / 2) / 100 * sheet.height];
    assert.equal(tileAt(sheet, x, y), index);
  });
  assert.deepEqual(tileBox(sheet, 4), { left: 34.375, top: 12 / 22 * 100, width: 31.25, height: 10 / 22 * 100 });
});
