import { clamp, write } from "./common.js";

const CALLED = "filterscope-map"; // the event, at the document, by which maps tell each other what they show
const WHOLE = { zoom: 1, left: 0, top: 0 }; // how much is shown: the section's corner, in shares of the picture
const LEAST = 8; // pixels of the map that the largest zoom shows along its shorter side
const STEP = 1.5; // of the zoom, for a button or a key
const STILL = 4; // px that the pointer may move in a click
const SHARP = 6; // px: from this size on, the pixels of the picture are shown with hard edges
const RING = 15; // px: a smaller pixel is marked by a ring

// What is written of a value: four digits, and the sign of each where some are negative.
export function numberOf(value, signed) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "infinity" : "-infinity";
  const size = Math.abs(value), sign = value < 0 ? "-" : signed && value > 0 ? "+" : "";
  if (size === 0) return "0";
  return sign + (size < 1e-4 || size >= 1e4 ? size.toExponential(3) : size.toPrecision(4));
}

// The values that Python sent as text: float32, little-endian.
export function floatsOf(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)), view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
}

// The smallest and the largest finite value; zeros if there is none.
export function rangeOf(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 0] : [low, high];
}

// The pixel, of `count` in a row, at this share of the picture, and the share at which a pixel has its middle.
export const pixelAt = (share, count) => clamp(Math.floor(share * count), 0, count - 1);
export const middleOf = (pixel, count) => (pixel + 0.5) / count;

// What a map says of a place [x, y], in shares of the picture. A long unit has a line of its own: see `room` in map_view.py.
export function readingAt({ columns, rows, unit, alone, values, range }, [x, y]) {
  const column = pixelAt(x, columns), row = pixelAt(y, rows);
  const value = values[row * columns + column];
  return `(x ${column}, y ${row}): ${numberOf(value, range[0] < 0)}${alone ? "\n" : " "}${unit}`;
}

const inside = ({ zoom, left, top }) =>
  ({ zoom, left: clamp(left, 0, 1 - 1 / zoom), top: clamp(top, 0, 1 - 1 / zoom) });

// The section after a zoom by `factor`, in which the place [x, y] stays where it is on the screen.
export function zoomed({ zoom, left, top }, factor, [x, y], most) {
  const next = clamp(zoom * factor, 1, most), kept = zoom / next;
  return inside({ zoom: next, left: x - (x - left) * kept, top: y - (y - top) * kept });
}

// The section after a move of the picture by so many shares of its frame.
export const moved = ({ zoom, left, top }, across, down) =>
  inside({ zoom, left: left - across / zoom, top: top - down / zoom });

// The section nearest to this one that shows the place.
export function showing({ zoom, left, top }, [x, y]) {
  const room = 1 / zoom, edge = Math.min(0.1 * room, 0.5 * room);
  const nearest = (start, place) => clamp(start, place - room + edge, place - edge);
  return inside({ zoom, left: nearest(left, x), top: nearest(top, y) });
}

// The pixel to which a key leads from [column, row]; undefined for other keys.
export function reached(event, [column, row], columns, rows) {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const by = event.shiftKey ? 10 : 1;
  const to = {
    ArrowLeft: [column - by, row], ArrowRight: [column + by, row], ArrowUp: [column, row - by], ArrowDown: [column, row + by],
    PageUp: [column, row - 10], PageDown: [column, row + 10], Home: [0, row], End: [columns - 1, row],
  }[event.key];
  return to && [clamp(to[0], 0, columns - 1), clamp(to[1], 0, rows - 1)];
}

