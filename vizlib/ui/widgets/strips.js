import { clamp, make, write } from "./common.js";

// The cell to which a key leads from [row, column]; undefined for keys that lead nowhere. Column 0 is the name of a
// strip; `counts` has the cells of each strip that are in sight.
export function reached(event, [row, column], counts) {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const rows = { ArrowUp: -1, ArrowDown: 1, PageUp: -8, PageDown: 8 }[event.key];
  const columns = { ArrowLeft: -1, ArrowRight: 1, Home: -column, End: counts[row] }[event.key];
  if (rows === undefined && columns === undefined) return undefined;
  const to = clamp(row + (rows ?? 0), 0, counts.length - 1);
  return [to, clamp(column + (columns ?? 0), 0, counts[to] - 1)];
}

// Where tile number `at` of a row is on the picture, as CSS wants it: shares of what sticks out of the tile.
export function place(row, at, rows, columns) {
  const share = (number, count) => (count > 1 ? (100 * number) / (count - 1) : 0) + "%";
  return `${share(at, columns)} ${share(row, rows)}`;
}

function tileOf(label, row, at, data) {
  const tile = make("div", "tile");
  tile.style.backgroundSize = `${100 * data.columns}% ${100 * data.rows.length}%`;
  tile.style.backgroundPosition = place(row, at, data.rows.length, data.columns);
  tile.setAttribute("aria-label", label);
  return tile;
}

function stripOf(strip, row, data) {
  const bar = make("div", "bar", make("i"));
  bar.firstChild.style.width = 100 * strip.share + "%";
  const name = make("div", "name", make("b", "", strip.name), make("small", "", strip.facts), bar);
  name.setAttribute("aria-label", `${strip.name}, ${strip.facts}. ${strip.action}`);
  const tiles = strip.labels.map((label, at) => tileOf(label, row, at, data));
  const line = make("div", "tiles", ...tiles);
  line.setAttribute("role", "presentation");
  const all = make("div", "strip", name, line);
  all.setAttribute("role", "row");
  [name, ...tiles].forEach((cell, column) => {
    cell.id = `cell-${row}-${column}`;
    cell.setAttribute("role", "gridcell");
  });
  return all;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name);
  const grid = find(".strips"), known = JSON.stringify(data);
  if (grid.known !== known) {
    grid.known = known;
    grid.here = undefined;
    grid.replaceChildren(...data.rows.map((strip, row) => stripOf(strip, row, data)));
    grid.querySelectorAll(".tile").forEach((tile) => { tile.style.backgroundImage = `url(${data.src})`; });
  }
  grid.setAttribute("aria-label", data.label + ". Arrow keys move, Enter chooses.");
  const cells = [...grid.children].map((strip) => [...strip.querySelectorAll(".name, .tile")]);
  const inSight = () => cells.map(([, first, ...rest]) =>
    first ? 2 + rest.filter((tile) => tile.offsetTop === first.offsetTop).length : 1);
  const words = ([row, column]) => (column ? data.rows[row].labels[column - 1] : `${data.rows[row].name}: ${data.rows[row].action}`);
  const say = (cell) => write(find(".hint"), cell ? words(cell) : data.hint);
  const move = (cell) => {
    grid.here = cell;
    cells.flat().forEach((each) => each.classList.toggle("here", each === cells[cell[0]]?.[cell[1]]));
    grid.setAttribute("aria-activedescendant", `cell-${cell[0]}-${cell[1]}`);
  };
  const choose = (cell) => {
    move(cell);
    write(find(".said"), `Chosen: ${words(cell)}`);
    setTriggerValue("picked", [cell[0], cell[1] - 1]);
  };
  cells.forEach((strip, row) => strip.forEach((each, column) => {
    each.onclick = () => choose([row, column]);
    each.onmouseenter = () => say([row, column]);
    each.onmouseleave = () => say();
  }));
  grid.onkeydown = (event) => {
    const next = reached(event, grid.here, inSight());
    if (event.key === "Enter" || event.key === " ") choose(grid.here);
    else if (next === undefined) return;
    else {
      move(next);
      say(next);
      cells[next[0]][next[1]].scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    event.preventDefault();
  };
  grid.onblur = () => say();
  if (grid.here === undefined) move([0, 0]);
  say();
}
