"""Does the engine work on every family of networks? The smallest network of each module of a library, random weights.

    OMP_NUM_THREADS=1 nice python -m benchmarks.accuracy.families --jobs 2
    python -m benchmarks.accuracy.families --only swin_transformer_v2 hiera --no-write
    python -m benchmarks.accuracy.families --library torchvision

Each network opens, lists its layers, gives the activations of the layer in the middle, takes three steps towards a
channel and a class, is asked for every saliency map and attacked with 16 steps. A backbone is asked about a unit
instead, and must refuse the attack. Tracebacks, results that are zero without a sentence, and sentences that a
measurement contradicts (or that no measurement here checks) are faults; the exit status is 1 if there is one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection

import timm
import torch
import torchvision
from torch import Tensor

from benchmarks.results import write_section
from vizlib import VizError, activations, fool, list_layers, load_model, maximize, open_picture, to_pixels
from vizlib.models import Classifier
from vizlib.records import Layer, Unit
from vizlib.render import Image8
from vizlib.saliency import MENU, explain
from vizlib.synthetic import HELD_OUT_SEED, draw_scene
from vizlib.weights import parameter_counts
from vizlib.weights.torchvision_zoo import PREFIX
from vizlib.weights.torchvision_zoo import names as torchvisions

SECONDS = 900  # for one network
WORKS, NOTHING, REFUSED = "works", "nothing found, and says why", "refused with a sentence"
TRACEBACK, SILENT, FALSE = "traceback", "zero without a sentence", "false or unchecked sentence"
HUNG, DIED = "not done in time", "the process died"
FAULTS = (TRACEBACK, SILENT, FALSE, HUNG, DIED)
FEW = {"samples": 2, "steps": 2, "masks": 10}  # knobs of saliency methods that repeat passes
STEPS = 3
_SECTIONS = {  # of RESULTS.md, by library, and what the command line that writes it ends in
    "timm": ("Every family of networks", ""),
    "torchvision": ("Every family of torchvision's networks", " --library torchvision"),
}
Target = int | Unit


@dataclass(frozen=True)
class Found:
    """What became of one question to one network."""

    family: str  # timm's module
    network: str
    what: str  # the question
    outcome: str
    said: str = ""


class Nothing(Exception):
    """A result that is zero everywhere, with the sentence that comes with it."""


def smallest(library: str = "timm") -> dict[str, str]:
    """The architecture with the fewest parameters of each of a library's modules; the smallest ones first."""
    counts = parameter_counts()
    families = _of_torchvision() if library == "torchvision" else _of_timm()
    known = {module: [each for each in names if each in counts] for module, names in families.items()}
    found = {module: min(names, key=counts.__getitem__) for module, names in known.items() if names}
    return dict(sorted(found.items(), key=lambda each: counts[each[1]]))


def _of_timm() -> dict[str, list[str]]:
    return {module: timm.list_models(module=module) for module in timm.list_modules()}


def _of_torchvision() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in torchvisions():
        builder = torchvision.models.get_model_builder(name.removeprefix(PREFIX))
        found.setdefault(builder.__module__.rpartition(".")[2], []).append(name)
    return found


def asked(model: Classifier, family: str) -> Iterator[Found]:
    """All questions to one network, one after the other."""
    for what, (target, ask) in questions(model).items():
        outcome, said = answer(model, target, ask)
        yield Found(family, model.name, what, outcome, said)


def answer(model: Classifier, target: Target, ask: Callable[[], object]) -> tuple[str, str]:
    """The outcome of a question about a target, with the sentence that was said."""
    try:
        ask()
    except Nothing as empty:
        said = str(empty)
        return (SILENT, "") if not said else (NOTHING if holds(model, target, said) else FALSE, said)
    except VizError as problem:
        return REFUSED if problem.remedy and holds(model, target, problem.sentence) else FALSE, str(problem)
    except Exception as problem:  # noqa: BLE001  what this command looks for
        return TRACEBACK, f"{type(problem).__name__}: {str(problem)[:200]}"
    return WORKS, ""


