import { clamp, filmed, make, percent, write } from "./common.js";

const EXACT = { willReadFrequently: true, colorSpace: "srgb" };
const MOST = 4; // pictures side by side
const COLORS = 8; // in removal.css
const PACE = 6000; // milliseconds for the whole way, when it plays by itself
const SHAPES = [ // of the marks on a curve, about 10 px large: color alone would not tell the curves apart
  "M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0Z", "M-4.5-4.5H4.5V4.5H-4.5Z", "M0-5.8L5.6 4.4H-5.6Z", "M0-6.2L6.2 0L0 6.2L-6.2 0Z",
  "M0 5.8L5.6-4.4H-5.6Z", "M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z",
];
const BAR = "M-7-2H7V2H-7Z"; // at the thumb's step, on a curve without marks

// The step, of those with these shares of the pixels, that is nearest to a share.
export function stepAt(shares, share) {
  let best = 0;
  shares.forEach((each, step) => { if (Math.abs(each - share) < Math.abs(shares[best] - share)) best = step; });
  return best;
}

// Writes the picture at a step into `out`, one number for each pixel: what is removed so far is filled, or else what has
// not been brought in yet.
export function compose(out, picture, filled, steps, step, bringing) {
  for (let at = 0; at < out.length; at++) out[at] = (steps[at] <= step) === bringing ? picture[at] : filled[at];
}

// The steps that Python sent as text, of one byte each or of two, little-endian.
export function stepsOf(text, bytes) {
  const found = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return bytes === 1 ? found : Uint16Array.from({ length: found.length / 2 }, (_, at) => found[2 * at] + 256 * found[2 * at + 1]);
}

// The orders whose pictures are shown after number `index` was pressed: at least one of them, and at most four.
export function chosenAfter(chosen, index) {
  const others = chosen.filter((each) => each !== index);
  if (others.length < chosen.length) return others.length ? others : chosen;
  return [...others, index].slice(-MOST);
}

// What is written of a step.
export const stepSaid = ({ shares, mode }, step) => `${part(shares[step])} of the pixels ${mode}`;
const part = (share) => (share === 0 ? "0\u00a0%" : share === 1 ? "100\u00a0%" : percent(share).replace(".0\u00a0", "\u00a0"));

// Which steps carry a mark: about six of a curve, elsewhere on each curve, so that marks on one line can be told apart.
export function marked(count, index) {
  const every = Math.max(1, Math.round((count - 1) / 6)), first = (2 * index + 1) % every;
  return Array.from({ length: count }, (_, step) => step).filter((step) => step % every === first);
}

// All curves of a chart: what they are called, how they are drawn, and their values.
export function curvesOf({ orders, random }, chosen) {
  const look = (index) => ({ color: `c${index % COLORS}`, shape: SHAPES[index % SHAPES.length] });
  const gray = { color: "control", shape: "" };
  return [
    ...(random ? [{ ...gray, name: "Random order", values: random.curve, low: random.low, high: random.high }] : []),
    ...orders.flatMap((each, index) => (each.reversed.length && chosen.includes(index)
      ? [{ ...look(index), ...gray, shape: look(index).shape, name: `${each.label}, reversed`, values: each.reversed, dashed: true, index }] : [])),
    ...orders.map((each, index) => ({ ...look(index), name: each.label, values: each.curve, index, chosen: chosen.includes(index) })),
  ];
}

const spot = ({ shape, dashed }, x, y) =>
  (shape ? `<g transform="translate(${x} ${y})"><path class="${dashed ? "hollow" : "spot"}" d="${shape}"/></g>` : "");

// A curve's line and mark, to stand beside its name.
function keyOf(curve) {
  const key = make("span");
  key.innerHTML = `<svg class="key ${curve.color}" viewBox="0 0 34 16" aria-hidden="true">`
    + (curve.low ? '<rect class="band" width="34" height="16"/>' : "")
    + `<path class="curve${curve.dashed ? " dashed" : ""}" d="M0 8H34"/>${spot(curve, 17, 8)}</svg>`;
  return key.firstChild;
}

async function pixelsOf(source, width, height) {
  const image = new Image(), sheet = make("canvas");
  sheet.width = width;
  sheet.height = height;
  image.src = source;
  await image.decode();
  const context = sheet.getContext("2d", EXACT);
  context.drawImage(image, 0, 0);
  return new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
}

