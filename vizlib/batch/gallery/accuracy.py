"""How often a network is right, where what is installed says it: the cards of the bundled networks, and timm's tables.

timm's repository has such tables (results/results-imagenet.csv, with the columns model, top1 and img_size), but its
package left them out in all versions up to 1.0.31. If a later one ships them, they are read here. Nothing is
downloaded.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from vizlib.weights import BUNDLED, bundled_models

_PLACES = ("results/results-imagenet.csv", "data/results/results-imagenet.csv", "data/_info/results-imagenet.csv")
_LARGEST = 4_000_000  # bytes of a table that are read
_IN_CARD = re.compile(
    r"^\| ([\d,]+) pictures that training has not seen \|.*?^\| as in training \| ([\d.]+)% \|",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Accuracy:
    """A share of right answers, in [0, 1], and on which pictures it was measured."""

    share: float
    pictures: str

    @property
    def words(self) -> str:
        """ "99.6 % of 2,000 drawn pictures that training has not seen"."""
        return f"{100 * self.share:.1f}\N{NO-BREAK SPACE}% {self.pictures}"


def accuracy(network: str) -> Accuracy | None:
    """The network's accuracy, None where nothing that is installed says it."""
    if network in bundled_models():
        return _of_card((BUNDLED / network.partition("/")[2] / "card.md").read_text(encoding="utf-8"))
    known = imagenet()
    return known.get(network) or known.get(network.partition(".")[0])


def _of_card(card: str) -> Accuracy | None:
    found = _IN_CARD.search(card)
    return found and Accuracy(float(found[2]) / 100, f"of {found[1]} drawn pictures that training has not seen")


@cache
def imagenet() -> dict[str, Accuracy]:
    """The accuracies in the table that timm's package ships, by timm name; empty where it ships none."""
    for place in _PLACES:
        table = files("timm").joinpath(place)
        if table.is_file():
            return read_table(table)
    return {}


def read_table(table: Traversable) -> dict[str, Accuracy]:
    """The accuracies in a table of timm's. Rows without a name or a number are left out."""
    with table.open("rb") as file:
        text = file.read(_LARGEST).decode("utf-8", "replace")
    rows = csv.DictReader(io.StringIO(text))
    return {row["model"]: of for row in rows if row.get("model") and (of := _of_row(row)) is not None}


def _of_row(row: dict[str, str]) -> Accuracy | None:
    try:
        share = float(row["top1"]) / 100
    except (KeyError, TypeError, ValueError):
        return None
    size = f", {row['img_size']} px" if str(row.get("img_size") or "").isdigit() else ""
    return Accuracy(share, f"of ImageNet's validation pictures (timm's table{size})") if 0 <= share <= 1 else None
