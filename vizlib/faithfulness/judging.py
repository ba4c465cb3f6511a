"""All methods by all criteria over drawn scenes of which the truth is known, as a table."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

import numpy as np

from vizlib.errors import VizError
from vizlib.faithfulness.asked import Maps, Methods, asked_of, mapped, question_of
from vizlib.faithfulness.criteria import CRITERIA, scores, true_shares
from vizlib.faithfulness.judged import CHANCE, TRUTH, Judged, Rows, check_names
from vizlib.faithfulness.sheep import held_out
from vizlib.faithfulness.things import KINDS, known
from vizlib.faithfulness.truth import Known, truth_map
from vizlib.models import Classifier, in_own_context
from vizlib.synthetic import HELD_OUT_SEED, Drawing, Scene, draw, scene

_APART = 100_000  # from the scenes of one seed to those of the next


@in_own_context
def judging(
    model: Classifier, scenes: int | Sequence[Scene | Drawing], methods: Methods, *, seed: int = 0
) -> Generator[Judged, None, None]:
    """All methods by all criteria over drawn scenes whose truth is known, for the class that the network answers.

    scenes: how many held-out scenes; or scenes or drawings, such as `held_out(200, swapped=True)[0]`. For a network of
        sheep and goats a number means scenes of these, half of them on swapped grounds.
    methods: keys, or `Asked`. seed: of the choice of the scenes and of the random maps.

    Yields `Judged`, several times per scene. Raises VizError for no scene and for a network that does not know the
    scenes' classes, and what `vizlib.explain` raises.
    """
    asked = asked_of(methods)
    rows = Rows([*check_names(asked), CHANCE, TRUTH], [*CRITERIA])
    drawings = _drawings(model, scenes, seed)
    for number, drawing in enumerate(drawings):
        yield rows.frame(len(drawings))
        for truth in known(model, drawing):
            found = truth
            yield rows.frame(len(drawings))
        maps: list[tuple[Maps, float, int]] = []
        for target in (found.target, found.other):
            question = question_of(model, model.prepare([drawing.image]), asked, target)
            for frame in mapped(model, question):
                got = frame
                yield rows.frame(len(drawings))
            maps += zip(got.values, got.seconds.tolist(), got.passes.tolist())
        _judge(model, found, rows, maps, np.random.default_rng((seed, number)))
    yield rows.frame(len(drawings))


def _judge(
    model: Classifier, found: Known, rows: Rows, maps: Sequence[tuple[Maps, float, int]], random: np.random.Generator
) -> None:
    """Adds the scores of all rows for one scene. maps: those of the target, then those of the other class."""
    names = list(rows.values)[:-2]
    kept: dict[frozenset[str], bool] = {}
    for name, (values, seconds, passes), (other, _, _) in zip(names, maps, maps[len(names) :]):
        there = bool(np.isfinite(values).all() and np.isfinite(other).all())
        rows.add(name, scores(model, found, values, other, kept) if there else {}, seconds, passes)
    noise = random.random((2, *found.mask.shape), np.float32)
    rows.add(CHANCE, scores(model, found, noise[0], noise[1], kept))
    rows.add(TRUTH, scores(model, found, truth_map(found), truth_map(found, other=True), kept))
    right = model.class_names[int(found.logits.argmax())] == found.scene.kind
    rows.finish(right, float(true_shares(found)[0]))


def _drawings(model: Classifier, scenes: int | Sequence[Scene | Drawing], seed: int) -> list[Drawing]:
    """The drawings of the scenes. Raises VizError for none, or for classes that the network does not have."""
    if isinstance(scenes, int):
        scenes = _held_out(model, scenes, seed)
    drawings = [draw(each) if isinstance(each, Scene) else each for each in scenes]
    foreign = {each.scene.kind for each in drawings} - set(model.class_names)
    if foreign or not drawings:
        what = f"{model.name} has no class {sorted(foreign)[0]}." if foreign else "There is no scene."
        raise VizError(what, "Give scenes of its classes, or choose a network of drawn scenes, such as bundled/scenes.")
    return drawings


def _held_out(model: Classifier, count: int, seed: int) -> list[Drawing]:
    """Scenes that no network was trained with, of the network's classes."""
    names = set(model.class_names)
    if names == {"sheep", "goat"}:
        usual = held_out((count + 1) // 2, swapped=False, seed=seed)[0]
        return usual + held_out(count // 2, swapped=True, seed=seed)[0]
    of = next((of for of, kinds in KINDS.items() if names & set(kinds)), "")
    if not of:
        return []
    kinds = [each for each in KINDS[of] if each in names]
    first = HELD_OUT_SEED + seed * _APART
    drawn = [scene(first + each, of=of) for each in range(count)]
    fits = [each if each.kind in names else replace(each, kind=kinds[each.seed % len(kinds)]) for each in drawn]
    return [draw(each) for each in fits]
