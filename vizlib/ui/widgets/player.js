import { clamp, copied, make, mountedIn, write } from "./common.js";

/* global WIDGETS -- offline.py writes it before this script */

const NARROW = 700; // px: a narrower player lets its scenes scroll instead of making them fit
const LEAST = 0.4; // of its size, to which a scene is made smaller at most
const AWAKE = 2500; // milliseconds after the mouse moved, during which the buttons are shown on a full screen
const SWIPE = 60; // px
const TRIES = 6; // times that a scene is fitted again because its parts have changed their size
const FLAT = ["bends", "layer_strip", "words"]; // they need a fixed height; alone, they are drawn up to twice as large
const SIDE_BY_SIDE = ["chart", "film", "pictures", "wipe"]; // all others take a line of their own

// The scene to which a key leads from `here`; undefined for keys that lead nowhere.
export function sceneAfter(event, here, count) {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const by = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": event.shiftKey ? -1 : 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  const place = { Home: 0, End: count - 1 }[event.key] ?? here + by[event.key];
  return Number.isNaN(place) ? undefined : clamp(place, 0, count - 1);
}

// The scene that an address ends in, "#3" for the third; undefined if there is no such scene.
export function sceneOf(hash, count) {
  const number = /^#\d+$/.test(hash) ? Number(hash.slice(1)) : 0;
  return number >= 1 && number <= count ? number - 1 : undefined;
}

// The parts in lines: those that may stand side by side do, two or three in a line.
export function lines(parts) {
  const runs = [];
  parts.forEach((part) => {
    const beside = SIDE_BY_SIDE.includes(part.widget), last = runs[runs.length - 1];
    if (beside && last?.beside) last.parts.push(part);
    else runs.push({ beside, parts: [part] });
  });
  return runs.flatMap((run) => {
    const rows = Math.ceil(run.parts.length / 3), each = Math.ceil(run.parts.length / rows);
    return Array.from({ length: rows }, (_, at) => run.parts.slice(at * each, (at + 1) * each));
  });
}

// The largest scale from `most` down, in steps of a twentieth, at which something fits.
export function fitted(most, least, fits) {
  for (let scale = most; scale > least; scale -= 0.05) if (fits(scale)) return scale;
  fits(least);
  return least;
}

const json = ({ page, controls, recipes } = {}, indent) => JSON.stringify({ page, controls, recipes }, null, indent);

function sceneOfData(scene, level) {
  const title = make("h2", "", scene.title);
  title.setAttribute("aria-level", level);
  const parts = make("div", "parts", ...lines(scene.parts).map((row) => make("div", "row", ...row.map((part) => {
    const host = make("div", "part");
    host.setAttribute("role", "group");
    host.setAttribute("aria-label", part.words);
    host.part_ = part;
    return host;
  }))));
  const note = make("p", "note", scene.note);
  return make("article", "scene", title, make("div", "stage", parts), note, make("p", "recipes", json(scene)));
}

