// A page tells when all of its controls are shown.
import assert from "node:assert/strict";
import { test } from "node:test";

import mount, { unfinished } from "../../vizlib/ui/widgets/shown.js";

const page = (skeletons) => ({ querySelector: (words) => (words.includes("stSkeleton") ? skeletons.shift() ?? null : null) });

test("a control whose code is still loaded is a skeleton", () => {
  assert.equal(unfinished(page([{}])), true);
  assert.equal(unfinished(page([])), false);
});

function mounted(skeletons) {
  const timers = new Set(); // Node's mocked intervals cannot be cleared from within
  const acts = {};
  globalThis.setInterval = (look) => {
    timers.add(look);
    return look;
  };
  globalThis.clearInterval = (look) => timers.delete(look);
  globalThis.document = {
    ...page(skeletons),
    addEventListener: (act, listen) => (acts[act] = listen),
    removeEventListener: (act) => delete acts[act],
  };
  const told = [];
  const leave = mount({ setTriggerValue: (...words) => told.push(words) });
  const wait = (looks) => Array.from({ length: looks }, () => [...timers].forEach((look) => look()));
  return { told, leave, wait, acts };
}

test("it tells once, as soon as no skeleton is left", () => {
  const { told, wait, acts } = mounted([{}, {}]);
  wait(2);
  assert.deepEqual(told, []);
  wait(10);
  assert.deepEqual(told, [["shown", true]]);
  assert.deepEqual(acts, {});
});

test("it does not interrupt a visitor who has just clicked, and never tells after it was taken away", () => {
  const { told, leave, wait, acts } = mounted([]);
  acts.pointerdown();
  wait(9);
  assert.deepEqual(told, []);
  wait(1);
  assert.equal(told.length, 1);
  leave();
  const other = mounted([]);
  other.leave();
  other.wait(20);
  assert.deepEqual([other.told, other.acts], [[], {}]);
});
