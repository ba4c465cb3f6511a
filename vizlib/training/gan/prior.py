"""The picture that is most of a class, out of those that a generator can make (Nguyen et al. 2016, arXiv 1605.09304).

`vizlib.maximize` searches all pictures; here the search is for a latent vector, so the generator is the prior.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from numbers import Integral

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.models import Classifier, in_own_context
from vizlib.records import brief
from vizlib.training.gan.frame import GanFrame
from vizlib.training.gan.judge import seen_by
from vizlib.training.gan.trained import Gan, latents_of

_TRIED = 256  # latent vectors, of which the best ones are the starts
_STARTS = 8
_AT_ONCE = 64
_RATE = 0.05  # of Adam
_PENALTY = 0.02  # of the mean square of the latent vector: the generator has learned from vectors of about 1


@dataclass(frozen=True, eq=False)
class Deception:
    """The search for a latent vector after `step` of `total` steps.

    Attributes:
        step, total: steps of the search; at step 0 the best of 256 random latent vectors.
        target: the class.
        pixels: (1, 3, H, W), the best picture so far, as the classifier sees it.
        picture: (C, h, w), the same as the generator made it.
        latent: (latent,), its latent vector.
        probability: what the classifier gives to the class for it.
        second: what another network gives to the class for it; NaN without one.
        start: (3, H, W), the picture at step 0. start_probability, start_second: what both networks gave for that.
    """

    step: int
    total: int
    target: str
    pixels: Tensor
    picture: Tensor
    latent: Tensor
    probability: float
    second: float
    start: Tensor
    start_probability: float
    start_second: float

    __repr__ = brief


@in_own_context
def fool_judge(
    gan: GanFrame | Gan,
    classifier: Classifier,
    target: str | int,
    steps: int = 60,
    seed: int = 0,
    second: Classifier | None = None,
) -> Generator[Deception, None, None]:
    """The latent vector whose picture is most of a class: a generator of frames.

    gan: a frame of `train_gan`, or what `open_gan` returned. classifier: the network whose class it is. target: the
    class, by its name or number. seed: of the 256 latent vectors, the best 8 of which are optimized together. second: a
    network that has no part in the search; what it says of the picture tells how much of the class others would see.

    Raises UnknownName for a class that one of the networks does not have, VizError for numbers that cannot be.

    Example:
        >>> import vizlib
        >>> from vizlib.training import fool_judge
        >>> last = vizlib.last(vizlib.train_gan(vizlib.drawn("digits", 10), steps=1, width=8))
        >>> found = vizlib.last(fool_judge(last, vizlib.load_model("bundled/digits"), "3", steps=2))
        >>> found.pixels.shape, found.probability >= found.start_probability
        (torch.Size([1, 3, 28, 28]), True)
    """
    if not isinstance(steps, Integral) or isinstance(steps, bool) or not 1 <= steps <= 10_000:
        raise VizError(f"steps is {steps!r}.", "Give a whole number from 1 to 10,000.")
    number = classifier.class_index(target)
    name = classifier.class_names[number]
    other = None if second is None else (second, second.class_index(name))
    made = gan.so_far.gan if isinstance(gan, GanFrame) else gan
    return _frames(_Search(made, (classifier, number), other, seed), name, int(steps))


@in_own_context
def _frames(search: _Search, name: str, steps: int) -> Generator[Deception, None, None]:
    yield from search.begin(name, steps)
    for step in range(1, steps + 1):
        search.take()
        yield search.frame(step, name, steps)


class _Search:
    """Several latent vectors on their way, and the best one that was met."""

    def __init__(
        self, gan: Gan, asked: tuple[Classifier, int], other: tuple[Classifier, int] | None, seed: int
    ) -> None:
        self._gan, self._asked, self._other, self._seed = gan, asked, other, seed
        self._best = (-1.0, torch.empty(0))
        self._start = (torch.empty(0), float("nan"), float("nan"))

    def begin(self, name: str, steps: int) -> Generator[Deception, None, None]:
        """Tries random latent vectors, a frame after each part of them; the best ones are the starts."""
        tried, found = latents_of(self._seed, _TRIED, self._gan.design.latent), list[Tensor]()
        for some in tried.split(_AT_ONCE):
            with torch.no_grad():
                found.append(self._probabilities(some))
            self._keep(some, found[-1])
            self._start = (self._pixels()[0], self._best[0], self._second())
            yield self.frame(0, name, steps)
        starts = tried[torch.cat(found).topk(_STARTS).indices]
        self._latents = starts.to(self._gan.device).requires_grad_(True)
        self._optimizer = torch.optim.Adam([self._latents], _RATE)

    def take(self) -> None:
        """A step of all of them."""
        logits = self._logits(self._latents)
        loss = -logits.log_softmax(1)[:, self._asked[1]].sum() + _PENALTY * self._latents.square().sum()
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        with torch.no_grad():
            self._keep(self._latents.detach(), self._probabilities(self._latents))

    def _logits(self, latents: Tensor) -> Tensor:
        model = self._asked[0]
        return model(seen_by(model, self._gan.made(latents)))

    def _probabilities(self, latents: Tensor) -> Tensor:
        return self._asked[0].probabilities(self._logits(latents))[:, self._asked[1]].cpu()

    def _keep(self, latents: Tensor, probabilities: Tensor) -> None:
        best = int(probabilities.argmax())
        if float(probabilities[best]) > self._best[0]:
            self._best = (float(probabilities[best]), latents[best].detach().cpu().clone())

    def _pixels(self) -> Tensor:
        return seen_by(self._asked[0], self._gan.decode(self._best[1][None])).cpu()

    def _second(self) -> float:
        """What the other network says about the best picture."""
        if self._other is None:
            return float("nan")
        model, number = self._other
        return float(model.predict(seen_by(model, self._gan.decode(self._best[1][None])))[0, number])

    def frame(self, step: int, name: str, steps: int) -> Deception:
        picture = self._gan.decode(self._best[1][None])[0].cpu()
        found = (name, self._pixels(), picture, self._best[1], self._best[0], self._second())
        return Deception(step, steps, *found, *self._start)
