"""All exercises, in the order of the page: those that look inside, that fool, and that teach."""

from __future__ import annotations

from typing import Final

from vizlib.exercises import budgets, class_pictures, fooling, learning, looking
from vizlib.exercises.record import Exercise
from vizlib.method import key_of

EXERCISES: Final[tuple[Exercise, ...]] = (
    *looking.SALIENCY,
    *class_pictures.CLASS_PICTURES,
    *looking.FILTERS,
    *fooling.LOOPS,
    *budgets.BUDGETS,
    *learning.TRANSFER,
    *learning.DOMAINS,
    *learning.GENERATORS,
)
LEFT_OUT: Final = (  # exercises that no page answers, and why
    ("UvA Deep Learning: adversarial patches", "No page makes patches that fool wherever they are put."),
    ("NTU Machine Learning: LIME", "It explains by segments, and no page has them."),
    ("NTU Machine Learning: WGAN with clipped weights", "The page about generators has no such loss."),
)


def exercise(key: str) -> Exercise:
    """The exercise of that name, in any spelling. Raises UnknownName with the closest names."""
    known = {each.key: each for each in EXERCISES}
    return known[key_of("exercise", key, dict.fromkeys(known, ()))]
