"""What both networks answer to pictures with classes, and which of the old classes were forgotten."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial

import numpy as np
import streamlit as st

from vizlib.models import counterpart
from vizlib.training import Confusion, PictureSet, answering, with_old_head
from vizlib.ui.shared import confusion, live, show
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, share, short
from vizlib.ui.what_changed.measured import draw_nothing, held_out
from vizlib.ui.what_changed.twins import Show, Twins

_FORGOTTEN = 0.2  # share of a class's pictures that must be lost for it to be called forgotten


def ask(here: Chosen) -> Show:
    """This view has no controls of its own."""
    here.model.need_classes()
    return _draw


def _draw(pair: Twins, pictures: Choice) -> None:
    pictures.need()
    data = held_out(pictures)
    names = [name for name, model in zip(("before", "after"), pair.both) if _knows(model.class_names, data)]
    old = pair.before.class_names != pair.after.class_names and "before" in names
    kinds = [*names, *(["old"] if old else [])]
    if not kinds:
        st.info(f"Neither network knows the classes of {plain(pictures.name)}. Choose other pictures above.")
        return
    runs = [_run(pair, pictures, kind, data) for kind in kinds]
    words = f"**Ask both** shows {len(data):d} held-out pictures ({plain(pictures.name)}) to both networks."
    invitation = live.Invitation("Ask both", partial(st.markdown, words))
    frames = live.follow_all(pair.place(pictures.private), runs, draw_nothing, "Asking the networks", invitation)
    found = {kind: each for kind, each in zip(kinds, frames) if each is not None and each.step == each.total}
    if len(found) == len(kinds):
        _finish(pair, found)


def _knows(class_names: Sequence[str], data: PictureSet) -> bool:
    return any(counterpart(class_names, each) is not None for each in data.classes)


def _run(pair: Twins, pictures: Choice, kind: str, data: PictureSet) -> live.Run[Confusion]:
    recipe = pair.recipe("answers", kind=kind, pictures=pictures.parts)
    return live.Run(recipe, partial(_asking, pair, kind, data))


def _asking(pair: Twins, kind: str, data: PictureSet) -> Generator[Confusion, None, None]:
    model = {"before": lambda: pair.before, "after": lambda: pair.after, "old": lambda: with_old_head(*pair.both)}[
        kind
    ]()
    yield from answering(model, data)


def _finish(pair: Twins, found: dict[str, Confusion]) -> None:
    titles = {"before": "Before", "after": "After", "old": "After, with the old classifier"}
    for column, (kind, each) in zip(show.grid(len(found), 2), found.items()):
        with column:
            st.header(plain(titles[kind]))
            st.markdown(f"**{share(each.accuracy)}** of {each.total:d} pictures are answered rightly.")
            table = each.confusion
            others = ["another class"] if table[:, -1].any() else []
            confusion.draw(table[:, : len(each.classes) + len(others)], each.classes, others, "answer", kind)
    later = found.get("old") or found.get("after")
    if "before" in found and later is not None and later.classes == found["before"].classes:
        _forgotten(pair, found["before"], later, "old" in found)
    else:
        live.verdict().markdown(_accuracies(found))


def _accuracies(found: dict[str, Confusion]) -> str:
    said = [f"**{share(each.accuracy)}** {plain(kind)} training" for kind, each in found.items() if kind != "old"]
    return f"Answered rightly: {' and '.join(said)}."


def _forgotten(pair: Twins, before: Confusion, after: Confusion, old: bool) -> None:
    """Draws how often each old class is answered rightly, before and after, and says which are forgotten."""
    st.header("Old classes")
    loss = before.right - after.right
    order = [int(each) for each in np.argsort(-loss, kind="stable")]
    rows = [
        [short(before.classes[each]), share(before.right[each]), share(after.right[each]), f"{-100 * loss[each]:+.1f}"]
        for each in order
    ]
    show.table(["Class", "Right before", "Right after", "Change (points)"], rows, numbers=True)
    how = (
        "After training, the new features are read by the old classifier, which has not changed: a class is lost where "
        "the features have moved away from what this classifier reads. It may still be possible to learn it again."
        if old
        else "Both networks have the same classes, so each is read by its own classifier."
    )
    st.caption(f"{how} A class counts as forgotten if at least {share(_FORGOTTEN)} of its pictures are lost.")
    lost = [before.classes[each] for each in order if loss[each] >= _FORGOTTEN]
    named = plain(", ".join(short(each) for each in lost[:6]))
    live.verdict().markdown(
        f"Of {len(before.classes):d} old classes, **{len(lost):d}** are forgotten{f': {named}' if lost else ''}. "
        f"In all, {share(before.accuracy)} of the answers are right before, and {share(after.accuracy)} after."
    )
