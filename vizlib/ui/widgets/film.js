export default function ({ data, parentElement }) {
  const film = parentElement.querySelector(".film"), image = film.querySelector("img");
  const slider = film.querySelector("input"), play = film.querySelector(".play");
  const caption = film.querySelector("figcaption");
  const last = data.sources.length - 1;
  const show = (index) => {
    image.src = data.sources[index];
    image.alt = data.label + ", " + data.captions[index];
    caption.textContent = data.captions[index];
    slider.setAttribute("aria-valuetext", data.captions[index]);
  };
  const stop = () => {
    clearInterval(film.playing);
    film.playing = undefined;
    play.textContent = "Play";
  };
  const next = () => {
    if (Number(slider.value) >= last) return stop();
    slider.value = Number(slider.value) + 1;
    show(Number(slider.value));
  };
  play.onclick = () => {
    if (film.playing) return stop();
    if (Number(slider.value) >= last) slider.value = 0;
    show(Number(slider.value));
    play.textContent = "Pause";
    film.playing = setInterval(next, data.milliseconds);
  };
  slider.oninput = () => { stop(); show(Number(slider.value)); };
  if (film.shown !== data.id) {
    stop();
    film.shown = data.id;
    image.className = data.crisp ? "crisp" : "";
    image.width = data.width;
    image.height = data.height;
    slider.max = last;
    slider.value = last;
    slider.setAttribute("aria-label", data.label + ": the way there, step by step");
    data.sources.forEach((source) => { new Image().src = source; });
    show(last);
  }
  return () => { clearInterval(film.playing); film.playing = undefined; };
}
