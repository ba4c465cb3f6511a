"""What a page says of a result: sentences and figures, for a lecture only. On the pages, Streamlit draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def data(sentences: Sequence[str], figures: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """What its JavaScript takes. figures: what each is called, and its value with its unit."""
    return {
        "sentences": list(sentences),
        "figures": [{"label": label, "value": value} for label, value in figures],
    }
