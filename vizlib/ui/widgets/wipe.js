import { keyStep } from "./common.js";

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".wipe"), panes = root.querySelector(".panes");
  const range = root.querySelector("input");
  const show = () => {
    const share = Number(range.value);
    root.style.setProperty("--at", share + "%");
    const [left, right] = [Math.round(share), 100 - Math.round(share)];
    range.setAttribute("aria-valuetext", `${left} % ${data.left.label}, ${right} % ${data.right.label}`);
  };
  const follow = (event) => {
    const area = panes.getBoundingClientRect();
    range.value = 100 * (event.clientX - area.left) / area.width;
    show();
  };
  root.setAttribute("aria-label", data.label);
  root.style.setProperty("--aspect", data.aspect);
  range.setAttribute("aria-label", data.label + ": where the line stands");
  for (const side of ["left", "right"]) {
    const pane = root.querySelector("." + side), image = pane.querySelector("img");
    pane.classList.toggle("crisp", data[side].crisp);
    pane.querySelector("span").textContent = data[side].label;
    image.alt = data[side].label;
    if (image.src !== data[side].source) image.src = data[side].source;
  }
  if (root.shown !== data.id) {
    root.shown = data.id;
    range.value = 50;
  }
  panes.onpointermove = panes.onpointerdown = follow;
  range.oninput = show;
  range.onkeydown = (event) => {
    const by = keyStep(event, 2, 10);
    if (by === undefined) return;
    range.value = Number(range.value) + by;
    show();
    event.preventDefault();
  };
  show();
  return () => { panes.onpointermove = panes.onpointerdown = range.oninput = range.onkeydown = null; };
}