def questions(model: Classifier) -> dict[str, tuple[Target, Callable[[], object]]]:
    """Each question with its target and the call that asks it."""
    scene = draw_scene(HELD_OUT_SEED).image
    picture = to_pixels(scene, model)
    unit = Unit(middle(model).path, 0)
    goal: Target = 1 % len(model.class_names) if model.has_classes else Unit(last_block(model).path, 0)
    return {
        "layers": (unit, lambda: list_layers(model)),
        "activations": (unit, lambda: _finite(activations(model, picture, [unit.layer])[unit.layer])),
        "three steps of a channel": (unit, lambda: climb(model, unit)),
        f"three steps of a {'class' if model.has_classes else 'late unit'}": (goal, lambda: climb(model, goal)),
        **{f"saliency: {each.key}": (goal, _saliency(model, picture, each.key, goal)) for each in MENU},
        "attack": (goal, lambda: attack(model, scene, goal if isinstance(goal, int) else 0)),
    }


def middle(model: Classifier) -> Layer:
    layers = list_layers(model)
    return layers[len(layers) // 2]


def last_block(model: Classifier) -> Layer:
    layers = list_layers(model)
    return next((each for each in reversed(layers) if each.kind in ("stage", "block")), layers[-1])


def climb(model: Classifier, goal: Target) -> None:
    """Three steps of activation maximization; raises Nothing if the score never moves and has no gradient."""
    frames = list(maximize(model, goal, steps=STEPS))
    if [each.step for each in frames] != list(range(1, STEPS + 1)):
        raise AssertionError("the frames are not one per step")
    _finite(frames[-1].pixels)
    still = len({float(each.scores[0]) for each in frames}) == 1
    if still and not gradient(model, frames[0].pixels, goal).any():
        raise Nothing(frames[-1].notes[0])


def _saliency(model: Classifier, picture: Tensor, method: str, goal: Target) -> Callable[[], None]:
    few = {name: count for name, count in FEW.items() if name in vars(MENU[method].knobs())}
    compares = MENU[method].against and isinstance(goal, Unit)  # a unit has no runner-up
    other = Unit(goal.layer, 1) if compares and isinstance(goal, Unit) else None

    def run() -> None:
        last = explain(model, picture, method, goal, against=other, knobs=few)
        _finite(last.values)
        if not last.values.any():
            raise Nothing(last.note)

    return run


def attack(model: Classifier, picture: Image8, target: int) -> None:
    """An attack of 16 steps; the file is opened and classified again."""
    result = fool(model, picture, target, steps=16)
    there = model.top(to_pixels(open_picture(result.png), model), 1)[0].index
    if result.success != (there == target):
        raise AssertionError(f"the file is class {there}, and success is {result.success}")
    if not result.success:
        raise Nothing(result.note)


def _finite(values: Tensor) -> None:
    if not bool(values.isfinite().all()):
        raise AssertionError("some numbers are not finite")


# Whether what was said is true, by passes that do not go through the part of the engine that said it


def holds(model: Classifier, target: Target, said: str) -> bool:
    """Whether measurements agree with the sentence; False for a sentence that none of them is about."""
    checks: dict[str, Callable[[], bool]] = {
        "not to depend on the picture at all": lambda: _same_score(model, target),
        "not depend on the picture at all": lambda: _same_score(model, target),
        "but the score does depend on the picture": lambda: not _same_score(model, target),
        "Its gradient was zero": lambda: not gradient(model, pictures(model)[:1], target).any(),
        "so there is nothing to climb": lambda: not gradient(model, pictures(model)[:1], target).any(),
        "Not found within the budget": lambda: True,  # `attack` has classified the file
        "the target already": lambda: True,
        "is a backbone without a classifier": lambda: not getattr(model.network, "num_classes", 0),
        "is evidence for the target": lambda: True,  # the map itself is zero where it is rectified
        "No late layer of": lambda: not _late_places(model),
        "LRP has no rule for": lambda: _beyond_rules(model),
        "cannot be placed on the picture": lambda: _without_places(model, target),
    }
    known = [check for words, check in checks.items() if words in said]
    return bool(known) and all(check() for check in known)


def _beyond_rules(model: Classifier) -> bool:
    """Whether the network has a part for which LRP has no rule: attention, a gate, or a norm of each picture's own."""
    parts = ("Attention", "Attn", "LayerNorm", "GroupNorm", "SqueezeExcite", "SEModule", "Sigmoid", "Softmax", "Rms")
    return any(part in type(each).__name__ for each in model.network.modules() for part in parts)


def pictures(model: Classifier) -> Tensor:
    """Three noises and a drawn scene as pixels (4, 3, H, W)."""
    scene = to_pixels(draw_scene(HELD_OUT_SEED + 1).image, model)
    noise = torch.rand(3, *scene.shape[1:], generator=torch.Generator().manual_seed(1))
    return torch.cat([noise.to(scene), scene])


def score(model: Classifier, pixels: Tensor, target: Target) -> Tensor:
    """The logit, or the sum of the unit's channel, for pixels (N, 3, H, W): (N,)."""
    if not isinstance(target, Unit):
        return model(pixels)[:, target]
    seen: list[Tensor] = []
    handle = model.module(target.layer).register_forward_hook(lambda module, inputs, output: seen.append(output))
    try:
        model(pixels)
    finally:
        handle.remove()
    channels_last = next(each for each in list_layers(model) if each.path == target.layer).layout != "NCHW"
    values = seen[0][..., target.channel] if channels_last else seen[0][:, target.channel]
    return values.flatten(1).sum(1) if values.ndim > 1 else values


def gradient(model: Classifier, pixels: Tensor, target: Target) -> Tensor:
    leaf = pixels.detach().requires_grad_()
    with torch.enable_grad():
        (found,) = torch.autograd.grad(score(model, leaf, target).sum(), leaf)
    return found


def _same_score(model: Classifier, target: Target) -> bool:
    with torch.no_grad():
        found = torch.cat([score(model, each[None], target) for each in pictures(model)])
    return bool((found == found[0]).all())


def _without_places(model: Classifier, target: Target) -> bool:
    """Whether the layer of the unit gives several values per channel that are not listed as a grid."""
    if not isinstance(target, Unit):
        return False
    listed = next(each for each in list_layers(model) if each.path == target.layer)
    with torch.no_grad(), model.tap(target.layer) as seen:
        seen.run(pictures(model)[:1])
    return not listed.spatial and seen[target.layer].numel() > listed.shape[0]


def _late_places(model: Classifier) -> list[str]:
    """Layers in the second half that are larger than one place, have channels, and are no part of a block."""
    layers = list_layers(model)
    return [each.path for each in layers[len(layers) // 2 :] if each.spatial and each.kind in ("stage", "block")]


# One process per network


def worked(family: str, network: str, news: Connection) -> None:
    """Asks one network everything; sends each answer."""
    torch.set_num_threads(1)
    os.environ["HF_HUB_OFFLINE"] = "1"
    opened = Found(family, network, "opens", WORKS)
    try:
        model = load_model(network, weights="random", device="cpu")
    except Exception as problem:  # noqa: BLE001  what this command looks for
        opened = Found(family, network, "opens", TRACEBACK, f"{type(problem).__name__}: {str(problem)[:200]}")
        news.send(opened)
        return
    news.send(opened)
    for found in asked(model, family):
        news.send(found)
    news.send(None)


def watched(family: str, network: str, seconds: float, work: Callable[..., None] = worked) -> list[Found]:
    """All answers of one network, asked in a process of its own that ends in time."""
    near, far = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=work, args=(family, network, far), daemon=True)
    process.start()
    far.close()
    end = time.monotonic() + seconds
    found: list[Found] = []
    try:
        while near.poll(max(0.0, end - time.monotonic())):
            each = near.recv()
            if each is None:
                return found
            found.append(each)
        found.append(Found(family, network, "the rest", HUNG, f"after {seconds:.0f} s"))
    except EOFError:
        if not found or found[-1].outcome != TRACEBACK or found[-1].what != "opens":
            found.append(Found(family, network, "the rest", DIED))
    finally:
        process.kill()
        process.join()
    return found


# The report


def report(found: Sequence[Found], seconds: float, library: str = "timm") -> str:
    """The section's text: totals per question, then every sentence and every fault."""
    networks = len({each.network for each in found})
    version = {"timm": timm, "torchvision": torchvision}[library].__version__.partition("+")[0]
    counts = Counter((each.what, each.outcome) for each in found)
    outcomes = [WORKS, NOTHING, REFUSED, *(each for each in FAULTS if any(each == kind for _, kind in counts))]
    lines = [
        f"{networks} networks, the smallest of each of {library} {version}'s modules, with random weights and at "
        f"their own input size; {seconds / 60:.0f} minutes. {faults(found)} faults (tracebacks, zero "
        "results without a sentence, sentences that a measurement contradicts).",
        "",
        "| question | " + " | ".join(outcomes) + " |",
        "|---" * (1 + len(outcomes)) + "|",
        *(
            f"| {what} | " + " | ".join(str(counts[what, each] or "") for each in outcomes) + " |"
            for what in dict.fromkeys(each.what for each in found)
        ),
    ]
    for outcome in outcomes[1:]:
        some = [each for each in found if each.outcome == outcome]
        if some:
            lines += ["", f"{outcome[0].upper()}{outcome[1:]}:", ""]
            lines += [f"- {each.network}, {each.what}: {' '.join(each.said.split())}" for each in some]
    return "\n".join(lines)


def faults(found: Sequence[Found]) -> int:
    return sum(each.outcome in FAULTS for each in found)


def options(words: Sequence[str] | None = None) -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--library", choices=("timm", "torchvision"), default="timm", help="whose networks (timm)")
    parser.add_argument("--only", nargs="*", help="its modules, instead of all")
    parser.add_argument("--no-write", action="store_true", help="leave RESULTS.md as it is")
    parser.add_argument("--jobs", type=int, default=1, help="networks at a time, each on one thread")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for one network")
    return parser.parse_args(words)


def told(family: str, network: str, seconds: float) -> list[Found]:
    """The answers of one network, with a line of progress."""
    clock = time.monotonic()
    found = watched(family, network, seconds)
    counts = Counter(each.outcome for each in found)
    print(f"{family}, {network}: {time.monotonic() - clock:.0f} s, {dict(counts)}", file=sys.stderr, flush=True)
    for each in found:
        if each.outcome in FAULTS:
            print(f"   {each.what}: {each.outcome}: {each.said}", file=sys.stderr, flush=True)
    return found


def main(words: Sequence[str] | None = None) -> int:
    choice, began = options(words), time.monotonic()
    found: list[Found] = []
    chosen = [each for each in smallest(choice.library).items() if not choice.only or each[0] in choice.only]
    with ThreadPoolExecutor(choice.jobs) as pool:
        for some in pool.map(lambda each: told(each[0], each[1], choice.seconds), chosen):
            found += some
    text = report(found, time.monotonic() - began, choice.library)
    print(text)
    if not choice.no_write and not choice.only:
        title, more = _SECTIONS[choice.library]
        write_section(title, f"python -m benchmarks.accuracy.families{more}", text)
    return 1 if faults(found) or not found else 0


if __name__ == "__main__":
    sys.exit(main())
