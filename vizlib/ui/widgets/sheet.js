import { clamp, make } from "./common.js";

// The tile at a point of the sheet, in the sheet's own pixels; a gap belongs to the tile before it. -1: no tile.
export function tileAt(sheet, x, y) {
  const column = Math.floor(x / (sheet.tileWidth + sheet.gap)), row = Math.floor(y / (sheet.tileHeight + sheet.gap));
  if (x < 0 || y < 0 || column >= sheet.columns) return -1;
  const index = row * sheet.columns + column;
  return index < sheet.labels.length ? index : -1;
}

// Where a tile is, in percent of the sheet.
export function tileBox(sheet, index) {
  const column = index % sheet.columns, row = Math.floor(index / sheet.columns);
  return {
    left: column * (sheet.tileWidth + sheet.gap) / sheet.width * 100,
    top: row * (sheet.tileHeight + sheet.gap) / sheet.height * 100,
    width: sheet.tileWidth / sheet.width * 100,
    height: sheet.tileHeight / sheet.height * 100,
  };
}

// Writes ticks and titles under the sheet and beside it, where its tiles are points of a plane.
function writeAxes(sheet, axes) {
  sheet.querySelectorAll(".axis").forEach((each) => each.remove());
  sheet.classList.toggle("plane", Boolean(axes));
  for (const name of axes ? ["x", "y"] : []) {
    const axis = make("div", "axis " + name, make("b", "", axes[name].title));
    for (const [place, words] of axes[name].ticks) {
      const tick = make("span", "", words);
      tick.style[name === "x" ? "left" : "bottom"] = 100 * place + "%";
      axis.append(tick);
    }
    sheet.append(axis);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const sheet = parentElement.querySelector(".sheet");
  const image = sheet.querySelector("img");
  const hint = parentElement.querySelector(".hint");
  if (image.src !== data.src) image.src = data.src;
  sheet.setAttribute("aria-label", data.label + ". Arrow keys move, Enter chooses.");
  writeAxes(sheet, data.axes);
  let here = Math.max(0, data.selected);

  const place = (box, index) => {
    const show = index >= 0 && index < data.labels.length;
    box.style.display = show ? "block" : "none";
    if (!show) return;
    for (const [side, share] of Object.entries(tileBox(data, index))) box.style[side] = share + "%";
  };
  const hover = (index) => {
    place(sheet.querySelector(".hover"), index);
    hint.textContent = data.labels[index] ?? data.hint;
  };
  const at = (event) => {
    const area = image.getBoundingClientRect();
    const x = (event.clientX - area.left) / area.width * data.width;
    const y = (event.clientY - area.top) / area.height * data.height;
    return tileAt(data, x, y);
  };
  const choose = (index) => {
    if (index < 0) return;
    here = index;
    place(sheet.querySelector(".pick"), index);
    setTriggerValue("picked", index);
  };
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -data.columns, ArrowDown: data.columns };
  sheet.onmousemove = (event) => hover(at(event));
  sheet.onmouseleave = () => hover(-1);
  sheet.onclick = (event) => choose(at(event));
  sheet.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === " ") choose(here);
    else if (event.key in moves) {
      here = clamp(here + moves[event.key], 0, data.labels.length - 1);
      hover(here);
    } else return;
    event.preventDefault();
  };
  place(sheet.querySelector(".pick"), data.selected);
  hover(-1);
}
