import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as common from "../../vizlib/ui/widgets/common.js";

const key = (name, more = {}) => ({ key: name, ...more });

test("a probability reads as in Python, case by case", () => {
  const cases = JSON.parse(readFileSync(new URL("percent.json", import.meta.url), "utf-8"));
  assert.ok(cases.length > 15);
  for (const [share, text] of cases) assert.equal(common.percent(share), text, `percent(${share})`);
});

test("a value is found between its neighbors, and beyond the ends in the last interval there", () => {
  const places = [0, 1, 3];
  assert.deepEqual(common.interval(places, 0), [0, 0]);
  assert.deepEqual(common.interval(places, 0.25), [0, 0.25]);
  assert.deepEqual(common.interval(places, 1), [1, 0]);
  assert.deepEqual(common.interval(places, 2), [1, 0.5]);
  assert.deepEqual(common.interval(places, 3), [1, 1]);
  assert.deepEqual(common.interval(places, 5), [1, 2]);
  assert.deepEqual(common.interval(places, -1), [0, -1]);
});

test("probabilities are linear between two places and stay what they are beyond the ends", () => {
  const rows = [[1, 0], [0.5, 0.5], [0, 1]];
  assert.deepEqual(common.interpolated([0, 1, 3], rows, 0.5), [0.75, 0.25]);
  assert.deepEqual(common.interpolated([0, 1, 3], rows, 1), [0.5, 0.5]);
  assert.deepEqual(common.interpolated([0, 1, 3], rows, 2), [0.25, 0.75]);
  assert.deepEqual(common.interpolated([0, 1, 3], rows, 9), [0, 1]);
  assert.deepEqual(common.interpolated([0, 1, 3], rows, -9), [1, 0]);
});

test("pixels are blended, extrapolated, clamped and rounded half to even, and alpha stays", () => {
  const from = Uint8ClampedArray.of(10, 200, 0, 255), to = Uint8ClampedArray.of(13, 0, 255, 7);
  const step = common.difference(from, to), out = Uint8ClampedArray.from(from);
  assert.deepEqual([...step], [3, -200, 255, -248]);
  const at = (share) => {
    common.blend(out, from, step, share);
    return [...out];
  };
  assert.deepEqual(at(0), [10, 200, 0, 255]);
  assert.deepEqual(at(1), [13, 0, 255, 255]);
  assert.deepEqual(at(0.5), [12, 100, 128, 255]); // 11.5 and 127.5 are ties
  assert.deepEqual(at(2), [16, 0, 255, 255]);
  assert.deepEqual(at(-1), [7, 255, 0, 255]);
});

test("arrows and pages move by their steps, and other keys by none", () => {
  for (const name of ["ArrowRight", "ArrowUp"]) assert.equal(common.keyStep(key(name), 2, 10), 2);
  for (const name of ["ArrowLeft", "ArrowDown"]) assert.equal(common.keyStep(key(name), 2, 10), -2);
  assert.equal(common.keyStep(key("PageUp"), 2, 10), 10);
  assert.equal(common.keyStep(key("PageDown"), 2, 10), -10);
  for (const other of [key("a"), key("Tab"), key("ArrowLeft", { altKey: true }), key("ArrowUp", { ctrlKey: true })])
    assert.equal(common.keyStep(other, 2, 10), undefined);
});

test("keys lead to a place inside the list", () => {
  assert.equal(common.keyPlace(key("ArrowRight"), 3, 8, 5), 4);
  assert.equal(common.keyPlace(key("ArrowRight"), 7, 8, 5), 7);
  assert.equal(common.keyPlace(key("PageDown"), 3, 8, 5), 0);
  assert.equal(common.keyPlace(key("Home"), 3, 8, 5), 0);
  assert.equal(common.keyPlace(key("End"), 3, 8, 5), 7);
  assert.equal(common.keyPlace(key("x"), 3, 8, 5), undefined);
  assert.equal(common.keyPlace(key("Home", { metaKey: true }), 3, 8, 5), undefined);
});

test("a curve has its probabilities upside down, as an SVG counts", () => {
  assert.equal(common.polyline("source", [0, 500], [1, 0.25]), '<polyline class="source" points="0,0 500,75"/>');
});