// Draws all that does not move with the thumb: axes, bands, curves and their marks.
function drawChart(svg, data, curves) {
  const width = svg.clientWidth, height = svg.clientHeight, { shares } = data;
  const x = (step) => width * shares[step] / shares[shares.length - 1], y = (value) => height * (1 - value);
  const path = (values) => "M" + values.map((value, step) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("L");
  const level = (share) => `<line class="grid" x1="0" x2="${width}" y1="${y(share)}" y2="${y(share)}"/>`
    + `<text x="-8" y="${y(share)}" dy="0.34em" text-anchor="end">${100 * share} %</text>`;
  const tick = (share) => `<text x="${width * share}" y="${height}" dy="1.35em" text-anchor="middle">${100 * share} %</text>`;
  const band = ({ color, low, high }) =>
    (low ? `<path class="band ${color}" d="${path(high)}L${path(low).slice(1).split("L").reverse().join("L")}Z"/>` : "");
  const line = (each) => `<g class="${each.color}${each.chosen ? " chosen" : ""}"><path class="curve${each.dashed ? " dashed" : ""}" d="${path(each.values)}"/>`
    + (each.shape ? marked(each.values.length, each.index).map((step) => spot(each, x(step), y(each.values[step]))).join("") : "") + "</g>";
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.innerHTML = [0, 0.5, 1].map(level).join("") + (width < 320 ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]).map(tick).join("")
    + curves.map(band).join("") + curves.map(line).join("") + '<g class="here"></g>';
  return { x, y, height };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".removal"), find = (name) => root.querySelector(name);
  const { orders, random, shares, mode, target } = data, last = shares.length - 1, bringing = mode === "brought in";
  const range = find("input"), svg = find(".plot svg"), labels = orders.map((each) => each.label);
  root.setAttribute("aria-label", data.label);
  root.style.setProperty("--aspect", data.width / data.height);
  range.max = last;
  range.setAttribute("aria-label", `${data.label}: how many are ${mode}`);
  write(find(".y"), `Probability of ${target}`);
  write(find(".x"), `Share of the pixels ${mode}`);

  if (String(root.labels) !== String(labels)) root.chosen = labels.map((_, index) => index).slice(0, MOST);
  if (root.shown !== data.id) {
    range.value = clamp(data.start, 0, last);
    root.made = undefined;
    root.steps = orders.map((each) => stepsOf(each.steps, each.bytes));
    root.films = orders.map((each) => each.pictures.map((source) => Object.assign(new Image(), { src: source })));
    Promise.all([data.picture, data.filled].map((each) => pixelsOf(each, data.width, data.height)))
      .then((made) => { if (root.shown === data.id) { root.made = made; root.redraw(); } });
  }
  [root.shown, root.labels] = [data.id, labels];

  const step = () => Number(range.value);
  const looks = curvesOf(data, labels.map((_, index) => index)), look = (index, dashed = false) => looks.find((each) => each.index === index && Boolean(each.dashed) === dashed);
  const buttons = orders.map((each, index) => {
    const button = make("button", "", keyOf(look(index)), make("span", "", each.label));
    button.type = "button";
    button.onclick = () => { root.chosen = chosenAfter(root.chosen, index); arrange(); };
    return button;
  });
  find(".choice").replaceChildren(...(orders.length > 1 ? buttons : []));

  // The table: each order with its control, and last the random order.
  const cell = (control) => make("td", "", make("b"), " ",
    make("small", "", ...(control ? [keyOf(control), make("span", "unseen", "reversed ")] : []), make("span")));
  const fill = ({ firstChild, lastChild }, words, more) => {
    write(firstChild, words);
    write(lastChild.lastChild, more);
  };
  const rowOf = (curve, control, area, more) => {
    const name = Object.assign(make("th", "", make("span", "", keyOf(curve), make("span", "", curve.name))), { scope: "row" });
    const [value, size] = [cell(control), cell(control)];
    fill(size, area.toFixed(3), more);
    return Object.assign(make("tr", "", name, value, size), { curve, control, value });
  };
  const head = (words, more) => Object.assign(make("th", "", words, make("small", "", more)), { scope: "col" });
  find("thead").replaceChildren(make("tr", "", head("Order", ""), head("Probability", "at this step"),
    head("Area under the curve", bringing ? "larger is better" : "smaller is better")));
  const rows = orders.map((each, index) =>
    rowOf(look(index), look(index, true), each.area, each.reversedArea?.toFixed(3) ?? ""));
  if (random) rows.push(rowOf(looks[0], undefined, random.area, ""));
  find("tbody").replaceChildren(...rows);
  root.style.setProperty("--rows", rows.length);

  const paint = ({ canvas, index }) => {
    const film = root.films[index][step()], context = canvas.getContext("2d", EXACT);
    if (film?.complete) return context.drawImage(film, 0, 0, data.width, data.height);
    if (film) film.onload = root.redraw;
    if (!root.made || film) return;
    compose(canvas.numbers, ...root.made, root.steps[index], step(), bringing);
    context.putImageData(canvas.sheet, 0, 0);
  };
  const draw = () => {
    const now = step(), at = (values) => percent(values[now]);
    write(find(".now b"), `Step ${now} of ${last}:`);
    write(find(".now span"), stepSaid(data, now));
    root.views.forEach((view) => {
      const value = at(orders[view.index].curve);
      write(view.figure, value);
      view.canvas.setAttribute("aria-label", `${labels[view.index]}: ${stepSaid(data, now)}, ${value} ${target}`);
      paint(view);
    });
    rows.forEach(({ curve, control, value }) =>
      fill(value, at(curve.values), control ? at(control.values) : curve.low ? `${at(curve.low)} to ${at(curve.high)}` : ""));
    const { x, y, height } = root.place;
    svg.lastChild.innerHTML = `<line class="cursor" x1="${x(now)}" x2="${x(now)}" y1="-8" y2="${height}"/>`
      + root.curves.map((each) => `<g class="${each.color}">${spot({ ...each, shape: each.shape || BAR }, x(now), y(each.values[now]))}</g>`).join("");
    const said = [...orders.map((each) => `${each.label} ${at(each.curve)}`), ...(random ? [`random order ${at(random.curve)}`] : [])];
    range.setAttribute("aria-valuetext", `Step ${now} of ${last}, ${stepSaid(data, now)}. Probability of ${target}: ${said.join(", ")}`);
  };
  const chart = () => {
    root.curves = curvesOf(data, root.chosen);
    root.place = drawChart(svg, data, root.curves);
    const ends = root.curves.map(({ name, values }) => `${name} from ${percent(values[0])} to ${percent(values[last])}`);
    const controls = root.curves.filter((each) => each.color === "control");
    const words = [...new Map(controls.map((each) => [each.dashed ? "the same order reversed" : "random order", each]))];
    find(".controls").replaceChildren(...words.map(([name, each]) => make("span", "", keyOf(each), name)));
    svg.setAttribute("aria-label", `Probability of ${target} over the share of the pixels ${mode}: ${ends.join("; ")}`);
  };
  // Draws the pictures of the chosen orders, and their curves thicker than the others.
  const arrange = () => {
    const chosen = root.chosen = root.chosen.filter((index) => index < orders.length);
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", chosen.includes(index)));
    rows.forEach((row) => row.classList.toggle("chosen", chosen.includes(row.curve.index)));
    root.views = [...chosen].sort((one, other) => one - other).map((index) => {
      const canvas = make("canvas", data.crisp ? "crisp" : ""), figure = make("b");
      canvas.setAttribute("role", "img");
      [canvas.width, canvas.height] = [data.width, data.height];
      canvas.sheet = new ImageData(data.width, data.height);
      canvas.numbers = new Uint32Array(canvas.sheet.data.buffer);
      return { index, canvas, figure, whole: make("figure", "", canvas, make("figcaption", "", make("span", "", labels[index]), keyOf(look(index)), figure)) };
    });
    find(".pictures").style.setProperty("--count", root.views.length);
    find(".pictures").replaceChildren(...root.views.map((each) => each.whole));
    chart();
    draw();
  };
  const player = filmed(root, last, clamp(PACE / last, 40, 400), draw);
  player.stop();
  root.redraw = draw;
  arrange();

  // The chart is a slider too: it follows a pressed pointer.
  const plot = find(".plot");
  const follow = (event) => {
    const area = svg.getBoundingClientRect();
    player.stop();
    range.value = stepAt(shares, shares[last] * (event.clientX - area.left) / area.width);
    draw();
  };
  plot.onpointerdown = (event) => {
    if (event.button) return;
    plot.setPointerCapture(event.pointerId);
    follow(event);
  };
  plot.onpointermove = (event) => { if (plot.hasPointerCapture(event.pointerId)) follow(event); };
  root.sized?.disconnect();
  root.sized = new ResizeObserver(() => { chart(); draw(); });
  root.sized.observe(svg);
  return () => {
    player.stop();
    root.sized.disconnect();
  };
}
