"""Fine-tuning (Yosinski et al. 2014, arXiv 1411.1792): a trained network goes on learning, on pictures of its user."""

from __future__ import annotations

from collections.abc import Generator

from vizlib.models import Classifier, in_own_context
from vizlib.records import Size
from vizlib.steps import shown
from vizlib.training.checkpoint import unpacked
from vizlib.training.data import PictureSet
from vizlib.training.loop import checked, frames
from vizlib.training.settings import Load, TuningSettings
from vizlib.training.trainee import trainee
from vizlib.training.tuning import Tuning


@in_own_context
def fine_tune(  # noqa: PLR0913  the settings of a run, as notebooks name them
    model: Classifier,
    data: PictureSet,
    what: str = "head",
    steps: int = 100,
    seed: int = 0,
    *,
    load: Load = "all",
    rate: float = 0.01,
    body_rate: float = 0.3,
    freeze_norm: bool | None = None,
    batch: int = 32,
    augment: bool = True,
    flip: bool | None = None,
    optimizer: str = "adamw",
    patience: int | None = None,
    every: int | None = None,
    size: int | Size | None = None,
    held_out: float = 0.3,
    resume: bytes | None = None,
    progress: bool = False,
) -> Generator[Tuning, None, None]:
    """A copy of a network learns other pictures: a generator of frames, the trained network in the last one.

    model: the network to begin with. It stays as it is. A new classifier takes the place of its own, unless the
        pictures have the same classes in the same order.
    data: pictures with classes, of `vizlib.drawn` or `vizlib.picture_folder`. Those for training change the weights.
        Those held out are the set's own tests, or a share of each class; they only measure. With `patience`, a fifth of
        the training pictures is set aside and chooses the best weights. The held-out ones never choose anything.
    what: what learns: "head" (the classifier), a layer's path (that layer and all above it), "all", "scratch" (all,
        and nothing is loaded), or "rest" (what was not loaded, and the classifier). Where only the classifier learns,
        the features below it are computed once for each picture, and with `augment` for four views of it.
    steps: batches, each with one step of the optimizer.
    seed: of the division into training and held-out pictures, the order, the augmentation, dropout and new weights.
    load: which of the network's weights are loaded: "all"; ("up to", a layer's path), from the lowest layer up to that
        one; ("without", a layer's path), all but that one; "none". The others begin at random.
    rate: of learning, for the classifier; it falls to 0 as a cosine. body_rate: the factor to it for all other layers.
    freeze_norm: whether batch normalization keeps its statistics, weights and biases. None: where a batch has fewer
        than 4 pictures and everything is loaded. Layers that do not learn keep them always.
    batch: pictures in a batch; no more than there are.
    augment: whether the pictures of a step are cropped at random, to at least 60 % of their area, and mirrored.
    flip: whether they are mirrored. None: unless the classes are single characters, which a mirror changes.
    optimizer: "adamw", "adam" or "sgd", as timm makes them.
    patience: the checks without a better result after which training stops. None: all steps, and the last weights.
    every: steps from one check to the next; by default a tenth of the steps.
    size: of the pictures, px: (H, W), or one number for both; by default the network's own.
    held_out: the share that is held out where the set has no tests of its own.
    resume: what `checkpoint()` of a frame of the same call returned: the run goes on from there.
    progress: whether a bar shows the steps.

    Each frame has `step`, `total`, `train_loss`, `accuracy` (held out) and the curves so far; `Tuning` lists them. The
    last one has `model`, a Classifier, `files` in timm's layout, and `save(folder)`. A loss that is no finite number
    ends the run with the best weights so far, and the note says so. The same arguments give the same weights, on the
    CPU bit for bit. On CUDA, the products of a step are bfloat16.

    Raises UnknownName, VizError or NotShowable at once, TooBig or DeviceFailed at a step.

    Example:
        >>> import vizlib
        >>> model, digits = vizlib.load_model("bundled/digits", device="cpu"), vizlib.drawn("real_digits", 5, tests=5)
        >>> last = vizlib.last(vizlib.fine_tune(model, digits, "all", steps=10))
        >>> last.step, last.best_step, len(last.losses), last.accuracy > 0.5
        (10, 10, 10, True)
        >>> last.model, list(last.files)
        (Classifier('trained/digits', cpu, 28 x 28 px, 10 classes), ['config.json', 'model.safetensors', 'card.md'])
    """
    wanted = TuningSettings(
        what,
        steps,
        seed,
        load,
        rate,
        body_rate,
        freeze_norm,
        batch,
        augment,
        flip,
        optimizer,
        patience,
        every,
        size,
        held_out,
    )
    task = checked(model, data, wanted)
    state = None if resume is None else unpacked(resume, task.belongs())
    return shown(frames(task, trainee(model, data.classes, task.settings), state), progress, "fine-tune")
