import { make, room, showImage } from "./common.js";

const CAPTION = 2.5; // rem under each picture, with the gap, as in pictures.css
const LEGEND = 2.4; // rem

// How wide a picture may be so that all `count` of this aspect ratio stand in the room, in so many columns.
export function widest(count, aspect, columns, width, height, caption) {
  const rows = Math.ceil(count / columns);
  return Math.min(width / columns, aspect * (height / rows - caption));
}

// In how many columns the pictures become largest.
export function bestColumns(count, aspect, width, height, caption) {
  const sizes = Array.from({ length: count }, (_, at) => widest(count, aspect, at + 1, width, height, caption));
  return 1 + sizes.indexOf(Math.max(...sizes));
}

function tileOf({ source, caption, crisp }) {
  const image = make("img", crisp ? "crisp" : "");
  image.alt = caption;
  showImage(image, source);
  return make("figure", "", image, make("figcaption", "", caption));
}

function entryOf({ source, words }) {
  const image = make("img");
  image.alt = "";
  showImage(image, source);
  return make("span", "", image, words);
}

export default function ({ data, parentElement }) {
  const board = parentElement.querySelector(".board"), tiles = board.querySelector(".tiles");
  if (!board.built) {
    board.built = true;
    tiles.replaceChildren(...data.pictures.map(tileOf));
    board.querySelector(".legend").replaceChildren(...(data.legend ?? []).map(entryOf));
  }
  const images = [...tiles.querySelectorAll("img")], count = Math.max(1, images.length);
  const place = () => {
    const shapes = images.map((each) => each.naturalWidth / each.naturalHeight).filter((each) => each > 0);
    const aspect = shapes.length ? Math.max(...shapes) : 1, size = room(board);
    const legend = data.legend?.length ? LEGEND : 0, height = size.height - legend * size.rem;
    const columns = data.columns || bestColumns(count, aspect, size.width, height, CAPTION * size.rem);
    const rows = Math.ceil(count / columns);
    board.style.cssText = `--columns: ${columns}; --rows: ${rows}; --aspect: ${aspect}; --legend: ${legend}rem`;
  };
  images.forEach((each) => { each.onload = place; });
  place();
  const sized = new ResizeObserver(place);
  sized.observe(board);
  return () => sized.disconnect();
}
