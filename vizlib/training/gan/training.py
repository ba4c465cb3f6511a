"""A GAN (Goodfellow et al. 2014, arXiv 1406.2661): one network makes pictures, another tells them from real ones."""

from __future__ import annotations

from collections.abc import Generator

from vizlib.models import Classifier, in_own_context
from vizlib.steps import shown
from vizlib.training.checkpoint import unpacked
from vizlib.training.data import PictureSet
from vizlib.training.gan.frame import GanFrame
from vizlib.training.gan.judge import judge_of
from vizlib.training.gan.loop import checked, frames
from vizlib.training.gan.settings import GanSettings


@in_own_context
def train_gan(  # noqa: PLR0913  the settings of a run, as notebooks name them
    data: PictureSet,
    steps: int = 2000,
    rate_g: float = 1e-3,
    rate_d: float = 1e-3,
    seed: int = 0,
    *,
    size: int | None = None,
    latent: int = 64,
    batch: int = 32,
    loss: str = "non-saturating",
    d_steps: int = 1,
    spectral_norm: bool = False,
    only: str | None = None,
    width: int = 32,
    momentum: float = 0.0,
    smoothing: float = 0.0,
    average: float = 0.99,
    judge: Classifier | None = None,
    every: int | None = None,
    held_out: float = 0.3,
    resume: bytes | None = None,
    progress: bool = False,
) -> Generator[GanFrame, None, None]:
    """A generator learns to make pictures like these: a generator of frames, both networks in the last one.

    The networks are a DCGAN (Radford et al. 2015, arXiv 1511.06434). They do not see the classes.

    data: pictures, of `vizlib.drawn` or `vizlib.picture_folder`. Those for training are what the discriminator sees as
        real. Those held out are the set's own tests, or a share of each class; they only measure.
    steps: of the generator, each after `d_steps` of the discriminator.
    rate_g, rate_d: Adam's rates for the generator and for the discriminator.
    seed: of the first weights, the latent vectors and the order of the pictures.
    size: of the pictures, px a side: 28, 32 or 64. None: the largest that they have. The middle square of each is used.
    latent: the length of a latent vector.
    batch: real pictures, and fakes, in a step; no more than there are pictures.
    loss: "non-saturating", "minimax" (of the original game) or "hinge".
    d_steps: steps of the discriminator for each one of the generator.
    spectral_norm: whether the discriminator is held to a slope of about 1 by spectral normalization.
    only: "generator" or "discriminator": this one learns alone, the other keeps its first weights. None: both learn.
    width: channels of the maps next to the pictures.
    momentum: Adam's first one.
    smoothing: how far the discriminator's target for real pictures is below 1.
    average: pictures are made with an average of the generator's weights, which keeps this share of itself at each
        step (at first less, so that it does not lag behind); 0 for the weights as they are.
    judge: a network in whose features fakes are compared with real pictures. None: bundled/digits or bundled/scenes if
        it knows the classes, else bundled/scenes for its features alone. The note says which. Its device is
        used.
    every: steps from one comparison to the next. None: nine of them, closer to one another at the beginning.
    held_out: the share that is held out where the set has no tests of its own.
    resume: what `checkpoint()` of a frame of the same call returned: the run goes on from there.
    progress: whether a bar shows the steps.

    Each frame has `step`, `total`, `pictures` (40, C, H, W) in [0, 1] of the same latent vectors, `loss_g`, `loss_d`,
    and the measures so far beside those of real pictures; `GanFrame` lists them. The last one has `generate(n, seed)`,
    `discriminator` and `save(folder)`. A loss that is no finite number ends the run. The same arguments give the same
    networks, on the CPU bit for bit.

    Raises UnknownName or VizError at once, TooBig or DeviceFailed at a step.

    Example:
        >>> import vizlib
        >>> last = vizlib.last(vizlib.train_gan(vizlib.drawn("digits", 10), steps=2, width=8))
        >>> last.step, last.pictures.shape, last.generate(5, seed=1).shape
        (2, torch.Size([40, 1, 28, 28]), torch.Size([5, 1, 28, 28]))
        >>> last.judge, last.discriminator.class_names
        ('bundled/digits', ['fake', 'real'])
    """
    wanted = GanSettings(
        steps,
        rate_g,
        rate_d,
        seed,
        size,
        latent,
        batch,
        loss,
        d_steps,
        spectral_norm,
        only,
        width,
        momentum,
        smoothing,
        average,
        every,
        held_out,
    )
    task = checked(data, judge or judge_of(data), wanted)
    return shown(frames(task, None if resume is None else unpacked(resume, task.belongs())), progress, "GAN")
