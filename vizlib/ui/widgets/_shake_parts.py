"""What the shake strip is made of in the browser."""

HTML = """
<section class="shake" role="group">
  <div class="legend"></div>
  <div class="frame">
    <div class="plot" role="slider" tabindex="0">
      <div class="rows"></div><div class="inner"><div class="cursor"></div></div>
    </div>
    <div class="axis"></div>
    <p class="unit"><span></span>: <b></b> <span></span></p>
    <div class="now"></div>
  </div>
</section>
"""

CSS = """
.shake { --source: #3d7fb8; --target: #d9822b; --other: #7d8590; --row: 8.8rem; --gutter: 3.3rem;
  --quiet: color-mix(in srgb, var(--st-text-color) 78%, var(--st-background-color));
  --faint: color-mix(in srgb, var(--st-text-color) 22%, transparent);
  container-type: inline-size; font-family: var(--st-font); color: var(--st-text-color); padding: 4px; }
.shake * { box-sizing: border-box; }
.shake p { margin: 0; }
.source { --color: var(--source); } .target { --color: var(--target); } .other { --color: var(--other); }
.cells b, .legend i { background: var(--color); }
.cells .other, .legend .other { background: repeating-linear-gradient(45deg, var(--other) 0 5px,
  color-mix(in srgb, var(--other) 45%, transparent) 5px 10px); }

.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.8rem; font-size: 1.2rem; margin-bottom: 0.6rem; }
.legend span { max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.legend i { display: inline-block; width: 1.3rem; height: 1.3rem; border-radius: 3px; margin-right: 0.5rem;
  vertical-align: -0.22rem; }

.plot { position: relative; cursor: crosshair; outline: none; border-radius: 4px; touch-action: pan-y;
  user-select: none; -webkit-user-select: none; }
.rows { display: grid; gap: 1.1rem; }
.row { height: var(--row); display: flex; flex-direction: column; padding-right: var(--gutter); }
.name { font-weight: 650; font-size: 1.15rem; line-height: 1.2; margin-bottom: 0.45rem; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis; position: relative; z-index: 1; align-self: start; max-width: 100%;
  padding-right: 0.5rem; background: var(--st-background-color); }
.box { position: relative; flex: 1; margin-bottom: 9px; }
.box svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.box line { stroke: var(--faint); stroke-width: 1; vector-effect: non-scaling-stroke; }
.box polyline { fill: none; stroke: var(--color); stroke-width: 4; vector-effect: non-scaling-stroke;
  stroke-linejoin: round; stroke-linecap: round; }
.box span { position: absolute; left: 100%; padding-left: 0.5rem; transform: translateY(-50%); font-size: 0.9rem;
  line-height: 1; color: var(--quiet); white-space: nowrap; }
.point { position: absolute; width: 14px; height: 14px; margin: -7px; border-radius: 50%; background: var(--color);
  border: 2px solid var(--st-background-color); pointer-events: none; }
.cells { display: flex; gap: 1px; height: 2.4rem; flex: none; border-radius: 4px; overflow: hidden; }
.cells b { flex: 1; }

.inner { position: absolute; inset: 0 var(--gutter) 0 0; pointer-events: none; }
.cursor { position: absolute; top: 0; bottom: -6px; border: solid var(--st-text-color); border-width: 0 2px;
  background: color-mix(in srgb, var(--st-text-color) 9%, transparent); margin: 0 -1.5px; }
.plot:focus-visible .cursor { box-shadow: 0 0 0 4px var(--st-primary-color); border-radius: 2px; }
.axis { position: relative; height: 2.2rem; margin-right: var(--gutter); font-size: 1.1rem; line-height: 1.5rem;
  font-variant-numeric: tabular-nums; }
.axis span, .axis output { position: absolute; top: 8px; transform: translateX(-50%); white-space: nowrap; }
.axis span::before { content: ""; position: absolute; left: 50%; top: -6px; width: 1px; height: 6px;
  background: var(--quiet); }
.axis output { top: 6px; padding: 1px 0.5rem; border-radius: 4px; font-weight: 700;
  background: var(--st-text-color); color: var(--st-background-color); }
.unit { font-size: 1.1rem; line-height: 1.35; color: var(--quiet); }
.unit b { font-weight: 700; font-variant-numeric: tabular-nums; color: var(--st-text-color); display: inline-block;
  font-size: 1.35rem; line-height: 1; text-align: center; }

.now { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1.1rem; }
.now figure { margin: 0; min-width: 0; }
.now .view { width: 100%; background-repeat: no-repeat; clip-path: inset(1px round var(--st-base-radius, 8px)); }
.now figcaption { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 0.6rem; align-items: baseline;
  margin-top: 0.4rem; font-size: 1.05rem; line-height: 1.4; }
.now figcaption > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.now .where, .now strong { grid-column: 1 / 3; }
.now .where { white-space: pre-wrap; color: var(--quiet); line-height: 1.25; min-height: 2.5em; align-self: end; }
.now strong { font-size: 1.5rem; line-height: 1.3; border-left: 0.35rem solid var(--color); padding-left: 0.55rem;
  margin: 0.15rem 0 0.3rem; }
.now .share::before { content: ""; display: inline-block; width: 0.8rem; height: 0.8rem; background: var(--color);
  border-radius: 2px; margin-right: 0.45rem; }
.now em { font-style: normal; font-weight: 650; font-size: 1.15rem; font-variant-numeric: tabular-nums;
  text-align: right; }

.frame { display: grid; grid-template: "plot" "axis" "unit" "now" / minmax(0, 1fr); }
.plot { grid-area: plot; } .axis { grid-area: axis; } .unit { grid-area: unit; }
.now { grid-area: now; margin-top: 1rem; }
@container (max-width: 559px) {
  .shake > * { --row: 7.4rem; }
  .now { gap: 0.9rem; }
  .now .where { font-size: 0.9rem; min-height: 3.75em; }
  .now strong { font-size: 1.15rem; }
  .now .share { font-size: 0; }
  .now em { font-size: 1rem; }
}
@container (min-width: 780px) {
  .shake > * { --row: clamp(10rem, 20vh, 14rem); }
  .frame { column-gap: 1.2rem; grid-template: "plot now" "axis now" "unit unit" / minmax(0, 1fr) 46%; }
  .now { margin: 0; grid-template: repeat(3, var(--row)) / minmax(0, 1fr); align-content: start; }
  .now figure { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 1.1rem; align-items: center; }
  .now .view { width: auto; height: var(--row); max-width: 14rem; }
  .now figcaption { margin: 0; }
  .now .where { min-height: 0; }
  .now strong { white-space: normal; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
}
"""

