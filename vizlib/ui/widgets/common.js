// What several widgets share: numbers first, elements of the page below. `front_end.py` puts this file before each
// widget's own script, because a Streamlit component is one text.

// The same text as Python's `percent` in vizlib/ui/shared/words.py. Python rounds a tie to the even digit and toFixed
// rounds it up; a tie that a binary number can hold ends in .25 or .75, so the two differ at .25 only.
export function percent(share) {
  if (share < 0.001) return "< 0.1\u00a0%";
  if (share >= 0.9995) return "> 99.9\u00a0%";
  const value = 100 * share;
  return (value % 1 === 0.25 ? value - 0.05 : value).toFixed(1) + "\u00a0%";
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// The interval of the ascending list in which `value` falls, and how far along it: [index, part]. The part is in
// [0, 1) inside the list, and below 0 or from 1 on where the value is outside.
export function interval(sorted, value) {
  let index = 0;
  while (index < sorted.length - 2 && sorted[index + 1] <= value) index++;
  return [index, (value - sorted[index]) / (sorted[index + 1] - sorted[index])];
}

// The rows of a table at the places `sorted`, interpolated linearly at `value`; the ends go on unchanged outside.
export function interpolated(sorted, rows, value) {
  const [index, part] = interval(sorted, value);
  const share = clamp(part, 0, 1);
  return rows[index].map((from, column) => from + share * (rows[index + 1][column] - from));
}

// What has to be added to the bytes `from` to get the bytes `to`.
export const difference = (from, to) => Int16Array.from(to, (value, at) => value - from[at]);

// Writes from + share * step into the RGBA bytes `out` and leaves alpha alone. `out` is a Uint8ClampedArray, which
// clamps to [0, 255] and rounds to the nearest integer, halves to even.
export function blend(out, from, step, share) {
  for (let at = 0; at < out.length; at += 4) {
    out[at] = from[at] + share * step[at];
    out[at + 1] = from[at + 1] + share * step[at + 1];
    out[at + 2] = from[at + 2] + share * step[at + 2];
  }
}

// How far a key moves: `small` for an arrow, `large` for a page. It is undefined for any other key, and together
// with Ctrl, Alt or Meta, which belong to the browser.
export function keyStep(event, small, large) {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const steps = { ArrowRight: small, ArrowUp: small, ArrowLeft: -small, ArrowDown: -small, PageUp: large, PageDown: -large };
  return steps[event.key];
}

// The place in a list of `count` to which a key leads from `here`, Home and End included; undefined for other keys.
export function keyPlace(event, here, count, large) {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const place = { Home: 0, End: count - 1 }[event.key] ?? here + keyStep(event, 1, large);
  return Number.isNaN(place) ? undefined : clamp(place, 0, count - 1);
}

// A curve in an SVG 100 units high, of probabilities in [0, 1].
export function polyline(name, xs, shares) {
  const points = xs.map((x, at) => `${x},${100 * (1 - shares[at])}`);
  return `<polyline class="${name}" points="${points.join(" ")}"/>`;
}

export function make(tag, name = "", ...inside) {
  const made = document.createElement(tag);
  made.className = name;
  made.append(...inside);
  return made;
}

export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Moves through the pictures 0 to `last` of a film with its slider and its Play button; `show` draws one of them.
// Returns what ends the playing, and what goes to the last picture.
export function filmed(film, last, milliseconds, show) {
  const slider = film.querySelector("input"), play = film.querySelector(".play");
  const to = (index) => {
    slider.value = index;
    show(Number(slider.value));
  };
  const stop = () => {
    clearInterval(film.playing);
    film.playing = undefined;
    write(play, "Play");
  };
  const next = () => (Number(slider.value) >= last ? stop() : to(Number(slider.value) + 1));
  play.onclick = () => {
    if (film.playing) return stop();
    to(Number(slider.value) >= last ? 0 : Number(slider.value));
    write(play, "Pause");
    film.playing = setInterval(next, milliseconds);
  };
  slider.oninput = () => { stop(); show(Number(slider.value)); };
  return { stop, end: () => { stop(); slider.max = last; to(last); } };
}

// The room that a lecture gives to a part, in pixels of the part: `--room` is its height. On a page it is most of the
// window.
export function room(node) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const height = parseFloat(getComputedStyle(node).getPropertyValue("--room")) || 0.7 * innerHeight;
  return { width: node.clientWidth, height, rem };
}

// Shows a picture that is in the data itself. Anything else would be a request to somebody's server.
export function showImage(image, source) {
  if (String(source).startsWith("data:image/")) image.src = source;
}

// Puts the text on the clipboard and says whether it is there. Without https, browsers have the old way only: a box of
// text inside `place`, where the focus may go.
export async function copied(text, place = document.body) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = make("textarea");
    box.value = text;
    box.style.position = "fixed";
    place.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
}

// Draws a widget in a shadow root inside `host`, so that neither its style nor its elements meet those around it.
// `widget` has its html, its css, and `mount`, the function of its script. Called again, the widget goes on where it
// was. Returns what ends it.
export function mountedIn(host, { html, css, mount }, data) {
  if (!host.shadowRoot) {
    host.attachShadow({ mode: "open" }).innerHTML = html;
    host.shadowRoot.prepend(make("style", "", css));
  }
  const nothing = () => {}; // no server is told of what is picked
  const about = { data, parentElement: host.shadowRoot, setTriggerValue: nothing, setStateValue: nothing };
  return mount(about) ?? nothing;
}
