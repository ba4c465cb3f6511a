import assert from "node:assert/strict";
import { test } from "node:test";

import { amountAfter, arranged, flipText, labelAt, placeAt, played } from "../../vizlib/ui/widgets/walk_slider.js";

const walk = { amounts: [0, 0.5, 1, 2], top: ["cat", "cat", "wolf", "lynx"], flips: [0.62] };
const stops = [[0, "original"], [1, "fooled"], [3, "p = 0.9"]];

test("the label changes exactly at the flip", () => {
  assert.equal(labelAt(walk, 0), "cat");
  assert.equal(labelAt(walk, 0.61), "cat");
  assert.equal(labelAt(walk, 0.62), "wolf");
  assert.equal(labelAt(walk, 0.99), "wolf");
});

test("the label is that of the end beyond it", () => {
  assert.equal(labelAt(walk, -1), "cat");
  assert.equal(labelAt(walk, 5), "lynx");
});

test("without a known flip the label of the nearer amount counts", () => {
  const unknown = { ...walk, flips: [] };
  assert.equal(labelAt(unknown, 0.74), "cat");
  assert.equal(labelAt(unknown, 0.75), "wolf");
});

test("an amount is named after the stops around it", () => {
  assert.equal(placeAt(stops, 0), "original");
  assert.equal(placeAt(stops, 1), "fooled");
  assert.equal(placeAt(stops, 3), "p = 0.9");
  assert.equal(placeAt(stops, 0.25), "25 % of the way from original to fooled");
  assert.equal(placeAt(stops, 2), "50 % of the way from fooled to p = 0.9");
  assert.equal(placeAt(stops, 3.1), "beyond p = 0.9");
});

test("keys move the thumb, digits jump, and Shift makes a fifth of the step", () => {
  const after = (key, more = {}) => amountAfter({ key, ...more }, 1, 0, 3);
  assert.equal(after("ArrowRight"), 1.05);
  assert.equal(after("ArrowRight", { shiftKey: true }), 1.01);
  assert.equal(after("PageDown"), 0.75);
  assert.equal(after("Home"), 0);
  assert.equal(after("End"), 3);
  assert.equal(after("2"), 2);
  assert.equal(after("7"), undefined);
  assert.equal(after("2", { ctrlKey: true }), undefined);
  assert.equal(after("Tab"), undefined);
});

test("labels stand under their ticks, inside the box, and go a line down where they would meet", () => {
  const labels = [{ width: 60, at: 0 }, { width: 40, at: 0.5 }, { width: 40, at: 0.5625 }, { width: 60, at: 1 }];
  assert.deepEqual(arranged(labels, 430), [
    { left: 0, row: 0 }, // it would begin at -15
    { left: 195, row: 0 }, // 15 + 400 / 2 - 40 / 2
    { left: 220, row: 1 },
    { left: 370, row: 0 },
  ]);
});

test("a flip is told by its number, or by the label that comes next where the places have names", () => {
  assert.equal(flipText(walk, 0.62, false), "label flips at 0.62");
  assert.equal(flipText(walk, 0.62, true), "becomes wolf");
});

test("the thumb that moves by itself ends at the last stop, and jumps where motion is to be reduced", () => {
  assert.ok(Math.abs(played(0, 1, 1, false) - 0.3) < 1e-9);
  assert.equal(played(0, 1, 60, false), 1);
  assert.equal(played(0, 1, 1, true), 0.25);
  assert.equal(played(0.5, 1, 0.1, true), 0.5);
  assert.equal(played(0.5, 1, 60, true), 1);
});
