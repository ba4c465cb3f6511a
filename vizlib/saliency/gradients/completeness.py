"""Completeness: whether a map sums to what the score has gained, as maps along a path do up to the error of the sum."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from vizlib.saliency.estimate import Estimate


@dataclass(frozen=True)
class Completeness:
    """How a method speaks of the sum of its map.

    Attributes:
        change: what the score has gained, with {} in the place of the number.
        tolerated: the largest error that is not worth a doubt, as a share.
        share_of: of what it is a share.
        remedy: what makes the error smaller.
    """

    change: str
    tolerated: float
    share_of: str
    remedy: str

    def measured(self, estimate: Estimate, change: Tensor, size: Tensor) -> Estimate:
        """The estimate with how well completeness holds, in words for the picture whose map is the furthest from it.

        change: what the maps should sum to, (N,). size: that of which `tolerated` is a share, (N,).
        """
        sums = estimate.values.sum((1, 2))
        error = change - sums
        worst = int(error.abs().argmax())
        figures = {"completeness_error": error, "score_change": change}
        words = f"the map sums to {float(sums[worst]):.3f}; {self.change.format(f'{float(change[worst]):.3f}')}"
        return replace(estimate, figures=figures).noted(words).doubted(self._doubt(error.abs() > self.tolerated * size))

    def _doubt(self, off: Tensor) -> str:
        """For how many pictures (N,) completeness fails; "" for none."""
        if not off.any():
            return ""
        which = "the map's sum is" if len(off) == 1 else f"in {int(off.sum())} of {len(off)} pictures the map's sum is"
        return f"{which} off by more than {self.tolerated:.0%} of {self.share_of}, so {self.remedy}"
