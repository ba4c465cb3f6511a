"""What an exercise is: what a course asks, with which parameters, and the settings of our page that ask the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import urlencode

from vizlib.records import brief

Query: TypeAlias = Mapping[str, str | Sequence[str]]  # parts of a page's link: the widgets' keys with their values

_FIRST: Final = "saliency"  # the page that the dashboard opens without a name in the address

EVIDENCE: Final = {  # how well a published figure is known
    "": "as the course publishes it",
    "copy": "read in a copy of the course's page",
    "note": "read in a note about the course",
    "computed": "computed from what the course publishes",
}


@dataclass(frozen=True)
class Published:
    """One figure that a course publishes.

    Attributes:
        what: what was measured: "top-1 error under FGSM".
        value: the figure, with its unit.
        evidence: a key of `EVIDENCE`.
    """

    what: str
    value: str
    evidence: str = ""


@dataclass(frozen=True, eq=False)
class Exercise:
    """An exercise of a course. It links settings, never answers.

    Attributes:
        key: its name in calls: "cs231n_class_picture".
        course: "CS231n".
        title: what it is about.
        asks: what the course asks, in our words.
        source: where the course publishes it.
        network: the network that the course takes, with its weights.
        parameters: the course's own parameters, (name, value).
        page: the name of the page that answers it.
        settings: the widgets of that page with the course's parameters, as a link writes them.
        theirs: further parts of the link: the course's own network and class.
        bundled: the same for a network that needs no download.
        published: the figures that the course publishes; often there are none.
        measure: a key of `MEASURES` for what can be measured here; "" for nothing.
        differs: in what the page's settings are not the course's, in whole sentences; "" if they are the same.
        needs: which weights and pictures it takes to measure the published figure.
        checked: the test in which our steps equal an implementation from the course's description; "" for none.
    """

    key: str
    course: str
    title: str
    asks: str
    source: str
    network: str
    parameters: Sequence[tuple[str, str]]
    page: str
    settings: Query
    theirs: Query = field(default_factory=dict)
    bundled: Query = field(default_factory=dict)
    published: Sequence[Published] = ()
    measure: str = ""
    differs: str = ""
    needs: str = ""
    checked: str = ""

    __repr__ = brief

    def query(self, own: bool = False) -> dict[str, list[str]]:
        """The parts of the link that opens the page with these settings.

        own: on the course's own network, which may have to be downloaded; else on a bundled one.
        """
        parts = {**self.settings, **(self.theirs if own else self.bundled)}
        return {key: [value] if isinstance(value, str) else list(value) for key, value in parts.items()}

    def link(self, own: bool = False) -> str:
        """The same as an address on the dashboard: "/class_picture?steps=100"."""
        page = "" if self.page == _FIRST else self.page
        return f"/{page}?{urlencode(self.query(own), doseq=True)}"
