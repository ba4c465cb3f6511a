import { make } from "./common.js";

export default function ({ data, parentElement }) {
  const figure = ({ label, value }) => make("div", "", make("dt", "", label), make("dd", "", value));
  parentElement.querySelector(".sentences").replaceChildren(...data.sentences.map((each) => make("p", "", each)));
  parentElement.querySelector(".figures").replaceChildren(...(data.figures ?? []).map(figure));
}
