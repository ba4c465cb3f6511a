"""What is trained: the pictures and the settings, with the recipe that trains the same again."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vizlib.training import GanFrame, judge_of, train_gan
from vizlib.ui.shared import live, picture_set
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen


@dataclass(frozen=True, eq=False)
class Plan:
    """One run.

    Attributes:
        pictures: chosen on the page.
        settings: as `train_gan` takes them.
        preset: which one these are, "" for settings of the visitor's own.
    """

    pictures: Choice
    settings: dict[str, Any] = field(repr=False)
    preset: str = ""

    @property
    def recipe(self) -> dict[str, Any]:
        """Trains the same again."""
        return {"what": "gan", "pictures": self.pictures.parts} | self.settings

    @property
    def total(self) -> int:
        """How many steps there are."""
        return int(self.settings["steps"])

    def place(self, here: Chosen) -> live.Place:
        """Where the run computes."""
        return live.Place(str(here.model.device), not self.pictures.private)

    def train(self, device: str, resume: bytes | None = None) -> Generator[GanFrame, None, None]:
        """The run on that device, from its beginning or from a checkpoint."""
        data = self.pictures.data
        yield from train_gan(data, judge=judge_of(data, device), resume=resume, **self.settings)


def again(parts: Mapping[str, Any], resume: bytes | None, device: str) -> Generator[GanFrame, None, None]:
    """The run of a recipe, without a page: a kept run after a restart of the server."""
    settings = {key: value for key, value in parts.items() if key not in ("what", "pictures")}
    yield from Plan(picture_set.again(parts["pictures"]), settings).train(device, resume)
