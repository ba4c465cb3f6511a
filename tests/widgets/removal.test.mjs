import assert from "node:assert/strict";
import { test } from "node:test";

import { chosenAfter, compose, curvesOf, marked, stepAt, stepSaid, stepsOf } from "../../vizlib/ui/widgets/removal.js";

const PICTURE = [11, 12, 13, 14], FILLED = [21, 22, 23, 24], STEPS = [2, 1, 3, 9];
const composed = (step, bringing) => {
  const out = new Uint32Array(4);
  compose(out, PICTURE, FILLED, STEPS, step, bringing);
  return [...out];
};

test("pixels are removed in their order: none at first, then more, and what is never removed stays", () => {
  assert.deepEqual(composed(0, false), PICTURE);
  assert.deepEqual(composed(1, false), [11, 22, 13, 14]);
  assert.deepEqual(composed(2, false), [21, 22, 13, 14]);
  assert.deepEqual(composed(3, false), [21, 22, 23, 14]);
});

test("pixels are brought in in the same order, over the filled picture", () => {
  assert.deepEqual(composed(0, true), FILLED);
  assert.deepEqual(composed(1, true), [21, 12, 23, 24]);
  assert.deepEqual(composed(3, true), [11, 12, 13, 24]);
});

test("steps of one byte and of two arrive as they were sent", () => {
  const text = (array) => Buffer.from(array.buffer).toString("base64");
  assert.deepEqual([...stepsOf(text(new Uint8Array([1, 255])), 1)], [1, 255]);
  assert.deepEqual([...stepsOf(text(new Uint16Array([1, 256, 65535])), 2)], [1, 256, 65535]);
});

test("the mouse over the chart leads to the nearest step", () => {
  const shares = [0, 0.1, 0.2, 0.6, 1];
  assert.equal(stepAt(shares, -3), 0);
  assert.equal(stepAt(shares, 0.14), 1);
  assert.equal(stepAt(shares, 0.39), 2);
  assert.equal(stepAt(shares, 0.41), 3);
  assert.equal(stepAt(shares, 2), 4);
});

test("a step is told by the share of the pixels", () => {
  const data = { shares: [0, 0.0004, 0.125, 0.25, 1], mode: "removed" };
  const said = [0, 1, 2, 3, 4].map((step) => stepSaid(data, step).replaceAll("\u00a0", " "));
  assert.deepEqual(said, ["0 %", "< 0.1 %", "12.5 %", "25 %", "100 %"].map((part) => `${part} of the pixels removed`));
});

test("one picture to four are shown: a fifth takes the place of the one that was chosen first", () => {
  assert.deepEqual(chosenAfter([0, 1], 2), [0, 1, 2]);
  assert.deepEqual(chosenAfter([3, 1, 0, 2], 5), [1, 0, 2, 5]);
  assert.deepEqual(chosenAfter([0, 1], 0), [1]);
  assert.deepEqual(chosenAfter([1], 1), [1]);
});

const order = (label, reversed = []) => ({ label, curve: [1, 0.5, 0], reversed });
const random = { curve: [1, 0.6, 0], low: [1, 0.5, 0], high: [1, 0.7, 0] };

test("every order has a curve, the chosen ones their control too, and controls are gray", () => {
  const curves = curvesOf({ orders: [order("A", [1, 0.9, 0]), order("B", [1, 0.8, 0]), order("C")], random }, [1, 2]);
  assert.deepEqual(curves.map((each) => each.name), ["Random order", "B, reversed", "A", "B", "C"]);
  assert.deepEqual(curves.filter((each) => each.color === "control").map((each) => each.name), ["Random order", "B, reversed"]);
  assert.deepEqual(curves.map((each) => Boolean(each.dashed)), [false, true, false, false, false]);
  assert.deepEqual(curves.filter((each) => each.chosen).map((each) => each.name), ["B", "C"]);
  assert.deepEqual(curvesOf({ orders: [order("A", [1, 1, 1])], random: null }, []).map((each) => each.name), ["A"]);
});

test("no two of the first 24 orders have both color and shape in common, and a control has the shape of its order", () => {
  const orders = Array.from({ length: 24 }, (_, at) => order(String(at), [1, 1, 1]));
  const curves = curvesOf({ orders, random: null }, [7]), own = curves.filter((each) => !each.dashed);
  assert.equal(new Set(own.map((each) => each.color + each.shape)).size, 24);
  assert.equal(curves.find((each) => each.dashed).shape, own[7].shape);
});

test("the marks of neighboring curves are at other steps, and a short curve has one at each", () => {
  assert.deepEqual(marked(21, 0), [1, 4, 7, 10, 13, 16, 19]);
  assert.deepEqual(marked(21, 1), [0, 3, 6, 9, 12, 15, 18]);
  assert.deepEqual(marked(3, 5), [0, 1, 2]);
});
