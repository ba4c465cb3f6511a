import { clamp, keyPlace, make, percent, polyline, write } from "./common.js";

// The setting under the mouse, `x` pixels into a plot of `width` with `count` columns.
export const columnAt = (x, width, count) => clamp(Math.floor((x / width) * count), 0, count - 1);

// Every how many settings one is written, so that words as wide as `widest` fit into `room`.
export const spacing = (widest, count, room) =>
  Math.max(1, Math.ceil(((widest + (count > 8 ? 14 : 6)) * count) / (room || 1)));

function drawing(row) {
  const step = 1000 / row.cells.length;
  const xs = row.cells.map((_, index) => (index + 0.5) * step);
  const curve = (name) => polyline(name, xs, row.cells.map((cell) => cell[name]));
  const box = make("div", "box");
  box.innerHTML = '<svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">'
    + [0, 50, 100].map((y) => `<line x1="0" x2="1000" y1="${y}" y2="${y}"/>`).join("")
    + curve("source") + curve("target") + "</svg>";
  box.append(...[100, 50, 0].map((share) => {
    const level = make("span", "", `${share} %`);
    level.style.top = `${100 - share}%`;
    return level;
  }), make("i", "point source"), make("i", "point target"));
  const cells = make("div", "cells", ...row.cells.map((cell) => {
    const one = make("b", cell.kind);
    one.style.opacity = 0.25 + 0.75 * cell.sure;
    return one;
  }));
  return make("div", "row", make("div", "name", row.name), box, cells);
}

// "Control" of "Control: noise of the same size": the row itself has the full name.
export const brief = (name) => name.split(":")[0];

function picture(row, count, words) {
  const view = make("div", "view");
  const share = (name) => {
    const caption = make("span", "share " + name, words[name]);
    caption.title = words[name];
    return [caption, make("em")];
  };
  view.style.cssText = `aspect-ratio: ${row.aspect}; background-size: ${100 * count}% 100%`;
  view.style.backgroundImage = `url(${row.sprite})`;
  view.setAttribute("role", "img");
  const said = make("figcaption", "", make("span", "where"), make("strong"), ...share("source"), ...share("target"));
  return make("figure", "", view, said);
}

// Writes as many settings under the axis as fit, the one where the cursor began among them.
function thin(axis, start) {
  const words = [...axis.querySelectorAll("span")];
  words.forEach((each) => { each.hidden = false; });
  const every = spacing(Math.max(...words.map((each) => each.offsetWidth)), words.length, axis.clientWidth);
  words.forEach((each, index) => { each.hidden = (index - start) % every !== 0; });
}

function build(root, data, start) {
  const find = (name) => root.querySelector(name), count = data.values.length;
  const kinds = [["source", data.source], ["target", data.target], ["other", "another class"]];
  find(".legend").replaceChildren(...kinds.map(([kind, name]) => make("span", "", make("i", kind), name)));
  find(".rows").replaceChildren(...data.rows.map(drawing));
  find(".now").replaceChildren(...data.rows.map((row) => picture(row, count, data)));
  find(".cursor").style.width = `calc(${100 / count}% + 3px)`;
  find(".axis").replaceChildren(...data.values.map((value, index) => {
    const tick = make("span", "", value);
    tick.style.left = `${(index + 0.5) * 100 / count}%`;
    return tick;
  }), make("strong"));
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
    root.at = clamp(index, 0, count - 1);
    const value = data.values[root.at], left = (root.at + 0.5) * 100 / count;
    find(".cursor").style.left = `${root.at * 100 / count}%`;
    find(".axis strong").style.left = `${left}%`;
    write(find(".axis strong"), value);
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
      write(figure.querySelector(".where"), `${brief(row.name)} at ${value}: `);
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
    const index = columnAt(event.clientX - area.left, area.width, count);
    if (index !== root.at) show(index);
  };
  plot.onkeydown = (event) => {
    const place = keyPlace(event, root.at, count, 5);
    if (place === undefined) return;
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
