"""What the contract tests ask of every method on the menu, and what a method costs."""

from __future__ import annotations

from typing import Any

from vizlib.saliency import MENU


def compared(method: str) -> dict[str, Any]:
    """The second class, 0, for methods that compare with one: a unit has no most likely other class."""
    return {"against": 0} if MENU[method].against else {}
