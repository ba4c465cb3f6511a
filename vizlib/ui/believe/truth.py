"""What does the answer really depend on? The scene is drawn again without one thing, and compared with each map."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from vizlib.faithfulness import Known, Mapped, Variant, known, mapping, shares_of, true_shares
from vizlib.render import Image8, overlay, scale_of
from vizlib.synthetic import Scene
from vizlib.ui.believe import report
from vizlib.ui.believe.asked import TILE, Examined
from vizlib.ui.shared import live, save, show
from vizlib.ui.shared.plot import Panel
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import number, plain, share

_ABOUT = (
    "The picture is a drawing, so it can be **drawn again without one thing**: without its object, without one part of "
    "it, on another ground. By how much the score of the class changes *is* the importance of that thing, and each "
    "map can be compared with it."
)
_MOST = 18  # drawings side by side


def draw(here: Chosen, asked: Examined) -> None:
    """Draws the scene with one thing changed at a time, and what each map says of these things."""
    live.status()
    if here.subject.scene is None:
        st.info("**The truth is known of drawn scenes only.** Choose *Drawn* under Picture in the sidebar.")
        return
    asked.need()
    parts = {**here.recipe, **asked.parts("known truth"), "methods": []}
    invitation = live.Invitation("Draw it again", lambda: st.markdown(_ABOUT))
    pictures, scene = Slot(st), here.subject.scene
    found = live.follow(
        here.place, parts, partial(_known, here, scene, asked), partial(_forming, pictures), "Drawing", invitation
    )
    if found is None or found.step < found.total:
        return
    with pictures.rest():
        _variants(found, here)
    maps = live.follow(
        asked.place(here),
        {**here.recipe, **asked.parts("maps of known truth")},
        partial(_maps, here, asked),
        what="Maps",
    )
    if maps is not None and maps.step == maps.total:
        _show(found, maps, here, asked)


def _known(here: Chosen, scene: Scene, asked: Examined) -> Any:
    return known(here.model, scene, asked.target)


def _maps(here: Chosen, asked: Examined) -> Any:
    return mapping(here.model, here.pixels, asked.asked(here), asked.target)


def _forming(slot: Slot, frame: Known) -> None:
    seen = [each for each in frame.variants if len(each.logits)]
    if seen:
        show.moving(seen[-1].image, f"drawing {frame.step} of {frame.total}", slot.live(), TILE)


def _variants(found: Known, here: Chosen) -> None:
    """Draws the scene and its variants, each with the score."""
    st.header("The same scene, but for one thing")
    score = found.logits[found.target]
    tiles = [("the scene", found.image, f"score {number(float(score))}")]
    tiles += [(_words(each), each.image, _change(each, found)) for each in found.variants]
    for place, (words, image, changed) in zip(show.grid(len(tiles[:_MOST]), 6), tiles):
        show.figure(image, f"{words}: {changed}", place, TILE)


def _words(variant: Variant) -> str:
    said = {
        "object": "without its object",
        "background": f"on {variant.what}",
        "part": f"without {variant.what}",
        "moved": "moved",
        "recolored": "in other colors",
        "replaced": f"a {variant.what} in its place",
    }
    return said[variant.change]


def _change(variant: Variant, found: Known) -> str:
    change = float(variant.logits[found.target] - found.logits[found.target])
    return f"{'+' if change > 0 else ''}{number(change)}"


def _show(found: Known, maps: Mapped, here: Chosen, asked: Examined) -> None:
    truth = true_shares(found)
    names = [each.name for each in found.things]
    shares = np.stack([shares_of(values, found) for values in maps.values])
    said = _said(found, maps, shares, truth)
    live.verdict().markdown(said)
    st.header("What each map says of these things")
    columns = show.grid(len(maps.methods), 4)
    for place, method, values in zip(columns, maps.methods, maps.values):
        show.figure(_over(here.image, values), method, place)
    head = ["method", *names, "highest pixel", "passes", "seconds"]
    rows = [["what the score depends on", *map(share, truth), found.decides, "", ""]]
    rows += [_row(found, maps, at, shares[at]) for at in range(len(maps.methods))]
    show.table(head, rows, numbers=True)
    st.caption(
        "Each row is shared out over all things and sums to 100 %: a map by its absolute values, the first row by how "
        "much the score changes without the thing. Pixels of a part that lie behind another part count for that one."
    )
    st.markdown(_ABOUT)
    numbers = [["what the score depends on", *map(float, truth)]]
    numbers += [[method, *map(float, each)] for method, each in zip(maps.methods, shares)]
    with st.container(horizontal=True):
        save.save_csv("Shares (CSV)", ["method", *names], numbers, "filterscope_known_truth")
        words = f"{plain(here.name)}: {plain(asked.name)}. {said}"
        report.button("known_truth", words, partial(_panels, found, maps, here, (truth, shares)))


def _panels(found: Known, maps: Mapped, here: Chosen, shares: Any) -> list[Panel]:
    seen, things = found.variants[:_MOST], [each.name for each in found.things]
    words = list(map(_words, seen))
    changes = [float(each.logits[found.target] - found.logits[found.target]) for each in seen]
    over = [_over(here.image, each) for each in maps.values]
    shared = zip(("what the score depends on", *maps.methods), (shares[0], *shares[1]))
    return [
        *report.rows(["the scene", *words], [found.image, *(each.image for each in seen)], 5),
        report.bars("By how much the score changes", "", words, changes),
        *report.rows(maps.methods, over, 4),
        *(report.bars(f"Shares: {name}", "%", things, 100 * np.asarray(each)) for name, each in shared),
    ]


def _row(found: Known, maps: Mapped, at: int, shares: Sequence[float]) -> list[str]:
    values = maps.values[at]
    highest = np.unravel_index(int(np.nanargmax(values)), values.shape)
    where = next((each.name for each in found.things if each.mask[highest]), "")
    return [maps.methods[at], *map(share, shares), where, f"{int(maps.passes[at]):,}", number(float(maps.seconds[at]))]


def _over(image: Image8, values: Any) -> Image8:
    return overlay(image, values, bool((values < 0).any()), 0.75, scale_of(values))


def _said(found: Known, maps: Mapped, shares: Any, truth: Any) -> str:
    """What the score depends on, and whose shares are the closest to that and the farthest from it."""
    decides = "the object" if found.decides == "object" else "the background"
    off = np.abs(shares - truth).sum(1) / 2
    best, worst = int(off.argmin()), int(off.argmax())
    words = (
        f"The score of this class depends most on **{decides}**, and for {share(float(truth[0]))} on the background."
    )
    if len(off) < 2:
        return f"{words} {plain(maps.methods[0])} has {share(float(off[0]))} of its map elsewhere."
    return (
        f"{words} {plain(maps.methods[best])} is the closest to that, with {share(float(off[best]))} of its map "
        f"elsewhere; {plain(maps.methods[worst])} is the farthest, with {share(float(off[worst]))}."
    )
