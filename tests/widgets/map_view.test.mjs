import assert from "node:assert/strict";
import { test } from "node:test";

import {
  floatsOf, joined, middleOf, moved, numberOf, pixelAt, rangeOf, reached, readingAt, showing, zoomed,
} from "../../vizlib/ui/widgets/map_view.js";

const WHOLE = { zoom: 1, left: 0, top: 0 };
const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-12, `${one} is not ${other}`);
const sent = (...values) => Buffer.from(new Float32Array(values).buffer).toString("base64");

test("a value is written with four digits, and with its sign where some are negative", () => {
  assert.equal(numberOf(0.0123, true), "+0.01230");
  assert.equal(numberOf(0.0123, false), "0.01230");
  assert.equal(numberOf(-0.0123, true), "-0.01230");
  assert.equal(numberOf(0, true), "0");
  assert.equal(numberOf(1234.56, false), "1235");
  assert.equal(numberOf(0.00001234567, true), "+1.235e-5");
  assert.equal(numberOf(-1234567, true), "-1.235e+6");
  assert.equal(numberOf(NaN, true), "not a number");
  assert.equal(numberOf(-Infinity, true), "-infinity");
});

test("the values arrive as they were sent, and a small one beside a large one keeps its four digits", () => {
  const values = floatsOf(sent(12.5, -0.00043217, 1e-20, NaN));
  assert.deepEqual([...values], [...new Float32Array([12.5, -0.00043217, 1e-20, NaN])]);
  assert.equal(numberOf(values[1], true), "-0.0004322");
  assert.equal(numberOf(values[2], true), "+1.000e-20");
});

test("the range is that of the finite values", () => {
  assert.deepEqual(rangeOf([3, -2, NaN, Infinity, 0.5]), [-2, 3]);
  assert.deepEqual(rangeOf([NaN]), [0, 0]);
});

test("a place is read at the pixel under it, and one at the edge belongs to the last pixel", () => {
  const map = { columns: 4, rows: 2, unit: "logit", values: [0, 1, 2, 3, 4, 5, 6, -7], range: [-7, 6] };
  assert.equal(readingAt(map, [0, 0]), "(x 0, y 0): 0 logit");
  assert.equal(readingAt(map, [0.6, 0.4]), "(x 2, y 0): +2.000 logit");
  assert.equal(readingAt(map, [1, 1]), "(x 3, y 1): -7.000 logit");
  assert.equal(readingAt({ ...map, alone: true }, [0.3, 0.9]), "(x 1, y 1): +5.000\nlogit");
  assert.equal(pixelAt(0.9999, 224), 223);
  assert.equal(pixelAt(middleOf(84, 224), 224), 84);
});

test("a zoom keeps the place under the mouse where it is, up to the most, and never shows what is beside the picture", () => {
  const on = ({ zoom, left }, place) => (place - left) * zoom;
  const one = zoomed(WHOLE, 2, [0.25, 0.75], 28);
  assert.deepEqual(one, { zoom: 2, left: 0.125, top: 0.375 });
  near(on(one, 0.25), 0.25);
  near(on(zoomed(one, 3, [0.3, 0.5], 28), 0.3), on(one, 0.3));
  assert.equal(zoomed(one, 100, [0.5, 0.5], 28).zoom, 28);
  assert.deepEqual(zoomed(one, 0.1, [0.3, 0.5], 28), WHOLE);
  assert.deepEqual(zoomed({ zoom: 4, left: 0, top: 0.75 }, 0.5, [0.2, 0.8], 28), { zoom: 2, left: 0, top: 0.5 });
});

test("a pressed mouse takes the picture along, to its edge", () => {
  assert.deepEqual(moved({ zoom: 2, left: 0.25, top: 0.25 }, 0.1, -0.2), { zoom: 2, left: 0.2, top: 0.35 });
  assert.deepEqual(moved({ zoom: 2, left: 0.25, top: 0.25 }, 9, -9), { zoom: 2, left: 0, top: 0.5 });
  assert.deepEqual(moved(WHOLE, 0.3, 0.3), WHOLE);
});

test("the section follows the place that the keys lead to", () => {
  const here = { zoom: 4, left: 0.5, top: 0.5 };
  assert.deepEqual(showing(here, [0.6, 0.6]), here);
  near(showing(here, [0.4, 0.6]).left, 0.375); // a tenth of the section is left between the place and its edge
  near(showing(here, [0.9, 0.6]).left, 0.675);
  assert.deepEqual(showing(WHOLE, [0, 1]), WHOLE);
});

test("the arrow keys lead from pixel to pixel, with Shift ten at once, and stay on the map", () => {
  const to = (key, more = {}) => reached({ key, ...more }, [5, 50], 100, 60);
  assert.deepEqual(to("ArrowLeft"), [4, 50]);
  assert.deepEqual(to("ArrowRight", { shiftKey: true }), [15, 50]);
  assert.deepEqual(to("ArrowLeft", { shiftKey: true }), [0, 50]);
  assert.deepEqual(to("ArrowUp"), [5, 49]);
  assert.deepEqual(to("ArrowDown", { shiftKey: true }), [5, 59]);
  assert.deepEqual(to("PageUp"), [5, 40]);
  assert.deepEqual(to("Home"), [0, 50]);
  assert.deepEqual(to("End"), [99, 50]);
  assert.equal(to("Tab"), undefined);
  assert.equal(to("ArrowLeft", { altKey: true }), undefined);
});

test("what one map is told, every map of its group shows, and no other", () => {
  const bus = new EventTarget(), heard = { a: [], b: [], other: [] };
  const first = { ...WHOLE, at: null, kept: null };
  const a = joined(bus, "maps", first, (state) => heard.a.push(state));
  const b = joined(bus, "maps", first, (state) => heard.b.push(state));
  joined(bus, "twin", first, (state) => heard.other.push(state));
  a.tell({ at: [0.25, 0.5] });
  assert.deepEqual(heard.b.at(-1), { ...first, at: [0.25, 0.5] });
  b.tell({ zoom: 2 });
  assert.deepEqual(heard.a.at(-1), { zoom: 2, left: 0, top: 0, at: [0.25, 0.5], kept: null });
  assert.deepEqual(a.now(), b.now());
  assert.deepEqual(heard.other, [first]);
  b.leave();
  a.tell({ zoom: 3 });
  assert.equal(heard.b.at(-1).zoom, 2);
});

test("each map of a group reads its own value at the pixel that one of them marks", () => {
  const bus = new EventTarget(), said = [];
  const maps = [[0, 1, 2, 3], [0, -10, -20, -30]].map((values, number) => {
    const map = { columns: 2, rows: 2, unit: "logit", values, range: rangeOf(values) };
    return joined(bus, "maps", { ...WHOLE, at: [0, 0] }, ({ at }) => { said[number] = readingAt(map, at); });
  });
  maps[0].tell({ at: [0.75, 0.75] });
  assert.deepEqual(said, ["(x 1, y 1): 3.000 logit", "(x 1, y 1): -30.00 logit"]);
  maps[1].tell({ at: [0.75, 0.25] });
  assert.deepEqual(said, ["(x 1, y 0): 1.000 logit", "(x 1, y 0): -10.00 logit"]);
});

test("a map that comes later shows what the others show, and one that is alone what it is given", () => {
  const bus = new EventTarget();
  const a = joined(bus, "maps", { zoom: 3 }, () => {});
  assert.deepEqual(a.now(), { zoom: 3 });
  a.tell({ zoom: 5 });
  let shown;
  joined(bus, "maps", { zoom: 1 }, (state) => { shown = state; });
  assert.deepEqual(shown, { zoom: 5 });
});
