"""filterscope probe: what a linear classifier can read off each layer of a frozen network."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any, Final

from vizlib.batch.kinds import features
from vizlib.batch.sets import Drawn, opened
from vizlib.command import sets, words
from vizlib.command.making import Maker
from vizlib.command.telling import Folder, Teller, carried
from vizlib.training import Linear, Probe, divided, probing

_EXAMPLE: Final = """    filterscope probe insects --network resnet50 --c 0.001 0.01 0.1
    filterscope probe flowers/ --layer main --json --out probes"""


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope probe` say; returns the exit code."""
    return carried(_parser().parse_args(given), _work)


def _parser() -> argparse.ArgumentParser:
    about = (
        "Fits a linear classifier on the features of each layer of a frozen network, and says how many held-out\n"
        "pictures each recognizes. With --out it writes probe_SET.json."
    )
    made = words.parser("probe", about, _EXAMPLE)
    sets.add_set(made)
    words.add_network(made)
    text = "a path, a pattern such as 'layer4*', main or all; may be given several times (main)"
    made.add_argument("--layer", action="append", metavar="PATH", help=text)
    text = "how little large weights are punished; several are compared (0.01)"
    made.add_argument("--c", nargs="+", type=float, default=[0.01], metavar="C", help=text)
    made.add_argument("--random", action="store_true", help="the same network with random weights, as a control")
    words.add_seed(made)
    made.add_argument("--out", metavar="FOLDER", help="also writes the results into this folder")
    return made


def _work(asked: argparse.Namespace, teller: Teller) -> None:
    wanted, model = sets.wanted(asked), words.network(asked)
    maker = Maker(model, teller)
    plan = features.FeatureSets(
        (model.name,), (wanted,), tuple(asked.layer or ("main",)), seed=(asked.seed,), control=asked.random
    )
    task = [*features.KIND.tasks(plan, model, maker.device)][-1]  # the control comes last
    found = maker.made(features.KIND, task, keep=isinstance(wanted, Drawn))
    training, _ = divided(opened(task.recipe["pictures"], task.more), seed=asked.seed)
    how = Linear(seed=asked.seed)
    probe: Probe = teller.last(probing(*features.divided_features(found, len(training)), c=asked.c, how=how), "probe")
    recipe = {**task.recipe, "c": asked.c, "classifier": how.classifier, "scaling": how.scaling}
    _tell(teller, asked, probe, {"network": model.name, "set": asked.set, "random": asked.random}, recipe)


def _tell(
    teller: Teller, asked: argparse.Namespace, probe: Probe, head: dict[str, Any], recipe: dict[str, Any]
) -> None:
    layer, c = probe.best()
    record = head | {
        "layers": list(probe.layers),
        "c": list(probe.c),
        "accuracy": probe.accuracy.tolist(),
        "training_accuracy": probe.training_accuracy.tolist(),
        "classes": list(probe.classes),
        "best": {"layer": layer, "c": c, "accuracy": float(probe.accuracy.max())},
        "recipe": recipe,
    }
    if asked.out is not None:
        text = json.dumps(record, ensure_ascii=False, indent=1)
        record |= Folder(asked.out).write(f"probe_{words.file_name(asked.set)}", ".json", text.encode())
    lines = [
        f"{path}: " + ", ".join(f"{100 * share:.1f} % with C = {value:g}" for share, value in zip(shares, probe.c))
        for path, shares in zip(probe.layers, probe.accuracy.tolist(), strict=True)
    ]
    teller.result("\n".join([*lines, f"Best: {layer} with C = {c:g}."]), record)
