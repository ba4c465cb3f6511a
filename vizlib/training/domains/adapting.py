"""Domain adaptation by gradient reversal (Ganin and Lempitsky 2015, arXiv 1409.7495)."""

from __future__ import annotations

from collections.abc import Generator

from vizlib.models import Classifier, in_own_context
from vizlib.records import Size
from vizlib.steps import shown
from vizlib.training.checkpoint import unpacked
from vizlib.training.data import PictureSet
from vizlib.training.domains.adaptation import Adaptation
from vizlib.training.domains.loop import frames
from vizlib.training.domains.schedules import Factor
from vizlib.training.domains.settings import AdaptSettings
from vizlib.training.domains.task import checked


@in_own_context
def adapt(  # noqa: PLR0913  the settings of a run, as notebooks name them
    source: PictureSet,
    target: PictureSet,
    factor: Factor = "schedule",
    steps: int = 600,
    seed: int = 0,
    *,
    network: Classifier | None = None,
    gamma: float = 10.0,
    weight: float = 1.0,
    rate: float = 0.03,
    rate_schedule: str = "ganin",
    momentum: float = 0.9,
    average: float = 0.0,
    width: int = 32,
    batch: int = 64,
    domain_at: str = "features",
    labels: str = "source",
    mistake: bool = False,
    pseudo_labels: float | None = None,
    every: int | None = None,
    size: int | Size | None = None,
    held_out: float = 0.3,
    device: str = "auto",
    resume: bytes | None = None,
    progress: bool = False,
) -> Generator[Adaptation, None, None]:
    """A network learns the classes from one domain and is made blind to the difference to another one.

    The features go to two heads: the network's own, which learns the classes of the source's pictures, and a domain
    head, which learns which domain a picture is of. The gradient of the second comes back with its sign reversed, so
    that the features become alike in both domains. No label of the target is used, except to measure.

    source: pictures with classes. target: pictures with the same classes, whose labels only measure.
    factor: by which the domain head's gradient is multiplied before it is subtracted: a number, 0 for none (the source
        only), a negative one for a gradient that is not reversed; "schedule", 2 / (1 + exp(-gamma p)) - 1 with p from 0
        to 1 over the run; four numbers, a line through them at p = 0, 1/3, 2/3 and 1; "rate_formula",
        0.01 / (1 + 10 p)^0.75, which is made for the rate of learning.
    steps: each with a batch of both domains.
    seed: of the first weights, the order of the pictures and their division into training and held-out ones.
    network: a Classifier that a copy of begins; by default Ganin and Lempitsky's network for MNIST, with random
        weights. Batch normalization keeps its statistics.
    gamma: how fast the schedule rises.
    weight: of the domain's loss beside that of the classes.
    rate: of learning, by stochastic gradient descent. rate_schedule: "ganin", rate / (1 + 10 p)^0.75, or "constant".
    momentum: of the descent.
    average: the weights that are asked and kept are a running average of the weights after each step, of which such a
        share stays at each step; 0: those after the last step.
    width: channels of the first layer of Ganin and Lempitsky's network, 32 in theirs; the second has half as many more.
    batch: pictures of each domain in a step; no more than there are.
    domain_at: the layer whose output the domain head gets, by its path; "features": where Ganin and Lempitsky have it
        in their network, and what the classifier gets in any other.
    labels: "source", or "target": the target's labels are learned from instead, the upper bound of any adaptation.
    mistake: whether both losses are given probabilities in place of logits, as happens when a network that ends with a
        softmax and a sigmoid meets losses that apply these themselves.
    pseudo_labels: from a confidence above this on, what the network takes the target's pictures for is learned as their
        label, from 40 % of the steps on, with new ones at each check. None: no pseudo-labels.
    every: steps from one check to the next; by default a tenth of the steps.
    size: of the pictures, px: (H, W), or one number for both; by default the network's own, and for Ganin and
        Lempitsky's 28, or 32 where the pictures are larger.
    held_out: the share that is held out of a set that has no tests of its own.
    device: where Ganin and Lempitsky's network learns; a Classifier has its own.
    resume: the bytes of a frame's `checkpoint()`, from which the run goes on as if it had never ended.
    progress: whether a bar shows the steps.

    Each frame has `step`, `total`, the accuracies on held-out pictures and the curves so far; `Adaptation` lists them.
    The last one has `model`, a Classifier, `files` in timm's layout, and `save(folder)`. A loss that is no finite
    number ends the run, and the note says so. The same arguments give the same weights, on the CPU bit for bit.

    Raises UnknownName, VizError or NotShowable at once, TooBig or DeviceFailed at a step.

    Example:
        >>> import vizlib
        >>> digits, real = vizlib.drawn("digits", 10, tests=5), vizlib.drawn("real_digits", 10, tests=5)
        >>> last = vizlib.last(vizlib.adapt(digits, real, steps=4, device="cpu"))
        >>> last.step, len(last.label_losses), last.features.shape, last.counts
        (4, 4, (5, 100, 768), (100, 100, 50, 50))
        >>> last.model
        Classifier('trained/dann_cnn', cpu, 28 x 28 px, 10 classes)
    """
    wanted = AdaptSettings(
        factor,
        steps,
        seed,
        gamma,
        weight,
        rate,
        rate_schedule,
        momentum,
        average,
        width,
        batch,
        domain_at,
        labels,
        mistake,
        pseudo_labels,
        every,
        size,
        held_out,
    )
    task = checked(source, target, network, wanted, device)
    state = unpacked(resume, task.belongs()) if resume is not None else None
    return shown(frames(task, task.started(), state), progress, "adapt")
