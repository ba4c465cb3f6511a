import { blend, clamp, difference, interpolated, interval, keyStep, make, percent, polyline, write } from "./common.js";

const EXACT = { willReadFrequently: true, colorSpace: "srgb" };
const THUMB = 30; // pixels, as in common.css
const SPEED = 0.3; // of the way from one stop to the next, per second
const CALM = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

// The network's label at an amount. Between two amounts of one label each, it changes at the flip, if one is known.
export function labelAt({ amounts, top, flips }, amount) {
  const [index, part] = interval(amounts, amount);
  if (part <= 0 || part >= 1) return top[index + (part >= 1)];
  const flip = flips.find((each) => each > amounts[index] && each <= amounts[index + 1]);
  return top[index + (flip === undefined || top[index] === top[index + 1] ? part >= 0.5 : amount >= flip)];
}

// Where an amount is among the stops, in words.
export function placeAt(stops, amount) {
  const [index, part] = interval(stops.map((each) => each[0]), amount);
  if (part <= 0 || part === 1) return stops[index + part][1];
  const [from, to] = [stops[index][1], stops[index + 1][1]];
  return part < 1 ? `${Math.round(100 * part)} % of the way from ${from} to ${to}` : `beyond ${to}`;
}

// The amount to which a key leads from `now`; undefined for keys that mean nothing here.
export function amountAfter(event, now, first, last) {
  const step = keyStep(event, 0.05, 0.25);
  if (step !== undefined) return now + step * (event.shiftKey ? 0.2 : 1);
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const digit = /^[0-9]$/.test(event.key) && Number(event.key) <= last ? Number(event.key) : undefined;
  return { Home: first, End: last }[event.key] ?? digit;
}

// What the axis says at a flip: where it is, or which label comes next where the places have names instead of numbers.
export const flipText = (data, amount, named) =>
  named ? `becomes ${labelAt(data, amount)}` : `label flips at ${amount.toFixed(2)}`;

// How far the thumb has gone `seconds` after it began to move by itself; with reduced motion, it jumps by quarters.
export function played(from, to, seconds, calm) {
  const way = Math.min(to, from + seconds * SPEED);
  return calm && way < to ? from + Math.floor((way - from) * 4) / 4 : way;
}

// Where labels of these widths go: centered at their shares of the axis, inside the room; a label that would cover
// its neighbor goes a line down. Returns { left, row } for each.
export function arranged(labels, room) {
  const rows = [];
  return labels.map(({ width, at }) => {
    const middle = THUMB / 2 + (room - THUMB) * at;
    const left = Math.min(room - width, Math.max(0, middle - width / 2));
    let row = rows.findIndex((taken) => taken + 14 <= left);
    if (row < 0) row = rows.push(0) - 1;
    rows[row] = left + width;
    return { left, row };
  });
}

