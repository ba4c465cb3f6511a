import assert from "node:assert/strict";
import { test } from "node:test";

import { fitted, lines, sceneAfter, sceneOf } from "../../vizlib/ui/widgets/player.js";

test("keys lead to the next scene, the last, the first and the one before, and never out of the lecture", () => {
  const after = (key, more = {}) => sceneAfter({ key, ...more }, 3, 10);
  for (const key of ["ArrowRight", "ArrowDown", "PageDown", " "]) assert.equal(after(key), 4);
  for (const key of ["ArrowLeft", "ArrowUp", "PageUp"]) assert.equal(after(key), 2);
  assert.equal(after(" ", { shiftKey: true }), 2);
  assert.equal(after("Home"), 0);
  assert.equal(after("End"), 9);
  assert.equal(after("x"), undefined);
  assert.equal(after("ArrowRight", { ctrlKey: true }), undefined);
  assert.equal(sceneAfter({ key: "PageDown" }, 9, 10), 9);
  assert.equal(sceneAfter({ key: "PageUp" }, 0, 10), 0);
});

test("an address names a scene by its number, if there is one", () => {
  assert.equal(sceneOf("#3", 10), 2);
  assert.equal(sceneOf("#10", 10), 9);
  for (const hash of ["", "#0", "#11", "#-1", "#x", "#3x", "#1e1"]) assert.equal(sceneOf(hash, 10), undefined);
});

test("pictures stand side by side, up to three in a line, and everything else takes a line of its own", () => {
  const names = (...widgets) => lines(widgets.map((widget) => ({ widget }))).map((row) => row.map((each) => each.widget));
  assert.deepEqual(names("words", "walk_slider"), [["words"], ["walk_slider"]]);
  assert.deepEqual(names("film", "wipe", "words"), [["film", "wipe"], ["words"]]);
  assert.deepEqual(names("film", "sheet", "film"), [["film"], ["sheet"], ["film"]]);
  assert.deepEqual(names("film", "film", "chart", "wipe"), [["film", "film"], ["chart", "wipe"]]);
  assert.deepEqual(names(), []);
});

test("what is too large is made smaller by twentieths, down to the least scale", () => {
  assert.equal(fitted(1, 0.5, () => true), 1);
  assert.ok(Math.abs(fitted(1, 0.5, (scale) => scale < 0.82) - 0.8) < 1e-9);
  assert.ok(fitted(2, 0.5, (scale) => scale < 1.72) > 1.69);
  const tried = [];
  assert.equal(fitted(1, 0.5, (scale) => { tried.push(scale); return false; }), 0.5);
  assert.equal(tried[tried.length - 1], 0.5);
});
