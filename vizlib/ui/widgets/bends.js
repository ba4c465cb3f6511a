import { clamp, keyStep, make, write } from "./common.js";

const PAUSE = 500; // milliseconds without a key after which the server is told

// The value at a height of the field (0 at the top, 1 at the bottom), in steps of the scale.
export function valueAt(height, { high, step }) {
  return rounded(clamp((1 - height) * high, 0, high), step);
}

// The value a few steps further, within the scale.
export function stepped(value, steps, { high, step }) {
  return rounded(clamp(value + steps * step, 0, high), step);
}

const rounded = (value, step) => Number((Math.round(value / step) * step).toFixed(4));

function bendOf(name) {
  const bend = make("div", "bend");
  bend.tabIndex = 0;
  bend.setAttribute("role", "slider");
  bend.setAttribute("aria-orientation", "vertical");
  bend.setAttribute("aria-label", name);
  return bend;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".bends"), find = (name) => root.querySelector(name);
  const field = find(".field"), last = data.values.length - 1;
  if (root.known !== String(data.places)) {
    root.known = String(data.places);
    field.replaceChildren(find("svg"), ...data.places.map(bendOf));
  }
  const points = [...root.querySelectorAll(".bend")];
  if (!root.busy) root.values = [...data.values];
  root.setAttribute("aria-label", data.label);
  write(find(".title b"), data.label);
  write(find(".axis"), data.axis);
  [...find(".limits").children].forEach((each, at) => write(each, String(data.high * (1 - at / 2))));

  const draw = () => {
    const heights = root.values.map((value) => 100 * (1 - value / data.high));
    find("svg").innerHTML = `<polyline points="${heights.map((y, at) => `${1000 * at / last},${y}`).join(" ")}"/>`;
    points.forEach((point, at) => {
      point.style.cssText = `left: ${100 * at / last}%; top: ${heights[at]}%`;
      point.setAttribute("aria-valuemin", 0);
      point.setAttribute("aria-valuemax", data.high);
      point.setAttribute("aria-valuenow", root.values[at]);
    });
    find(".places").replaceChildren(...root.values.map((value, at) => {
      const words = make("span", "", String(value));
      words.style.left = `${100 * at / last}%`;
      return words;
    }));
  };
  const tell = () => {
    clearTimeout(root.busy);
    root.busy = undefined;
    if (String(root.values) !== String(root.told ?? data.values)) setTriggerValue("moved", root.told = [...root.values]);
  };
  const set = (at, value) => {
    root.values[at] = value;
    draw();
  };
  root.told = [...data.values];
  points.forEach((point, at) => {
    point.onpointerdown = (event) => {
      point.setPointerCapture(event.pointerId);
      root.busy = true;
    };
    point.onpointermove = (event) => {
      if (!point.hasPointerCapture(event.pointerId)) return;
      const { top, height } = field.getBoundingClientRect();
      set(at, valueAt((event.clientY - top) / height, data));
    };
    point.onpointerup = point.onpointercancel = tell;
    point.onkeydown = (event) => {
      const ends = { Home: 0, End: data.high };
      const value = ends[event.key] ?? stepped(root.values[at], keyStep(event, 1, 10), data);
      if (Number.isNaN(value)) return;
      event.preventDefault();
      set(at, value);
      clearTimeout(root.busy);
      root.busy = setTimeout(tell, PAUSE);
    };
  });
  draw();
}