async function decode(data) {
  const sheet = make("canvas");
  sheet.width = data.width;
  sheet.height = data.height;
  const context = sheet.getContext("2d", EXACT);
  const bytes = await Promise.all(data.sources.map(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, data.width, data.height).data;
  }));
  const steps = bytes.slice(1).map((next, index) => difference(bytes[index], next));
  return { bytes, steps, out: new ImageData(new Uint8ClampedArray(bytes[0]), data.width, data.height) };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".walk"), find = (name) => root.querySelector(name);
  const canvas = find("canvas"), range = find("input"), verdict = find(".verdict"), label = find(".verdict b");
  const { names, amounts, probabilities, top, stops, places } = data;
  const first = amounts[0], last = amounts[amounts.length - 1];
  const share = (amount) => (amount - first) / (last - first);
  const kind = (column) => (column === data.source ? "source" : column === data.target ? "target" : "other");
  const named = placesNamed(places), play = find(".play"), end = stops.length ? stops[stops.length - 1][0] : last;
  let alive = true, pending = 0, moving, pictures;

  const bars = names.map((name, column) => {
    const bar = make("div", "bar " + kind(column)), fill = make("i"), figure = make("b", "figure");
    bar.append(fill);
    const caption = make("span", "", name);
    caption.title = name;
    return { fill, figure, parts: [caption, figure, bar] };
  });
  find(".bars").replaceChildren(...bars.flatMap((each) => each.parts));
  verdict.classList.toggle("long", Math.max(...top.map((each) => each.length)) > 20);
  root.setAttribute("aria-label", data.label);
  root.style.setProperty("--aspect", data.width / data.height);
  canvas.setAttribute("aria-label", data.label);
  canvas.className = data.crisp ? "crisp" : "";

  const buttons = (data.snap ? stops : []).map(([amount, text]) => {
    const button = make("button", "", text);
    button.type = "button";
    button.onclick = () => go(amount);
    return button;
  });
  find(".jumps").replaceChildren(...buttons);
  drawAxis(find, data, first, last, share);

  const tell = (amount) => {
    const now = interpolated(amounts, probabilities, amount);
    bars.forEach(({ fill, figure }, column) => {
      fill.style.transform = `scaleX(${now[column]})`;
      write(figure, percent(now[column]));
    });
    const word = labelAt(data, amount), column = names.indexOf(word);
    write(label, word);
    label.className = kind(column);
    const place = named ? placeAt(stops, amount) : amount.toFixed(2);
    write(find(".amount b"), named ? "" : place);
    write(find(".amount span"), named ? place : "x the change");
    find(".cursor").style.transform = `translateX(${100 * share(amount)}%)`;
    for (const each of ["source", "target"])
      find(".point." + each).style.transform = `translateY(${100 * (1 - now[data[each]])}%)`;
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", Math.abs(stops[at][0] - amount) < 0.005));
    const two = [data.source, data.target].sort((one, other) => now[other] - now[one]);
    const text = two.map((each) => `${percent(now[each])} ${names[each]}`).join(", ");
    const third = two.includes(column) ? "" : `; the network says ${word}`;
    range.setAttribute("aria-valuetext", `${place}: ${text}${third}`);
  };
  const draw = (frame) => {
    pending = 0;
    const began = performance.now(), amount = Number(range.value);
    if (pictures) {
      const [index, part] = interval(places, amount);
      blend(pictures.out.data, pictures.bytes[index], pictures.steps[index], part);
      canvas.getContext("2d", EXACT).putImageData(pictures.out, 0, 0);
    }
    tell(amount);
    const detail = { amount, frame, milliseconds: performance.now() - began, painted: Boolean(pictures) };
    root.dispatchEvent(new CustomEvent("walkdrawn", { bubbles: true, composed: true, detail }));
  };
  const wake = () => { pending ||= requestAnimationFrame(draw); };
  const go = (amount) => { stop(); range.value = amount; wake(); };
  const stop = () => { moving = undefined; write(play, "Play"); };
  const move = (from, began) => {
    if (!alive || moving !== began) return;
    range.value = played(from, end, (performance.now() - began) / 1000, CALM?.matches);
    if (Number(range.value) >= end) stop();
    else requestAnimationFrame(() => move(from, began));
    wake();
  };
  const start = () => {
    moving = performance.now();
    write(play, "Pause");
    move(Number(range.value) < end ? Number(range.value) : first, moving);
  };

  range.min = first;
  range.max = last;
  range.setAttribute("aria-label", data.label + ": how much of the change");
  if (root.shown !== data.id) {
    root.shown = data.id;
    range.value = data.start;
    canvas.width = data.width;
    canvas.height = data.height;
    root.pictures = decode(data);
    root.plays = data.play && !CALM?.matches;
  }
  root.pictures.then((made) => {
    if (!alive) return;
    pictures = made;
    wake();
    if (!root.plays) return;
    root.plays = false;
    root.scrollIntoView({ block: "nearest", behavior: "smooth" });
    start();
  });
  stop();
  play.onclick = () => (moving === undefined ? start() : stop());
  range.oninput = () => { stop(); wake(); };
  range.onkeydown = (event) => {
    const next = amountAfter(event, Number(range.value), first, last);
    if (next === undefined) return;
    go(next.toFixed(2));
    event.preventDefault();
  };
  tell(Number(range.value));
  const sized = new ResizeObserver(() => [".flips", ".stops"].forEach((each) => arrange(find(each))));
  sized.observe(find(".stops"));
  return () => {
    alive = false;
    cancelAnimationFrame(pending);
    sized.disconnect();
    range.oninput = range.onkeydown = play.onclick = null;
    buttons.forEach((button) => { button.onclick = null; });
  };
}

