// A page tells when all of its controls are shown.
import assert from "node:assert/strict";
import { test } from "node:test";

import mount, { unfinished } from "../../vizlib/ui/widgets/shown.js";

const page = (skeletons) => ({ querySelector: (words) => (words.includes("stSkeleton") ? skeletons.shift() ?? null : null) });

test("a control whose code is still loaded is a skeleton", () => {
  assert.equal(unfinished(page([{}])), true);
  assert.equal(unfinished(page([])), false);
});

test("it tells once, as soon as no skeleton is left, and never after it was taken away", () => {
  const timers = new Set(); // Node's mocked intervals cannot be cleared from within
  globalThis.setInterval = (look) => {
    timers.add(look);
    return look;
  };
  globalThis.clearInterval = (look) => timers.delete(look);
  const wait = (looks) => Array.from({ length: looks }, () => [...timers].forEach((look) => look()));
  globalThis.document = page([{}, {}]);
  const told = [];
  mount({ setTriggerValue: (...words) => told.push(words) });
  wait(2);
  assert.deepEqual(told, []);
  wait(10);
  assert.deepEqual(told, [["shown", true]]);
  mount({ setTriggerValue: (...words) => told.push(words) })();
  wait(10);
  assert.equal(told.length, 1);
});