JS = """
const percent = (share) => share < 0.001 ? "< 0.1 %" : share < 0.9995 ? (100 * share).toFixed(1) + " %" : "> 99.9 %";
const made = (tag, name = "", ...inside) => {
  const element = document.createElement(tag);
  element.className = name;
  element.append(...inside);
  return element;
};
const write = (node, text) => { if (node.textContent !== text) node.textContent = text; };

function drawing(row) {
  const step = 1000 / row.cells.length;
  const curve = (name) => {
    const points = row.cells.map((cell, index) => `${(index + 0.5) * step},${100 - 100 * cell[name]}`);
    return `<polyline class="${name}" points="${points.join(" ")}"/>`;
  };
  const box = made("div", "box");
  box.innerHTML = '<svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">'
    + [0, 50, 100].map((y) => `<line x1="0" x2="1000" y1="${y}" y2="${y}"/>`).join("")
    + curve("source") + curve("target") + "</svg>";
  box.append(...[100, 50, 0].map((share) => {
    const level = made("span", "", `${share} %`);
    level.style.top = `${100 - share}%`;
    return level;
  }), made("i", "point source"), made("i", "point target"));
  const cells = made("div", "cells", ...row.cells.map((cell) => {
    const one = made("b", cell.kind);
    one.style.opacity = 0.25 + 0.75 * cell.sure;
    return one;
  }));
  return made("div", "row", made("div", "name", row.name), box, cells);
}

function picture(row, count, words) {
  const view = made("div", "view");
  const share = (name) => {
    const caption = made("span", "share " + name, words[name]);
    caption.title = words[name];
    return [caption, made("em")];
  };
  view.style.cssText = `aspect-ratio: ${row.aspect}; background-size: ${100 * count}% 100%`;
  view.style.backgroundImage = `url(${row.sprite})`;
  view.setAttribute("role", "img");
  const said = made("figcaption", "", made("span", "where"), made("strong"), ...share("source"), ...share("target"));
  return made("figure", "", view, said);
}

// Every n-th setting is written, as many as fit, the one where the cursor began among them.
function thin(axis, start) {
  const words = [...axis.querySelectorAll("span")];
  words.forEach((each) => { each.hidden = false; });
  const wide = Math.max(...words.map((each) => each.offsetWidth)) + (words.length > 8 ? 14 : 6);
  const every = Math.max(1, Math.ceil(wide * words.length / (axis.clientWidth || 1)));
  words.forEach((each, index) => { each.hidden = (index - start) % every !== 0; });
}

function build(root, data, start) {
  const find = (name) => root.querySelector(name), count = data.values.length;
  const kinds = [["source", data.source], ["target", data.target], ["other", "another class"]];
  find(".legend").replaceChildren(...kinds.map(([kind, name]) => made("span", "", made("i", kind), name)));
  find(".rows").replaceChildren(...data.rows.map(drawing));
  find(".now").replaceChildren(...data.rows.map((row) => picture(row, count, data)));
  find(".cursor").style.width = `calc(${100 / count}% + 3px)`;
  find(".axis").replaceChildren(...data.values.map((value, index) => {
    const tick = made("span", "", value);
    tick.style.left = `${(index + 0.5) * 100 / count}%`;
    return tick;
  }), made("output"));
  find(".axis output").setAttribute("aria-live", "off");
  const [before, after] = root.querySelectorAll(".unit span");
  write(before, data.title);
  write(after, data.unit);
  const longest = Math.max(...data.values.map((each) => each.length));
  find(".unit b").style.minWidth = longest < 6 ? `${longest}ch` : "";
  root.setAttribute("aria-label", data.title);
  const plot = find(".plot");
  plot.setAttribute("aria-label", `${data.title}. Arrow keys move from setting to setting.`);
  plot.setAttribute("aria-valuemin", 0);
  plot.setAttribute("aria-valuemax", count - 1);
  thin(find(".axis"), start);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".shake"), find = (name) => root.querySelector(name);
  const plot = find(".plot"), count = data.values.length, start = data.start ?? Math.floor(count / 2);
  const signature = JSON.stringify(data);
  if (root.signature !== signature) {
    root.signature = signature;
    if (root.shown !== data.id || root.at >= count) root.at = start;
    root.shown = data.id;
    build(root, data, start);
  }
  const drawn = [...root.querySelectorAll(".row")], figures = [...find(".now").children];
  const show = (index) => {
    root.at = Math.min(count - 1, Math.max(0, index));
    const value = data.values[root.at], left = (root.at + 0.5) * 100 / count;
    find(".cursor").style.left = `${root.at * 100 / count}%`;
    find(".axis output").style.left = `${left}%`;
    write(find(".axis output"), value);
    write(find(".unit b"), value);
    const said = data.rows.map((row, number) => {
      const cell = row.cells[root.at], figure = figures[number], view = figure.querySelector(".view");
      for (const each of ["source", "target"]) {
        const point = drawn[number].querySelector(".point." + each);
        point.style.left = `${left}%`;
        point.style.top = `${100 - 100 * cell[each]}%`;
      }
      view.style.backgroundPositionX = `${count > 1 ? root.at * 100 / (count - 1) : 0}%`;
      view.setAttribute("aria-label", `${row.name} at ${value}: ${cell.label}`);
      write(figure.querySelector(".where"), `${row.name} at ${value}: `);
      const label = figure.querySelector("strong");
      write(label, cell.label);
      label.className = cell.kind;
      label.title = cell.label;
      [cell.source, cell.target].forEach((share, at) => write(figure.querySelectorAll("em")[at], percent(share)));
      return `${row.name}: ${cell.label}, ${percent(cell.sure)}`;
    });
    plot.setAttribute("aria-valuenow", root.at);
    plot.setAttribute("aria-valuetext", `${value}; ${said.join("; ")}`);
  };
  plot.onpointermove = plot.onpointerdown = (event) => {
    const area = find(".inner").getBoundingClientRect();
    const index = Math.floor((event.clientX - area.left) / area.width * count);
    if (index !== root.at) show(index);
  };
  plot.onkeydown = (event) => {
    const place = { ArrowRight: root.at + 1, ArrowUp: root.at + 1, ArrowLeft: root.at - 1, ArrowDown: root.at - 1,
      PageUp: root.at + 5, PageDown: root.at - 5, Home: 0, End: count - 1 }[event.key];
    if (place === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    show(place);
    event.preventDefault();
  };
  show(root.at);
  const sized = new ResizeObserver(() => thin(find(".axis"), start));
  sized.observe(find(".axis"));
  return () => {
    sized.disconnect();
    plot.onpointermove = plot.onpointerdown = plot.onkeydown = null;
  };
}
"""
