import { showImage } from "./common.js";

export default function ({ data, parentElement }) {
  const image = parentElement.querySelector("img");
  image.alt = data.words;
  showImage(image, data.source);
}
