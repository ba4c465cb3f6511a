import assert from "node:assert/strict";
import { test } from "node:test";

import { corner, layout, numbered, reached } from "../../vizlib/ui/widgets/sheet.js";

// Two rows of three tiles, 20 x 10 pixels with gaps of 2; the last place is empty.
const sheet = { columns: 3, tileWidth: 20, tileHeight: 10, gap: 2, labels: [..."abcde"] };

test("tiles fill the width in whole pixels and keep their shape", () => {
  assert.deepEqual(layout(sheet, 305), { columns: 3, across: 100, down: 50, width: 304, height: 102 });
});

test("in a narrow window there are fewer columns, so that no tile is less than 40 pixels wide", () => {
  const many = { ...sheet, columns: 12, tileHeight: 20, labels: Array(64).fill("") };
  for (const width of [320, 342, 390, 500, 838, 1480]) {
    const placed = layout(many, width);
    assert.ok(placed.across >= 40 && placed.width <= width && placed.columns <= 12, `${width}`);
  }
  assert.equal(layout(many, 342).columns, 8);
  assert.equal(layout(many, 838).columns, 12);
});

test("tiles without gaps are one picture that keeps its columns and fills the width", () => {
  const placed = layout({ ...sheet, gap: 0, columns: 31 }, 340);
  assert.deepEqual([placed.columns, placed.width], [31, 340]);
});

test("tiles stand in rows", () => {
  const placed = layout(sheet, 305);
  assert.deepEqual([0, 2, 3].map((index) => corner(placed, 2, index)), [[0, 0], [204, 0], [0, 52]]);
});

test("arrows move within a row and between rows, and stay where there is no tile", () => {
  const to = (key, here) => reached({ key }, here, 5, 3);
  assert.deepEqual([to("ArrowRight", 0), to("ArrowLeft", 1), to("ArrowDown", 1), to("ArrowUp", 4)], [1, 0, 4, 1]);
  assert.deepEqual([to("ArrowDown", 2), to("ArrowUp", 1), to("ArrowRight", 4)], [2, 1, 4]);
  assert.deepEqual([to("Home", 3), to("End", 0), to("x", 2)], [0, 4, undefined]);
  assert.equal(reached({ key: "ArrowDown", ctrlKey: true }, 0, 5, 3), undefined);
});

test("a tile is found by its number, wherever it stands", () => {
  const labels = ["channel 12 · mean 3", "channel 3 · mean 12", "channel 123"];
  assert.deepEqual(["3", "12", "123", "1"].map((each) => numbered(labels, each)), [1, 0, 2, -1]);
});
