"""What the shake strip is made of in the browser."""

HTML = """
<section class="shake">
  <div class="legend"></div>
  <div class="plot" role="slider" tabindex="0"><div class="rows"></div><div class="cursor"></div></div>
  <div class="axis"></div>
  <p class="unit"></p>
  <div class="now"></div>
</section>
"""

CSS = """
.shake { font-family: var(--st-font); color: var(--st-text-color); --source: #3d7fb8; --target: #d9822b;
  --other: #7d8590; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.6rem; font-size: 1.05rem; margin-bottom: 0.5rem; }
.legend i { display: inline-block; width: 1.1rem; height: 1.1rem; border-radius: 3px; margin-right: 0.45rem;
  vertical-align: -0.15rem; }
.plot { position: relative; cursor: crosshair; outline-offset: 4px; border-radius: 4px; touch-action: pan-y; }
.plot:focus-visible { outline: 3px solid var(--st-primary-color); }
.name { font-weight: 600; font-size: 1.05rem; margin: 0.55rem 0 0.2rem; }
.curves { display: block; width: 100%; height: 74px; overflow: visible; }
.box { position: relative; padding-right: 3.2rem; }
.box span { position: absolute; right: 0; font-size: 0.85rem; opacity: 0.85; line-height: 1; }
.box span:first-of-type { top: -0.4rem; }
.box span:last-of-type { bottom: -0.1rem; }
.cells, .axis { margin-right: 3.2rem; }
.curves line { stroke: var(--st-border-color, #8888); stroke-width: 1; vector-effect: non-scaling-stroke; }
.curves polyline { fill: none; stroke-width: 3; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.cells { display: flex; height: 30px; border-radius: 4px; overflow: hidden; }
.cells b { flex: 1; }
.source { background: var(--source); }
.target { background: var(--target); }
.other { background: repeating-linear-gradient(45deg, var(--other) 0 4px,
  color-mix(in srgb, var(--other) 55%, transparent) 4px 8px); }
.cursor { position: absolute; top: 0; bottom: 0; width: 3px; margin-left: -1.5px; pointer-events: none;
  background: var(--st-text-color); box-shadow: 0 0 0 1.5px var(--st-background-color); left: 50%; }
.axis { position: relative; height: 1.5rem; font-size: 0.95rem; margin-top: 0.25rem;
  font-variant-numeric: tabular-nums; }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.unit { margin: 0.1rem 0 0.9rem; font-size: 0.95rem; opacity: 0.85; }
.now { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 1.2rem; }
.now figure { margin: 0; }
.now .view { width: 100%; background-repeat: no-repeat; border-radius: var(--st-base-radius, 8px); }
.now figcaption { margin-top: 0.45rem; font-size: 1.02rem; line-height: 1.4; min-height: 4.3em; }
.now strong { font-size: 1.2rem; }
.now em { font-style: normal; font-weight: 650; font-variant-numeric: tabular-nums; }
"""

JS = """
const percent = (share) => share < 0.001 ? "< 0.1 %" : share < 0.9995 ? (100 * share).toFixed(1) + " %" : "> 99.9 %";
const made = (tag, name, text) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
};
const svg = (tag, words) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(words)) element.setAttribute(name, value);
  return element;
};
const line = (values, color) => svg("polyline", { stroke: color, points: values.map(
  (value, index) => `${(index + 0.5) * 1000 / values.length},${100 - 100 * value}`).join(" ") });

function rows(data) {
  return data.rows.flatMap((row) => {
    const curves = svg("svg", { class: "curves", viewBox: "0 0 1000 100", preserveAspectRatio: "none" });
    for (const y of [0, 50, 100]) curves.append(svg("line", { x1: 0, x2: 1000, y1: y, y2: y }));
    curves.append(line(row.cells.map((cell) => cell.source), "#3d7fb8"));
    curves.append(line(row.cells.map((cell) => cell.target), "#d9822b"));
    const cells = made("div", "cells");
    cells.append(...row.cells.map((cell) => {
      const box = made("b", cell.kind);
      box.style.opacity = 0.35 + 0.65 * cell.sure;
      return box;
    }));
    const box = made("div", "box");
    box.append(curves, made("span", "", "100 %"), made("span", "", "0 %"));
    return [made("div", "name", row.name), box, cells];
  });
}

function legend(data) {
  const entries = [["source", data.source], ["target", data.target], ["other", "another class"]];
  return entries.map(([kind, name]) => {
    const entry = made("span");
    entry.append(made("i", kind), name);
    return entry;
  });
}

function ticks(data) {
  const count = data.values.length, every = Math.ceil(count / 14);
  return data.values.map((value, index) => {
    const tick = made("span", "", index % every ? "" : value);
    tick.style.left = `${(index + 0.5) * 100 / count}%`;
    return tick;
  });
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".shake"), plot = root.querySelector(".plot");
  const cursor = root.querySelector(".cursor"), now = root.querySelector(".now");
  const count = data.values.length;
  if (root.shown !== data.id) {
    root.shown = data.id;
    root.at = data.start;
    root.querySelector(".legend").replaceChildren(...legend(data));
    root.querySelector(".rows").replaceChildren(...rows(data));
    root.querySelector(".axis").replaceChildren(...ticks(data));
    root.querySelector(".unit").textContent = `${data.title}: ${data.unit}`;
    plot.setAttribute("aria-label", `${data.title}. Arrow keys move from setting to setting.`);
    plot.setAttribute("aria-valuemin", 0);
    plot.setAttribute("aria-valuemax", count - 1);
    now.replaceChildren(...data.rows.map((row) => {
      const figure = made("figure"), view = made("div", "view");
      view.style.backgroundImage = `url(${row.sprite})`;
      view.style.backgroundSize = `${count * 100}% 100%`;
      view.style.aspectRatio = row.aspect;
      view.setAttribute("role", "img");
      figure.append(view, made("figcaption"));
      return figure;
    }));
  }
  const show = (index) => {
    root.at = Math.min(count - 1, Math.max(0, index));
    cursor.style.left = `calc((100% - 3.2rem) * ${(root.at + 0.5) / count})`;
    const said = data.rows.map((row, number) => {
      const cell = row.cells[root.at], figure = now.children[number], caption = figure.querySelector("figcaption");
      figure.querySelector(".view").style.backgroundPositionX = `${count > 1 ? root.at * 100 / (count - 1) : 0}%`;
      figure.querySelector(".view").setAttribute("aria-label", `${row.name} at ${data.values[root.at]}`);
      caption.replaceChildren(`${row.name} at ${data.values[root.at]}: `, made("strong", "", cell.label), made("br"),
        `${data.source} `, made("em", "", percent(cell.source)), ` · ${data.target} `,
        made("em", "", percent(cell.target)));
      return `${row.name} ${cell.label}`;
    });
    plot.setAttribute("aria-valuenow", root.at);
    plot.setAttribute("aria-valuetext", `${data.values[root.at]}: ${said.join(", ")}`);
  };
  const follow = (event) => {
    const area = plot.querySelector(".cells").getBoundingClientRect();
    show(Math.floor((event.clientX - area.left) / area.width * count));
  };
  plot.onpointermove = plot.onpointerdown = follow;
  plot.onkeydown = (event) => {
    const place = { ArrowRight: root.at + 1, ArrowUp: root.at + 1, ArrowLeft: root.at - 1, ArrowDown: root.at - 1,
      Home: 0, End: count - 1 }[event.key];
    if (place === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    show(place);
    event.preventDefault();
  };
  show(root.at);
  return () => { plot.onpointermove = plot.onpointerdown = plot.onkeydown = null; };
}
"""
