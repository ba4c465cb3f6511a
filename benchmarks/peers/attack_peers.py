"""Attacks of foolbox, torchattacks and adv_lib, each as (network, values in [0, 1], targets) -> values.

foolbox 3.3.4's L2FMNAttack never projects, because its `project` divides each norm by itself. It runs here unchanged;
adv_lib's FMN shows what the paper's method can do. torchattacks' PGDL2 runs with its random start and its default step
of a fifth of eps, at every number of steps.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from functools import partial
from importlib import import_module
from io import StringIO
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.models import Classifier

RADII = (0.5, 1.0, 2.0, 4.0)  # of PGDL2, pixel values in [0, 1]


class Counted(nn.Module):
    """The network in the form that peers expect: values in [0, 1] in, logits out. It counts gradients."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.network, self.gradients = model.as_module(), 0

    def forward(self, values: Tensor) -> Tensor:
        if values.requires_grad and torch.is_grad_enabled():
            self.gradients += len(values)
        return self.network(values)


Attack = Callable[[Counted, Tensor, Tensor], Tensor]


def adv_lib() -> Any:
    """adv_lib's attacks. visdom, which only its plots need, is not imported."""
    stub = ModuleType("visdom")
    stub.Visdom = object  # type: ignore[attr-defined]
    sys.modules.setdefault("visdom", stub)
    from adv_lib import attacks

    return attacks


def foolbox_attack(name: str, network: Counted, values: Tensor, targets: Tensor) -> Tensor:
    foolbox: Any = import_module("foolbox")
    wrapped = foolbox.PyTorchModel(network.eval(), bounds=(0, 1), device=str(values.device))
    attack = getattr(foolbox.attacks, name)(steps=100)
    answer: Tensor = attack.run(wrapped, values, foolbox.criteria.TargetedMisclassification(targets))
    return answer


def torchattacks_attack(name: str, words: dict[str, Any], network: Counted, values: Tensor, targets: Tensor) -> Tensor:
    import torchattacks

    torch.manual_seed(0)
    with redirect_stdout(StringIO()):  # It prints that it found no device: the wrapper shows it no parameters.
        attack = getattr(torchattacks, name)(network.eval(), **words)
    attack.set_device(values.device)
    attack.set_mode_targeted_by_label(quiet=True)
    answer: Tensor = attack(values, targets)
    return answer


def adv_lib_attack(name: str, words: dict[str, Any], network: Counted, values: Tensor, targets: Tensor) -> Tensor:
    answer: Tensor = getattr(adv_lib(), name)(network.eval(), values, targets, targeted=True, **words)
    return answer


def peers() -> Mapping[str, partial[Tensor]]:
    """The attack of every peer, by the name of its row."""
    found = {
        "foolbox L2FMN, 100 steps": partial(foolbox_attack, "L2FMNAttack"),
        "foolbox DDN, 100 steps": partial(foolbox_attack, "DDNAttack"),
        "adv_lib FMN, 100 steps": partial(adv_lib_attack, "fmn", {"norm": 2, "steps": 100}),
        "adv_lib DDN, 256 levels, 100 steps": partial(adv_lib_attack, "ddn", {"steps": 100}),
        "adv_lib DDN, 256 levels, 300 steps": partial(adv_lib_attack, "ddn", {"steps": 300}),
        "torchattacks CW, c 1, 50 steps": partial(torchattacks_attack, "CW", {}),
        "torchattacks CW, c 1, 300 steps": partial(torchattacks_attack, "CW", {"steps": 300}),
    }
    for eps in RADII:
        for steps in (10, 100):
            words = {"eps": eps, "alpha": 0.2 * eps, "steps": steps}
            found[f"torchattacks PGDL2, eps {eps:g}, {steps} steps"] = partial(torchattacks_attack, "PGDL2", words)
    return found
