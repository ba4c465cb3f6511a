"""A plan: many results, listed by recipe in plain JSON, and the tasks that make them.

[
  {"what": "atlas", "networks": ["bundled/scenes", "resnet18"], "layers": "all"},
  {"what": "class picture", "networks": ["resnet18"], "classes": ["tabby", 7], "seed": [0, 1]}
]
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vizlib.batch.kinds.kind import Kind
from vizlib.batch.kinds.table import KINDS
from vizlib.batch.reading import Place, read
from vizlib.batch.task import Task
from vizlib.errors import UnknownName, VizError
from vizlib.models import Classifier

Opening = Callable[[str], Classifier]  # a network by name


@dataclass(frozen=True)
class Listed:
    """One entry of a plan, checked.

    Attributes:
        place: where it stands in the plan.
        what: the kind of result.
        given: its words as the plan has them.
    """

    place: Place
    what: str
    given: Mapping[str, Any]

    @property
    def kind(self) -> Kind:
        return KINDS[self.what]

    @property
    def words(self) -> Any:
        """The words as the kind's record holds them."""
        return read(self.kind.words, self.given, self.place)

    def tasks(self, model: Classifier, device: str) -> list[Task]:
        """Its tasks for one of its networks. Raises VizError that names the place in the plan."""
        try:
            return list(self.kind.tasks(self.words, model, device))
        except VizError as problem:
            words = f"In {self.place.words}, for {model.name}: {problem.sentence}"
            raise VizError(words, problem.remedy) from problem


@dataclass(frozen=True)
class Plan:
    """Results that a batch computes.

    Attributes:
        listed: the entries, checked.
    """

    listed: tuple[Listed, ...]

    @property
    def networks(self) -> list[str]:
        """The networks, each once, in the order of the plan."""
        return list(dict.fromkeys(name for each in self.listed for name in each.words.networks))

    def tasks(self, opening: Opening, device: str) -> Iterator[Task]:
        """All tasks, each once, one network after another, so that each is opened once.

        opening: gives a network by name. device: the kind of device whose results are wanted.

        Raises VizError for a network that does not open and for a word that does not suit it.
        """
        known: set[str] = set()
        for name in self.networks:
            model = opening(name)
            for each in self.listed:
                for task in each.tasks(model, device) if name in each.words.networks else ():
                    if task.key not in known:
                        known.add(task.key)
                        yield task


def read_plan(source: str | os.PathLike[str] | Sequence[Mapping[str, Any]]) -> Plan:
    """The plan in a JSON file, or given as a list of results.

    Raises VizError for what is no plan, UnknownName for unknown words: the sentence names the place.
    """
    given = _opened(Path(source)) if isinstance(source, str | os.PathLike) else source
    if not isinstance(given, Sequence) or not given:
        raise VizError("The plan is no list of results.", 'Write [{"what": "atlas", "networks": ["resnet18"]}].')
    return Plan(tuple(_listed(number, each) for number, each in enumerate(given, 1)))


def _opened(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise VizError(
            f"The plan {path.name} cannot be read: {problem.strerror}.", "Give the path of a file."
        ) from None
    except ValueError as problem:
        raise VizError(f"The plan {path.name} is no JSON: {problem}.", "Correct this place in the file.") from None


def _listed(number: int, given: Any) -> Listed:
    what = str(given.get("what")) if isinstance(given, Mapping) else ""
    if what not in KINDS:
        raise UnknownName.among(f"kind of result for entry {number} of the plan", what, KINDS)
    place = Place(f"entry {number} of the plan ({what})")
    found = Listed(place, what, {word: value for word, value in given.items() if word != "what"})
    _ = found.words  # an unknown word is told before anything is computed
    return found
