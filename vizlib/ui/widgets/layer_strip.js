import { keyPlace, make, write } from "./common.js";

const PAUSE = 400; // milliseconds without an arrow key after which the layer under the cursor is chosen
const ROOM = 48; // pixels of its neighbors that are shown beside the layer under the cursor

// How many of the boxes [left, right] have their middle before and after the part [from, to] that is in view.
export function outside(boxes, from, to) {
  const middles = boxes.map(([left, right]) => (left + right) / 2);
  return [middles.filter((each) => each < from).length, middles.filter((each) => each > to).length];
}

// The least scrolling that brings the box [left, right] and a margin on both sides into a window of this width.
export function revealing(scroll, width, [left, right], margin) {
  if (left - margin < scroll) return Math.max(0, left - margin);
  return right + margin > scroll + width ? right + margin - width : scroll;
}

// The longest of a stage's names that is no wider than the room: its path, the end of the path, or nothing.
export function fitting(path, room, widthOf) {
  return [path, path.slice(path.lastIndexOf(".") + 1), ""].find((name) => widthOf(name) <= room);
}

const layers = (count) => (count === 1 ? "1 layer" : `${count} layers`);

function boxOf(layer, index) {
  const box = make("div", "layer");
  box.style.cssText = `--width: ${layer.width}px; --height: ${layer.height}px; --color: ${layer.color}`;
  box.id = `layer-${index}`;
  box.title = layer.text;
  box.dataset.path = layer.path;
  box.setAttribute("role", "option");
  box.setAttribute("aria-label", layer.text);
  return box;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".network"), find = (name) => root.querySelector(name);
  const strip = find(".strip"), pane = find(".window");
  const [back, onward] = root.querySelectorAll("button");
  const now = data.layers.findIndex((layer) => layer.path === data.selected);

  const signature = JSON.stringify(data.layers);
  if (strip.signature !== signature) {
    strip.signature = signature;
    clearTimeout(strip.waiting);
    strip.waiting = undefined;
    strip.setAttribute("aria-label", "Layers in running order. Arrow keys move from layer to layer, Enter chooses.");
    strip.replaceChildren(...data.layers.map(boxOf));
  }
  const boxes = [...strip.children];
  const edges = (box) => [box.offsetLeft - strip.offsetLeft, box.offsetLeft - strip.offsetLeft + box.offsetWidth];
  const say = (index) => { find(".hint").textContent = data.layers[index]?.text ?? ""; };
  const count = () => {
    const counts = outside(boxes.map(edges), strip.scrollLeft, strip.scrollLeft + strip.clientWidth);
    const all = strip.scrollWidth <= strip.clientWidth;
    [back, onward].forEach((button, side) => {
      button.hidden = all;
      button.disabled = counts[side] === 0;
      button.textContent = side ? `${counts[side]} ❯` : `❮ ${counts[side]}`;
      button.setAttribute("aria-label", `${layers(counts[side])} further ${side ? "on" : "back"}: scroll there`);
      pane.classList.toggle(side ? "after" : "before", !all && counts[side] > 0);
    });
  };
  const names = find(".names");
  const pen = document.createElement("canvas").getContext("2d");
  const bracket = () => {
    pen.font = getComputedStyle(names).font;
    const left = names.offsetLeft + strip.scrollLeft - strip.offsetLeft;
    names.replaceChildren(...data.stages.map(([first, last, path]) => {
      const [from, to] = [edges(boxes[first])[0] + 1, edges(boxes[last])[1] - 1];
      const name = make("span", "", fitting(path, to - from - 4, (text) => pen.measureText(text).width));
      name.style.cssText = `left: ${from - left}px; width: ${to - from}px`;
      return name;
    }));
  };
  const draw = () => { count(); bracket(); };
  const move = (index) => {
    strip.cursor = index;
    boxes.forEach((box, at) => box.classList.toggle("here", at === index));
    if (!boxes[index]) return;
    strip.setAttribute("aria-activedescendant", boxes[index].id);
    strip.scrollLeft = revealing(strip.scrollLeft, strip.clientWidth, edges(boxes[index]), ROOM);
    say(index);
  };
  const choose = (index) => {
    clearTimeout(strip.waiting);
    strip.waiting = undefined;
    if (index < 0 || index === now) return;
    write(find(".said"), `Chosen: ${data.layers[index].path}`);
    setTriggerValue("picked", data.layers[index].path);
  };
  strip.choose = choose; // a pause that began before this rerun ends in it

  boxes.forEach((box, index) => {
    box.classList.toggle("on", index === now);
    box.setAttribute("aria-selected", index === now);
    box.onclick = () => { move(index); choose(index); };
    box.onmouseenter = () => say(index);
    box.onmouseleave = () => say(strip.cursor);
  });
  strip.onkeydown = (event) => {
    const enter = event.key === "Enter" || event.key === " ";
    const place = enter ? strip.cursor : keyPlace(event, strip.cursor, boxes.length, 10);
    if (place === undefined) return;
    event.preventDefault();
    move(place);
    if (enter) return choose(place);
    clearTimeout(strip.waiting);
    strip.waiting = setTimeout(() => strip.isConnected && strip.choose(strip.cursor), PAUSE);
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const scroll = (way) => strip.scrollBy({ left: 0.8 * way * strip.clientWidth, behavior: still ? "auto" : "smooth" });
  back.onclick = () => scroll(-1);
  onward.onclick = () => scroll(1);
  strip.onscroll = draw;
  if (strip.waiting === undefined) move(now);
  draw();
  const sized = new ResizeObserver(draw);
  sized.observe(strip);
  return () => sized.disconnect();
}