// Whether the axis has names for its places; else it says how much of one change is applied.
const placesNamed = (places) => places.length !== 2 || places[0] !== 0 || places[1] !== 1;

// Draws what does not move: ticks, their labels, the two curves and the zone beyond the last stop.
function drawAxis(find, data, first, last, share) {
  const { amounts, flips, stops } = data;
  const end = stops.length ? clamp(share(stops[stops.length - 1][0]), 0, 1) : 1;
  const near = (list, place) => list.filter((each) => place(each) >= first && place(each) <= last);
  const marks = near(stops, (each) => each[0]), turns = near(flips, (each) => each);
  find(".track").style.setProperty("--end", `calc(${THUMB / 2}px + (100% - ${THUMB}px) * ${end})`);
  const tick = (name, amount) => {
    const made = make("i", "tick " + name);
    made.style.setProperty("--at", share(amount));
    return made;
  };
  find(".rail").querySelectorAll(".tick").forEach((each) => each.remove());
  find(".track").after(...marks.map(([each]) => tick("stop", each)), ...turns.map((each) => tick("flip", each)));
  const text = (words, amount) => {
    const made = make("span", "", words);
    made.at = share(amount);
    return made;
  };
  find(".stops").replaceChildren(...marks.map(([each, words]) => text(words, each)));
  const named = placesNamed(data.places), flip = (amount) => flipText(data, amount, named);
  const said = (amount, at) => (at && !named ? amount.toFixed(2) : flip(amount));
  find(".flips").replaceChildren(...turns.map((each, at) => text(said(each, at), each)));
  [".flips", ".stops"].forEach((each) => arrange(find(each)));

  const x = (amount) => 1000 * share(amount);
  const line = (name, amount) => `<line class="${name}" x1="${x(amount)}" x2="${x(amount)}" y1="0" y2="100"/>`;
  const level = (y) => `<line class="grid" x1="0" x2="1000" y1="${y}" y2="${y}"/>`;
  const curve = (name) =>
    polyline("curve " + name, amounts.map(x), data.probabilities.map((row) => row[data[name]]));
  find("svg").innerHTML = `<rect class="zone" x="${1000 * end}" y="0" width="${1000 * (1 - end)}" height="100"/>`
    + [0, 50, 100].map(level).join("") + marks.map(([each]) => line("stop", each)).join("")
    + curve("source") + curve("target") + turns.map((each) => line("flip", each)).join("");
  const [source, target] = [data.names[data.source], data.names[data.target]];
  const where = (amount) => (named ? `${flip(amount)} ${placeAt(stops, amount)}` : flip(amount));
  const flipped = turns.map((each) => `; ${where(each)}`).join("");
  find("svg").setAttribute("aria-label", `Probability of ${source} and of ${target} along the way${flipped}`);
  find(".keys").replaceChildren(make("span", "source", source), make("span", "target", target));
  find(".beyond").hidden = end > 0.93;
  find(".beyond").style.left = `${50 * (1 + end)}%`;
}

// Puts the labels of a box under their ticks.
function arrange(box) {
  const labels = [...box.children];
  const places = arranged(labels.map((each) => ({ width: each.offsetWidth, at: each.at })), box.clientWidth);
  places.forEach(({ left, row }, at) => { labels[at].style.transform = `translate(${left}px, ${1.4 * row}em)`; });
  const rows = Math.max(0, ...places.map((each) => each.row + 1));
  box.style.height = 1.4 * rows * 1.1 + "rem";
}
