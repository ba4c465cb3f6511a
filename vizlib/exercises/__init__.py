"""What courses ask: their exercises as data, with parameters, published figures, and settings that ask the same here.

    from vizlib import exercises

    for each in exercises.EXERCISES:
        print(each.course, each.title, each.link())
    for frame in exercises.run("cs231n_fooling"):
        print(frame.step, frame.total, frame.rows)

An exercise links settings, never answers. `run` measures ours beside the published figure, on a bundled network and
drawn pictures, or on those that are given. `kept()` is what was measured before. The page about them is called
Exercises of known courses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Final

from vizlib.errors import VizError
from vizlib.exercises import fooling_measures, looking_measures
from vizlib.exercises.listing import EXERCISES, LEFT_OUT, exercise
from vizlib.exercises.measured import KEPT, NOTHING, Measured, Row, as_json, kept
from vizlib.exercises.record import EVIDENCE, Exercise, Published
from vizlib.exercises.subject import Subject, attack_of, drawn_for, typed
from vizlib.models import Classifier, in_own_context, load_model
from vizlib.pictures import as_picture

__all__ = [
    "EVIDENCE",
    "EXERCISES",
    "KEPT",
    "LEFT_OUT",
    "MEASURES",
    "NOTHING",
    "Exercise",
    "Measured",
    "Published",
    "Row",
    "as_json",
    "attack_of",
    "exercise",
    "kept",
    "run",
    "typed",
]

MEASURES: Final[Mapping[str, Callable[[Subject], Iterator[Measured]]]] = {
    "saliency": looking_measures.saliency,
    "shortcut": looking_measures.shortcut,
    "cs231n_class_picture": looking_measures.of_cs231n,
    "rdfia_class_picture": looking_measures.of_rdfia,
    "rdfia_from_photograph": looking_measures.from_photograph,
    "digits_class_picture": looking_measures.of_digits,
    "cs231n_fooling": fooling_measures.loop,
    "rdfia_fooling": fooling_measures.loop,
    "sutd_fooling": fooling_measures.leads,
    "kolter_madry_untargeted": fooling_measures.untargeted,
    "kolter_madry_targeted": fooling_measures.targeted,
    "uva_fgsm": fooling_measures.errors,
    "pytorch_fgsm": fooling_measures.over_epsilon,
    "tensorflow_fgsm": fooling_measures.growing_epsilon,
    "ntu_fgsm": fooling_measures.accuracy,
    "ntu_ifgsm": fooling_measures.accuracy,
}


@in_own_context
def run(
    key: str,
    model: Classifier | None = None,
    pictures: Sequence[Any] | None = None,
    labels: Sequence[int] | None = None,
    name: str = "",
) -> Generator[Measured, None, None]:
    """Measures an exercise: a generator of `Measured`, of which the last one is the answer.

    key: of the exercise, in any spelling.
    model: the network; by default the bundled one of the exercise's link.
    pictures, labels: pictures of any kind that `open_picture` takes, and their classes as the network numbers them. By
        default held-out drawings of the bundled networks' classes; for other networks the sample photographs.
    name: what the pictures are, for the frames.

    Raises UnknownName for another exercise, VizError for one that cannot be measured here and for pictures without
    labels.

    Example:
        >>> from vizlib import exercises
        >>> *_, last = exercises.run("ntu_fgsm")
        >>> [row.what for row in last.rows]
        ['accuracy before', 'accuracy under FGSM']
    """
    asked = exercise(key)
    if not asked.measure:
        raise VizError(f"{asked.course}: {asked.title} cannot be measured here.", asked.needs)
    used = model or load_model(str(asked.bundled["network"]))
    yield from MEASURES[asked.measure](_subject(asked, used, pictures, labels, name))


def _subject(asked: Exercise, model: Classifier, pictures: Any, labels: Any, name: str) -> Subject:
    if pictures is None:
        return drawn_for(asked, model)
    if labels is None or len(labels) != len(pictures) or not len(pictures):
        raise VizError("An exercise is measured on pictures whose classes are known.", "Give one label per picture.")
    given = [as_picture(each) for each in pictures]
    return Subject(asked, model, given, [int(each) for each in labels], name or f"{len(given)} pictures")