// Gives every line of a scene its height, and makes all smaller together where that is not enough.
function fit(scene, narrow) {
  const stage = scene.querySelector(".stage"), parts = scene.querySelector(".parts"), rows = [...parts.children];
  const bare = (row) => [...row.children].every((each) => FLAT.includes(each.part_.widget));
  const tall = rows.filter((row) => !bare(row)), most = tall.length ? 1 : 2, gap = parseFloat(getComputedStyle(parts).rowGap) || 0;
  if (narrow) return parts.style.cssText = `--room: ${0.6 * innerHeight}px`;
  const fits = (scale) => {
    const height = stage.clientHeight / scale;
    parts.style.cssText = `width: ${stage.clientWidth / scale}px; transform: scale(${scale})`;
    const rest = height - gap * (rows.length - 1) - rows.filter(bare).reduce((sum, row) => sum + row.offsetHeight, 0);
    let room = rest / Math.max(1, tall.length), over = 0;
    for (let turn = 0; turn < 6; turn++) { // a part that needs more than its room takes it from those that need less
      parts.style.setProperty("--room", `${room = Math.max(80, 0.6 * height / Math.max(1, tall.length), room - over / Math.max(1, tall.length))}px`);
      over = parts.offsetHeight - height;
      if (over <= 1) break;
    }
    return over <= 1;
  };
  const scale = fitted(most, LEAST, fits), free = stage.clientHeight - scale * parts.offsetHeight;
  stage.classList.toggle("long", free < -2);
  parts.style.top = `${Math.max(0, free / 2)}px`;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".player"), find = (name) => root.querySelector(name);
  const count = data.scenes.length, level = data.alone ? 1 : 2, page = document.documentElement;
  const dialogs = Object.fromEntries(["list", "recipe", "help"].map((name) => [name, find(`dialog.${name}`)]));
  if (root.known !== data.id) {
    root.known = data.id;
    root.at = (data.alone ? sceneOf(location.hash, count) : undefined) ?? clamp(data.start, 0, Math.max(0, count - 1));
    find(".scenes").replaceChildren(...data.scenes.map((each) => sceneOfData(each, level)));
    root.classList.toggle("alone", data.alone);
    root.setAttribute("aria-label", `Lecture: ${data.title}`);
    write(find(".lecture"), data.title);
    write(find(".list h2"), data.title || "Overview");
  }
  const scenes = [...find(".scenes").children], end = new AbortController(), heard = { signal: end.signal };
  const hosts = (scene) => [...scene.querySelectorAll(".part")];
  const inner = () => root.getRootNode();

  const narrow = () => root.clientWidth < NARROW && !root.classList.contains("paper");
  const place = () => {
    root.classList.toggle("narrow", narrow());
    scenes.forEach((each) => { each.tries = 0; fit(each, narrow()); });
  };
  const sized = new ResizeObserver((entries) => {
    if (entries.some((each) => each.target === root)) return place();
    new Set(entries.map((each) => each.target.closest(".scene"))).forEach((each) => {
      if ((each.tries = (each.tries ?? 0) + 1) <= TRIES) fit(each, narrow());
    });
  });
  // Draws the parts of a scene, which then stand still as they are. In a lecture nothing moves by itself.
  const still = (scene) => {
    stop(scene);
    scene.ends = hosts(scene).map((host) => mountedIn(host, WIDGETS[host.part_.widget], { ...host.part_.data, play: false }));
    fit(scene, narrow());
    hosts(scene).forEach((host) => sized.observe(host));
  };
  const stop = (scene) => {
    (scene.ends ?? []).forEach((each) => each());
    scene.ends = undefined;
  };
  const show = (index, told = true) => {
    if (!scenes[index]) return;
    if (index !== root.at) still(scenes[root.at]); // what plays there ends
    root.at = index;
    scenes.forEach((each, at) => {
      each.classList.toggle("now", at === index);
      each.inert = at !== index;
    });
    if (!scenes[index].ends) still(scenes[index]);
    write(find(".count"), `${index + 1} / ${count}`);
    find("[data-act=back]").disabled = index === 0;
    find("[data-act=on]").disabled = index === count - 1;
    if (data.alone) history.replaceState(null, "", `#${index + 1}`);
    if (!told) return;
    write(find(".said"), `Scene ${index + 1} of ${count}: ${data.scenes[index].title}`);
    root.focus({ preventScroll: true });
  };

  const open = (name) => {
    const dialog = dialogs[name], was = dialog.open;
    Object.values(dialogs).forEach((each) => each.close());
    if (!was) dialog.showModal();
  };
  const acts = {
    back: () => show(Math.max(0, root.at - 1)),
    on: () => show(Math.min(count - 1, root.at + 1)),
    list: () => {
      find(".list ol").replaceChildren(...data.scenes.map((scene, index) => {
        const button = make("button", "", scene.title || "Untitled");
        button.type = "button";
        if (index === root.at) button.setAttribute("aria-current", "true");
        button.onclick = () => { dialogs.list.close(); show(index); };
        return make("li", "", button);
      }));
      open("list");
      find(".list [aria-current]")?.focus();
    },
    recipe: () => { write(find(".recipe pre"), json(data.scenes[root.at], 2)); open("recipe"); },
    help: () => open("help"),
    full: () => (inner().fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()).catch(() => {}),
    theme: () => { if (data.alone) page.dataset.theme = page.dataset.theme === "dark" ? "light" : "dark"; },
  };
  root.querySelectorAll("[data-act]").forEach((each) => { each.onclick = acts[each.dataset.act]; });
  find(".copy").onclick = async () => {
    const done = await copied(find(".recipe pre").textContent, dialogs.recipe);
    write(find(".copy"), done ? "Copied" : "Select it and copy it");
    setTimeout(() => write(find(".copy"), "Copy"), 2500);
  };

  // The keyboard: inside a part, the keys are the part's, except those that a presenter's remote control sends.
  const press = (event) => {
    const path = event.composedPath(), here = data.alone || path.includes(root) || path[0] === document.body;
    if (!here || event.ctrlKey || event.altKey || event.metaKey) return;
    const within = path.find((each) => each.matches?.(".part, dialog")), turned = /^Page(Up|Down)$/.test(event.key);
    const act = { f: "full", d: "theme", o: "list", "?": "help" }[event.key.toLowerCase()];
    if (event.key === "Escape" && within?.matches(".part")) root.focus({ preventScroll: true });
    else if (act) acts[act]();
    else if (within?.matches("dialog") || (within && !turned)) return;
    else if (path[0].matches?.("button") && event.key === " ") return;
    else {
      const next = sceneAfter(event, root.at, count);
      if (next === undefined) return;
      if (next !== root.at) show(next);
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("keydown", press, { capture: true, ...heard });

  let resting;
  root.addEventListener("pointermove", () => {
    root.classList.add("awake");
    clearTimeout(resting);
    resting = setTimeout(() => root.classList.remove("awake"), AWAKE);
  }, heard);
  let from;
  const outside = (event) => !event.composedPath().some((each) => each.matches?.(".part, dialog, footer"));
  root.addEventListener("touchstart", (event) => { from = outside(event) ? event.touches[0].clientX : undefined; }, { passive: true, ...heard });
  root.addEventListener("touchend", (event) => {
    const by = from === undefined ? 0 : event.changedTouches[0].clientX - from;
    if (Math.abs(by) > SWIPE) acts[by < 0 ? "on" : "back"]();
  }, heard);

  // Letters are a share of the screen while it is full, as in the file.
  root.addEventListener("fullscreenchange", () => {
    if (!data.alone) page.style.fontSize = inner().fullscreenElement ? "clamp(15px, min(1.33vw, 2.36vh), 80px)" : "";
    root.focus({ preventScroll: true });
  }, heard);
  const dark = matchMedia("(prefers-color-scheme: dark)"), paper = matchMedia("print");
  const themed = () => { page.dataset.theme = dark.matches ? "dark" : "light"; };
  const print = (on) => {
    if (on === root.classList.contains("paper")) return;
    root.classList.toggle("paper", on);
    if (on) [root.theme, page.dataset.theme] = [page.dataset.theme, "light"];
    else page.dataset.theme = root.theme;
    place();
    scenes.forEach(still);
  };
  if (data.alone) {
    themed();
    dark.addEventListener("change", themed, heard);
    paper.addEventListener("change", () => print(paper.matches), heard);
    addEventListener("beforeprint", () => print(true), heard);
    addEventListener("afterprint", () => print(false), heard);
    addEventListener("hashchange", () => { const to = sceneOf(location.hash, count); if (to !== undefined && to !== root.at) show(to); }, heard);
  }
  // The other scenes are made ready while nobody waits, so that they come at once and can be printed.
  const ready = (index) => {
    if (end.signal.aborted || index >= count) return;
    if (!scenes[index].ends) still(scenes[index]);
    setTimeout(ready, 30, index + 1);
  };
  sized.observe(root);
  show(root.at, false);
  if (data.alone) root.focus({ preventScroll: true });
  setTimeout(ready, 300, 0);
  return () => {
    end.abort();
    sized.disconnect();
    scenes.forEach(stop);
  };
}
