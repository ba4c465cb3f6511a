import { make, write } from "./common.js";

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const ASIDE = 2; // how much farther a point counts that is not straight ahead

// The point to which a key leads from `here`: the nearest in the direction of an arrow, the first or the last one;
// undefined for keys that lead nowhere.
export function toward(event, xs, ys, here) {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  if (event.key === "Home" || event.key === "End") return event.key === "Home" ? 0 : xs.length - 1;
  const way = WAYS[event.key];
  if (!way) return undefined;
  let found = here, least = Infinity;
  xs.forEach((x, index) => {
    const [right, up] = [x - xs[here], ys[index] - ys[here]];
    const ahead = right * way[0] + up * way[1], aside = Math.abs(right * way[1]) + Math.abs(up * way[0]);
    if (index !== here && ahead > 0 && ahead + ASIDE * aside < least) [found, least] = [index, ahead + ASIDE * aside];
  });
  return found;
}

// Where tile number `index` of a sheet of so many columns and rows is, as CSS has it: "25% 100%".
export function tilePlace(index, columns, rows) {
  const share = (at, count) => count > 1 ? 100 * at / (count - 1) : 0;
  return `${share(index % columns, columns)}% ${share(Math.floor(index / columns), rows)}%`;
}

// Where a card of this width and height stands beside the point (x, y) in a window: [left, top].
export function beside(x, y, width, height, across, down) {
  const left = x + 16 + width > across ? x - 16 - width : x + 16;
  return [Math.max(4, left), Math.min(Math.max(4, y - height / 2), Math.max(4, down - height - 4))];
}

function pointOf(data, map, number, index) {
  const point = make("div", `point ${data.shapes[index]} ${data.hollow[index] ? "hollow" : ""}`);
  point.id = `point-${number}-${index}`;
  point.setAttribute("role", "option");
  point.setAttribute("aria-label", data.labels[index]);
  point.style.left = `${3 + 94 * map.x[index]}%`;
  point.style.top = `${97 - 94 * map.y[index]}%`;
  point.style.setProperty("--color", data.colors[index]);
  point.style.setProperty("--at", tilePlace(index, data.columns, data.rows));
  return point;
}

function mapOf(data, map, number) {
  const points = make("div", "points", ...data.labels.map((_, index) => pointOf(data, map, number, index)));
  points.setAttribute("role", "listbox");
  points.setAttribute("aria-label", `${map.title}. Arrow keys move from picture to picture.`);
  points.tabIndex = 0;
  return make("div", "map", make("p", "title", map.title), points);
}

function keyOf([name, color, shape]) {
  const mark = make("i", "point " + shape);
  mark.style.setProperty("--color", color);
  return make("span", "", mark, name);
}

export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name);
  const maps = find(".maps"), card = find(".card");
  for (const each of [maps, card]) {
    each.style.setProperty("--sheet", `url("${data.src}")`);
    each.style.setProperty("--all", `${100 * data.columns}% ${100 * data.rows}%`);
  }
  maps.style.setProperty("--tile", `${data.tile}px`);
  maps.classList.toggle("pictures", data.pictures);
  const drawn = JSON.stringify([data.maps, data.labels, data.colors, data.shapes, data.hollow, data.key]);
  if (maps.known !== drawn) {
    maps.known = drawn;
    maps.here = 0;
    find(".key").replaceChildren(...data.key.map(keyOf));
    maps.replaceChildren(...data.maps.map((map, number) => mapOf(data, map, number)));
  }
  const boxes = [...maps.querySelectorAll(".points")];

  // Marks the picture in every map, and shows it beside its point in the map `box`.
  const show = (box, index) => {
    maps.here = index;
    boxes.forEach((each) => [...each.children].forEach((point, at) => point.classList.toggle("here", at === index)));
    card.style.setProperty("--at", tilePlace(index, data.columns, data.rows));
    write(card.querySelector("b"), data.labels[index]);
    write(find(".hint"), data.labels[index]);
    card.classList.add("on");
    card.style.left = card.style.top = "0px";
    const place = box.children[index].getBoundingClientRect(), all = maps.getBoundingClientRect();
    const zero = card.getBoundingClientRect(), scale = zero.width / card.offsetWidth; // a lecture moves and scales it
    const [left, top] = beside(place.x + place.width / 2, place.y + place.height / 2,
      zero.width, zero.height, innerWidth, Math.min(innerHeight, all.bottom + 4));
    card.style.left = (left - zero.x) / scale + "px";
    card.style.top = (top - zero.y) / scale + "px";
  };
  const hide = () => {
    card.classList.remove("on");
    write(find(".hint"), data.hint);
    boxes.forEach((each) => [...each.children].forEach((point) => point.classList.remove("here")));
  };
  const reach = (box, index) => {
    show(box, index);
    box.setAttribute("aria-activedescendant", box.children[index].id);
  };
  boxes.forEach((box, number) => {
    [...box.children].forEach((point, index) => {
      point.onmouseenter = () => show(box, index);
      point.onmouseleave = hide;
      point.onclick = () => show(box, index);
    });
    box.onfocus = () => box.matches(":focus-visible") && reach(box, maps.here);
    box.onblur = hide;
    box.onkeydown = (event) => {
      const next = event.key === "Escape" ? undefined : toward(event, data.maps[number].x, data.maps[number].y, maps.here);
      if (next === undefined) return event.key === "Escape" ? hide() : undefined;
      reach(box, next);
      event.preventDefault();
    };
  });
  hide();
}
