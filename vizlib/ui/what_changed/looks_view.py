"""Where both networks look: the share of their saliency on animals whose place and ground are known."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

import numpy as np
import streamlit as st

from vizlib.faithfulness import Located, held_out, locating
from vizlib.models import Classifier, counterpart
from vizlib.render import TARGET, outline, overlay, scale_of, to_image
from vizlib.saliency import explain
from vizlib.ui.shared import charts, live, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, share
from vizlib.ui.what_changed import lesson
from vizlib.ui.what_changed.measured import draw_nothing
from vizlib.ui.what_changed.twins import Show, Twins

_ANIMALS = "sheep", "goat"
_SCENES = 20, 200, 60
_EXAMPLES = 4
_GROUNDS = {False: "usual grounds", True: "swapped grounds"}


def ask(here: Chosen) -> Show:
    """Draws the control; what it returns draws where the networks look."""
    most = int(linked().number_input("Scenes on each ground", *_SCENES, 20, key="wc_scenes", width=220))
    return partial(_draw, here, most)


def _draw(here: Chosen, count: int, pair: Twins, pictures: Choice) -> None:
    if any(counterpart(each.class_names, animal) is None for each in pair.both for animal in _ANIMALS):
        st.info(
            "Here drawn sheep and goats are shown, of which the place is known, and one of the two networks has no "
            "such classes. **Play: the sheep** has two that do."
        )
        return
    control = _control(here, pair)
    networks = {"before": pair.before, "after": pair.after}
    if control is not None:
        networks["control"] = control
    runs = [_run(each, count, swapped) for each in networks.values() for swapped in _GROUNDS]
    words = f"**Look** measures, on {2 * count:d} scenes, how much of the guided saliency is on the animal."
    frames = live.follow_all(
        pair.place(),
        runs,
        draw_nothing,
        "Measuring where they look",
        live.Invitation("Look", partial(st.markdown, words)),
    )
    if all(each is not None and each.step == each.total for each in frames):
        known = [each for each in frames if each is not None]
        found = {(name, swapped): known.pop(0) for name in networks for swapped in _GROUNDS}
        _tell(pair, found)
        _charts(found)
        _examples(networks)


def _control(here: Chosen, pair: Twins) -> Classifier | None:
    """For a lesson: the same network, fine-tuned as long on usual grounds."""
    if not pair.grounds:
        return None
    last = live.follow(
        here.without_picture,
        lesson.recipe(pair.before, "usual"),
        partial(lesson.teaching, pair.before, "usual"),
        what="Fine-tuning the control",
    )
    return last.model if last is not None and last.done else None


def _run(model: Classifier, count: int, swapped: bool) -> live.Run[Located]:
    recipe = {"what": "located", "weights": model.fingerprint, "scenes": count, "swapped": swapped}
    return live.Run(recipe, partial(_locating, model, count, swapped))


def _locating(model: Classifier, count: int, swapped: bool) -> Generator[Located, None, None]:
    scenes, labels = held_out(count, swapped)
    numbers = [counterpart(model.class_names, each) or 0 for each in _ANIMALS]
    yield from locating(model, scenes, [numbers[each] for each in labels])


def _tell(pair: Twins, found: dict[tuple[str, bool], Located]) -> None:
    """What was measured, in two sentences."""
    before, after = found["before", True], found["after", True]
    words = (
        f"On swapped grounds, **{share(float(before.inside.mean()))}** of the saliency is on the animal before and "
        f"**{share(float(after.inside.mean()))}** after training"
    )
    if ("control", True) in found:
        words += f" ({share(float(found['control', True].inside.mean()))} after training on usual grounds)"
    words += f"; the animal is {share(float(before.area.mean()))} of the picture. "
    live.verdict().markdown(
        f"{words}The answer is right for **{share(before.accuracy)}** before and **{share(after.accuracy)}** after."
    )


def _charts(found: dict[tuple[str, bool], Located]) -> None:
    st.header("Saliency on the animal")
    drawn = [_bar(name, swapped, each) for (name, swapped), each in found.items()]
    area = float(np.mean([each.area.mean() for each in found.values()]))
    drawn.append(charts.Bar("the animal's area", 100 * area, color=TARGET, hover="of a map that is spread evenly"))
    charts.bars(drawn, "guided saliency on the animal (%), mean with 95 % interval", "inside", percentages=True)
    st.header("Right answers")
    right = [charts.Bar(_named(*key), 100 * each.accuracy) for key, each in found.items()]
    charts.bars(right, "right answers (%)", "right", percentages=True)
    st.caption(
        "Every scene is drawn and was held out; with swapped grounds, sheep stand on rock and goats on grass. The map "
        "is guided backpropagation for the network's own answer. Control: the same network, fine-tuned as long and on "
        "as many pictures, all of them on their usual grounds."
        if ("control", True) in found
        else "Every scene is drawn and was held out; with swapped grounds, sheep stand on rock and goats on grass. The "
        "map is guided backpropagation for the network's own answer."
    )


def _named(name: str, swapped: bool) -> str:
    return f"{name}, {_GROUNDS[swapped]}"


def _bar(name: str, swapped: bool, found: Located) -> charts.Bar:
    low, high = found.interval
    return charts.Bar(_named(name, swapped), 100 * float(found.inside.mean()), interval=(100 * low, 100 * high))


def _examples(networks: dict[str, Classifier]) -> None:
    """The first held-out scenes on swapped grounds, with each network's map and answer."""
    st.header("Some of the scenes")
    scenes, _ = held_out(_EXAMPLES, swapped=True)
    for name, model in networks.items():
        pixels = model.prepare([each.image for each in scenes])
        maps = explain(model, pixels, "guided").values.numpy()
        tops = [best[0] for best in model.top(pixels, 1)]
        for column, image, values, scene, top in zip(
            st.columns(_EXAMPLES, gap="medium"), to_image(pixels), maps, scenes, tops
        ):
            picture = outline(overlay(image, values, False, 0.8, scale_of(values)), scene.mask)
            show.figure(picture, f"{name}: {plain(top.label)}", column, show.LEAST_WIDTH // 2)
