import { mountedIn } from "./common.js";

/* global WIDGETS -- offline.py writes it before this script */

// Reads the scenes out of the page and shows them in the player.
export default function ({ parentElement }) {
  const blocks = [...parentElement.querySelectorAll("script.scene")];
  const scenes = blocks.map((each) => JSON.parse(each.textContent));
  const data = { id: "file", title: parentElement.title, scenes, start: 0, alone: true };
  mountedIn(parentElement.querySelector("#lecture"), WIDGETS.player, data);
}
