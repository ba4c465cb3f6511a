import { clamp, keyPlace, make, write } from "./common.js";

const LEAST = 40; // px, of a tile: what a finger can hit
const PATIENCE = 800; // milliseconds within which digits are read as one number

// How tiles are laid out in a width: columns, the size of a tile in whole px, and of all. There are as many columns as on
// the sheet, or fewer where tiles would be too small. Without gaps, the tiles are one picture that fills the width.
export function layout(sheet, width) {
  const most = Math.max(1, Math.floor((width + sheet.gap) / (LEAST + sheet.gap)));
  const columns = sheet.gap ? Math.min(sheet.columns, most) : sheet.columns;
  const whole = sheet.gap ? Math.floor : (size) => size;
  const across = Math.max(1, whole((width - (columns - 1) * sheet.gap) / columns));
  const down = Math.max(1, whole(across * sheet.tileHeight / sheet.tileWidth));
  const rows = Math.ceil(sheet.labels.length / columns);
  return { columns, across, down, width: columns * (across + sheet.gap) - sheet.gap, height: rows * (down + sheet.gap) - sheet.gap };
}

// Where tile number `index` stands: [left, top].
export function corner({ columns, across, down }, gap, index) {
  return [index % columns * (across + gap), Math.floor(index / columns) * (down + gap)];
}

// The tile to which a key leads from `here`; undefined for keys that lead nowhere.
export function reached(event, here, count, columns) {
  const rows = { ArrowUp: -columns, ArrowDown: columns }[event.key];
  if (rows === undefined || event.ctrlKey || event.altKey || event.metaKey) return keyPlace(event, here, count, 4 * columns);
  return here + rows >= 0 && here + rows < count ? here + rows : here;
}

// The tile whose label has this number first; -1 if there is none.
export const numbered = (labels, number) => labels.findIndex((label) => label.match(/\d+/)?.[0] === number);

function paint(canvas, image, sheet, placed) {
  const sharp = Math.min(2, globalThis.devicePixelRatio || 1);
  canvas.width = placed.width * sharp;
  canvas.height = placed.height * sharp;
  canvas.style.width = placed.width + "px";
  canvas.style.height = placed.height + "px";
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  pen.imageSmoothingEnabled = placed.across * sharp < sheet.tileWidth; // enlarged pixels keep their edges
  pen.imageSmoothingQuality = "high";
  if (!sheet.gap) return pen.drawImage(image, 0, 0, placed.width, placed.height);
  sheet.labels.forEach((_, index) => {
    const from = corner({ columns: sheet.columns, across: sheet.tileWidth, down: sheet.tileHeight }, sheet.gap, index);
    pen.drawImage(image, ...from, sheet.tileWidth, sheet.tileHeight, ...corner(placed, sheet.gap, index), placed.across, placed.down);
  });
}

function tileOf(label, index) {
  const tile = make("div", "tile");
  tile.id = `tile-${index}`;
  tile.setAttribute("role", "option");
  tile.setAttribute("aria-label", label);
  return tile;
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
    axis.setAttribute("aria-hidden", "true"); // each point says its own place
    sheet.append(axis);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name);
  const sheet = find(".sheet"), canvas = find("canvas"), last = data.labels.length - 1;
  if (sheet.known !== String(data.labels)) {
    sheet.known = String(data.labels);
    sheet.image = undefined;
    sheet.replaceChildren(canvas, ...data.labels.map(tileOf));
  }
  const tiles = [...sheet.querySelectorAll(".tile")];
  sheet.setAttribute("aria-label", data.label + ". Arrow keys move, Enter chooses.");
  sheet.classList.toggle("joined", !data.gap);
  writeAxes(sheet, data.axes);
  const rows = Math.ceil(data.labels.length / data.columns), side = (count, tile) => count * (tile + data.gap) - data.gap;
  sheet.style.setProperty("--aspect", side(data.columns, data.tileWidth) / side(rows, data.tileHeight));
  let placed;

  const place = () => {
    if (!sheet.clientWidth || !sheet.image?.complete) return;
    placed = layout(data, sheet.clientWidth);
    paint(canvas, sheet.image, data, placed);
    tiles.forEach((tile, index) => {
      const [left, top] = corner(placed, data.gap, index);
      tile.style.cssText = `left: ${left}px; top: ${top}px; width: ${placed.across}px; height: ${placed.down}px`;
    });
  };
  const say = (index) => write(find(".hint"), data.labels[index] ?? data.hint);
  const move = (index) => {
    sheet.here = index;
    tiles.forEach((tile, at) => tile.classList.toggle("here", at === index));
    sheet.setAttribute("aria-activedescendant", `tile-${index}`);
  };
  const mark = (index) => tiles.forEach((tile, at) => {
    tile.classList.toggle("on", at === index);
    tile.setAttribute("aria-selected", at === index);
  });
  const choose = (index) => {
    move(index);
    mark(index);
    write(find(".said"), `Chosen: ${data.labels[index]}`);
    setTriggerValue("picked", index);
  };
  const show = (index) => {
    move(index);
    say(index);
    tiles[index].scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  tiles.forEach((tile, index) => {
    tile.onclick = () => choose(index);
    tile.onmouseenter = () => say(index);
    tile.onmouseleave = () => say(-1);
  });
  sheet.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === " ") choose(sheet.here);
    else if (/^\d$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) {
      sheet.typed = (event.timeStamp - (sheet.typedAt ?? 0) < PATIENCE ? sheet.typed : "") + event.key;
      sheet.typedAt = event.timeStamp;
      const found = numbered(data.labels, sheet.typed);
      if (found >= 0) show(found);
    } else {
      const next = reached(event, sheet.here, data.labels.length, placed?.columns ?? data.columns);
      if (next === undefined) return;
      show(next);
    }
    event.preventDefault();
  };
  sheet.onblur = () => say(-1);

  if (sheet.image?.src !== data.src) {
    sheet.image = new Image();
    sheet.image.onload = place;
    sheet.image.src = data.src;
  } else place();
  if (sheet.selected !== data.selected || sheet.here === undefined) move(clamp(data.selected, 0, last));
  sheet.selected = data.selected;
  mark(data.selected);
  say(-1);
  const sized = new ResizeObserver(place);
  sized.observe(sheet);
  return () => sized.disconnect();
}