// Makes a map one of its group. `first` is what it shows if no other map is there, and `hear` is given what all of them
// show from now on. Each map is in a shadow root of its own, so they meet at `bus`, the document.
export function joined(bus, group, first, hear) {
  let state;
  const heard = ({ detail }) => {
    if (detail.group !== group) return;
    if (detail.ask) detail.ask(state);
    else hear(state = detail.state);
  };
  const send = (detail) => bus.dispatchEvent(new CustomEvent(CALLED, { detail: { group, ...detail } }));
  send({ ask: (theirs) => { state ??= theirs; } });
  bus.addEventListener(CALLED, heard);
  hear(state ??= first);
  return {
    now: () => state,
    tell: (changes) => send({ state: { ...state, ...changes } }),
    leave: () => bus.removeEventListener(CALLED, heard),
  };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".map"), find = (name) => root.querySelector(name);
  const box = find(".box"), image = find("img"), mark = find(".mark");
  const { columns, rows, label } = data, most = Math.max(1, Math.min(columns, rows) / LEAST);
  const values = floatsOf(data.values), map = { ...data, values, range: rangeOf(values) };
  const ends = map.range.map((each) => numberOf(each, map.range[0] < 0)), unit = (data.alone ? "\n" : " ") + data.unit;
  const resting = `from ${ends[0]} to ${ends[1]}${unit}`;

  root.style.setProperty("--aspect", data.width / data.height);
  image.alt = label;
  if (image.src !== data.source) image.src = data.source;
  box.setAttribute("aria-label", `${label}. Arrow keys read the value at a pixel, plus and minus zoom, 0 shows all of it.`);
  write(find("figcaption"), label);
  const longest = `(x ${columns - 1}, y ${rows - 1}): -0.0001234${unit}`;
  root.querySelectorAll(".room").forEach((each, at) => write(each, [longest, resting][at]));

  const draw = ({ zoom, left, top, at, kept }) => {
    const place = at ?? kept, size = zoom * root.wide / columns, near = zoom > 1;
    image.style.transform = near ? `scale(${zoom}) translate(${-100 * left}%, ${-100 * top}%)` : "";
    image.className = data.crisp || zoom * root.wide / data.width >= SHARP ? "crisp" : "";
    box.classList.toggle("near", near);
    find("[data-act=in]").disabled = zoom >= most;
    find("[data-act=out]").disabled = find("[data-act=whole]").disabled = !near;
    write(find(".reading"), place ? readingAt(map, place) : resting);
    mark.hidden = !place;
    if (!place) return;
    const [x, y] = [middleOf(pixelAt(place[0], columns), columns), middleOf(pixelAt(place[1], rows), rows)];
    mark.classList.toggle("ring", size < RING);
    mark.style.cssText = `left: ${100 * zoom * (x - left)}%; top: ${100 * zoom * (y - top)}%; --wide: ${size}px; --high: ${size * columns * data.height / data.width / rows}px`;
  };
  root.wide = box.clientWidth; // read once: to ask for it again would lay out the page for each map that is drawn
  // Streamlit calls this again with new data and does not call what the last call returned.
  root.leave?.();
  const group = joined(document, data.group, root.state ?? { ...WHOLE, at: null, kept: null }, (state) => {
    root.state = state;
    draw(state);
  });
  root.leave = group.leave;
  const { now, tell } = group;

  const under = ({ clientX, clientY }, { zoom, left, top } = now()) => {
    const area = box.getBoundingClientRect();
    const x = left + (clientX - area.left) / area.width / zoom, y = top + (clientY - area.top) / area.height / zoom;
    return [middleOf(pixelAt(x, columns), columns), middleOf(pixelAt(y, rows), rows)];
  };
  const middle = () => [now().left + 0.5 / now().zoom, now().top + 0.5 / now().zoom];
  const zoom = (factor, place = now().at ?? now().kept ?? middle()) => tell(zoomed(now(), factor, place, most));
  const acts = {
    in: () => zoom(STEP),
    out: () => zoom(1 / STEP),
    whole: () => tell(WHOLE),
    full: () => (root.matches(":fullscreen") ? document.exitFullscreen() : root.requestFullscreen()).catch(() => {}),
  };
  root.querySelectorAll("[data-act]").forEach((each) => { each.onclick = acts[each.dataset.act]; });
  find("[data-act=full]").hidden = !document.fullscreenEnabled;

  box.onkeydown = (event) => {
    const act = event.ctrlKey || event.altKey || event.metaKey ? undefined
      : { "+": "in", "=": "in", "-": "out", 0: "whole", f: "full" }[event.key];
    const from = now().kept ?? middle(), here = [pixelAt(from[0], columns), pixelAt(from[1], rows)];
    const to = reached(event, here, columns, rows);
    if (act) acts[act]();
    else if (event.key === "Escape" && now().kept) tell({ at: null, kept: null });
    else if (to) {
      const kept = [middleOf(to[0], columns), middleOf(to[1], rows)];
      tell({ ...showing(now(), kept), at: null, kept });
      write(find(".spoken"), readingAt(map, kept));
    } else return;
    event.preventDefault();
  };

  // A pressed pointer moves an enlarged map; two fingers enlarge it. A click keeps the place until the next one.
  // A map may be drawn again between the press and the release.
  const pressed = root.pressed ??= new Map();
  const spread = () => {
    const [one, two] = [...pressed.values()];
    return { far: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY),
      clientX: (one.clientX + two.clientX) / 2, clientY: (one.clientY + two.clientY) / 2 };
  };
  const drag = (event) => {
    const area = box.getBoundingClientRect(), before = pressed.size === 2 ? spread() : pressed.get(event.pointerId);
    pressed.set(event.pointerId, event);
    const after = pressed.size === 2 ? spread() : event, place = under(before);
    root.way += Math.hypot(after.clientX - before.clientX, after.clientY - before.clientY) + Math.abs((after.far ?? 0) - (before.far ?? 0));
    const larger = pressed.size === 2 ? zoomed(now(), after.far / (before.far || 1), place, most) : now();
    const section = moved(larger, (after.clientX - before.clientX) / area.width, (after.clientY - before.clientY) / area.height);
    tell({ ...section, at: under(event, section) });
  };
  box.onpointerdown = (event) => {
    if (event.button) return;
    if (!pressed.size) root.way = 0;
    pressed.set(event.pointerId, event);
    box.setPointerCapture(event.pointerId);
    tell({ at: under(event) });
  };
  box.onpointermove = (event) => (pressed.has(event.pointerId) ? drag(event) : tell({ at: under(event) }));
  box.onpointerup = (event) => {
    if (!pressed.delete(event.pointerId) || pressed.size || (root.way > STILL && (now().zoom > 1 || event.pointerType === "mouse"))) return;
    const place = under(event), again = now().kept?.every((each, at) => each === place[at]);
    tell({ kept: again ? null : place });
  };
  box.onpointerleave = box.onpointercancel = (event) => {
    pressed.delete(event.pointerId);
    tell({ at: null });
  };
  // Only together with Ctrl, as a pinch on a touchpad sends it: the wheel alone scrolls the page.
  box.onwheel = (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-0.006 * clamp(event.deltaY * (event.deltaMode ? 20 : 1), -60, 60)), under(event));
  };
  root.sized?.disconnect();
  root.sized = new ResizeObserver(() => {
    root.wide = box.clientWidth;
    draw(now());
  });
  root.sized.observe(box);
  return () => {
    root.leave();
    root.sized.disconnect();
  };
}
