import { filmed } from "./common.js";

export default function ({ data, parentElement }) {
  const film = parentElement.querySelector(".film"), image = film.querySelector("img");
  const slider = film.querySelector("input"), caption = film.querySelector("figcaption");
  const show = (index) => {
    image.src = data.sources[index];
    image.alt = data.label + ", " + data.captions[index];
    caption.textContent = data.captions[index];
    slider.setAttribute("aria-valuetext", data.captions[index]);
  };
  const player = filmed(film, data.sources.length - 1, data.milliseconds, show);
  if (film.shown !== data.id) {
    film.shown = data.id;
    image.className = data.crisp ? "crisp" : "";
    film.style.setProperty("--aspect", data.width / data.height);
    image.width = data.width;
    image.height = data.height;
    slider.setAttribute("aria-label", data.label + ": the way there, step by step");
    data.sources.forEach((source) => { new Image().src = source; });
    player.end();
  }
  return player.stop;
}
