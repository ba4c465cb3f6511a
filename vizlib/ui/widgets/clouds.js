import { filmed, make, write } from "./common.js";

const SIZE = 4; // px, half of a point
const MARGIN = 12; // px around the outermost points
const PACE = 0.16; // the share of its way that a point goes in each drawing: it sets off fast and arrives slowly
const NEAR = 0.5; // thousandths of the field: then it has arrived
const FAINT = 0.12; // opacity of the classes that are not looked at

// One drawing further from the places `now` towards `goal`; whether all have arrived.
export function glide(now, goal, share) {
  let far = 0;
  goal.forEach((value, at) => {
    now[at] += share * (value - now[at]);
    far = Math.max(far, Math.abs(value - now[at]));
  });
  return far <= NEAR;
}

// Where point number `index` is in a field of this size: [left, top] in px.
export function placeOf(now, index, fine, width, height) {
  const along = (part, length) => MARGIN + part / fine * (length - 2 * MARGIN);
  return [along(now[2 * index], width), height - along(now[2 * index + 1], height)];
}

function mark(pen, [x, y], hollow) {
  if (hollow) return pen.strokeRect(x - SIZE + 1, y - SIZE + 1, 2 * SIZE - 2, 2 * SIZE - 2);
  pen.beginPath();
  pen.arc(x, y, SIZE, 0, 2 * Math.PI);
  pen.fill();
}

function paint(canvas, now, data, only) {
  const sharp = Math.min(2, globalThis.devicePixelRatio || 1), { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * sharp;
  canvas.height = height * sharp;
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  pen.lineWidth = 1.8;
  data.classes.forEach((label, index) => {
    pen.fillStyle = pen.strokeStyle = data.key[label][1];
    pen.globalAlpha = only < 0 || only === label ? 0.85 : FAINT;
    mark(pen, placeOf(now, index, data.fine, width, height), data.hollow[index]);
  });
}

function fieldOf(field) {
  const canvas = make("canvas");
  canvas.setAttribute("role", "img");
  return make("div", "field", make("p", "title", field.title), make("p", "reading"), make("div", "frame", canvas));
}

function keyOf([name, color], pick) {
  const spot = make("i");
  spot.style.setProperty("--color", color);
  const button = make("button", "", spot, name);
  button.type = "button";
  button.onclick = pick;
  return button;
}

const shapeOf = (name, kind) => make("span", "shape", make("i", kind), name);

export default function ({ data, parentElement }) {
  const film = parentElement.querySelector(".film"), find = (name) => film.querySelector(name);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (film.shown !== data.id) {
    find(".fields").replaceChildren(...data.fields.map(fieldOf));
    film.only = -1;
  }
  const canvases = [...film.querySelectorAll("canvas")], readings = [...film.querySelectorAll(".reading")];
  const draw = () => canvases.forEach((canvas, at) => paint(canvas, film.now[at], data, film.only));
  const move = () => {
    const there = data.fields.map((each, at) => glide(film.now[at], each.places[film.at], still ? 1 : PACE));
    draw();
    film.moving = there.every(Boolean) ? undefined : requestAnimationFrame(move);
  };
  const show = (index) => {
    film.at = index;
    write(find("figcaption"), data.captions[index]);
    find("input").setAttribute("aria-valuetext", data.captions[index]);
    data.fields.forEach((each, at) => {
      write(readings[at], each.readings[index]);
      canvases[at].setAttribute("aria-label", `${each.title}, ${data.captions[index]}: ${each.readings[index]}`);
    });
    cancelAnimationFrame(film.moving);
    move();
  };
  const look = (label) => {
    film.only = film.only === label ? -1 : label;
    [...film.querySelectorAll(".key button")].forEach((each, at) => each.setAttribute("aria-pressed", at === film.only));
    draw();
  };
  find(".key").replaceChildren(
    shapeOf(data.shapes[0], "full"), shapeOf(data.shapes[1], "hollow"),
    ...data.key.map((each, label) => keyOf(each, () => look(label))));
  [...film.querySelectorAll(".key button")].forEach((each, at) => each.setAttribute("aria-pressed", at === film.only));
  const player = filmed(film, data.captions.length - 1, data.milliseconds, show);
  if (film.shown !== data.id) {
    film.shown = data.id;
    film.now = data.fields.map((each) => [...each.places[each.places.length - 1]]);
    find("input").setAttribute("aria-label", data.label + ": from milestone to milestone");
    player.end();
  } else draw();
  const sized = new ResizeObserver(draw);
  sized.observe(find(".fields"));
  return () => {
    player.stop();
    cancelAnimationFrame(film.moving);
    sized.disconnect();
  };
}
