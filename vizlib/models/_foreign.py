"""What others have put on a network: hooks, forwards of single modules, training mode, code of torch.compile."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.modules import module as everywhere
from torch.nn.utils.parametrize import is_parametrized

_KINDS: Final = ("forward_pre_hooks", "forward_hooks", "backward_pre_hooks", "backward_hooks")


def foreign(network: nn.Module) -> list[str]:
    """A line for each thing that makes a network compute something else than its modules and weights say.

    These are hooks, also those that torch keeps for all modules, forwards that were set on one module, and training
    mode. The engine's own hooks do not count. Each registered hook has a number of its own in its process.
    """
    found = [*_hooks("every module", [getattr(everywhere, f"_global_{kind}") for kind in _KINDS])]
    modules = list(network.named_modules())
    for path, each in modules:
        if _has_hooks(each):
            found += _hooks(path, [getattr(each, f"_{kind}") for kind in _KINDS])
        if "forward" in vars(each):
            found.append(f"{path} forward {_named(each.forward)}")
    return found + ["training"] * any(each.training for _, each in modules)


def untouched(modules: Iterable[nn.Module]) -> bool:
    """Whether `foreign` has nothing to say about a network of these modules; without their paths it is soon known."""
    if any(getattr(everywhere, f"_global_{kind}") for kind in _KINDS):
        return False
    return not any(each.training or "forward" in vars(each) or _has_hooks(each) for each in modules)


def _has_hooks(module: nn.Module) -> bool:
    """Most modules have none, and this is asked before every answer about a layer."""
    forward = module._forward_hooks or module._forward_pre_hooks
    return bool(forward or module._backward_hooks or module._backward_pre_hooks)


def _hooks(path: str, kinds: list[dict[int, Any]]) -> Iterator[str]:
    for kind, hooks in zip(_KINDS, kinds):
        for number, hook in hooks.items():
            if not (name := _named(hook)).startswith("vizlib."):
                yield f"{path} {kind} {number} {name}"


def _named(function: Any) -> str:
    """The module and the name of a function, of a part of it, or of an object that can be called."""
    while isinstance(function, partial):
        function = function.func
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"


def plain(network: nn.Module) -> bool:
    """Whether the network computes what its modules and weights say and nothing else, so that parts may be merged."""
    modules = list(network.modules())
    return not foreign(network) and not any(is_parametrized(each) or _compiled(each) for each in modules)


def _compiled(module: nn.Module) -> bool:
    return getattr(module, "_compiled_call_impl", None) is not None or _optimized(module)


def _optimized(module: nn.Module) -> bool:
    """Whether this is what torch.compile returned for a module."""
    dynamo: Any = sys.modules.get("torch._dynamo")
    return dynamo is not None and isinstance(module, dynamo.OptimizedModule)


def unwrapped(network: nn.Module) -> nn.Module:
    """The network without torch.compile and DataParallel around it."""
    parallel = nn.DataParallel, nn.parallel.DistributedDataParallel
    while isinstance(network, parallel) or _optimized(network):
        network = network.module if isinstance(network, parallel) else network._orig_mod  # type: ignore[assignment]
    return network


def copied(network: nn.Module, share: bool = False) -> nn.Module:
    """A copy of the network, with its hooks and without the code that torch.compile made; the weights may be shared."""
    known = {id(each): each.detach().clone() for each in _computed(network)}
    if share:
        known |= {id(each): each for each in (*network.parameters(), *network.buffers())}
    made = copy.deepcopy(network, known)
    for path, each in list(made.named_modules()):
        if path and _optimized(each):
            made.set_submodule(path, unwrapped(each))
    return made


def _computed(network: nn.Module) -> list[Tensor]:
    """Weights that a hook computes before each pass, as those of torch.nn.utils.weight_norm."""
    kept = [value for each in network.modules() for value in vars(each).values() if isinstance(value, Tensor)]
    return [each for each in kept if each.grad_fn is not None]


def imprecise(network: nn.Module) -> list[str]:
    """The types of weights that are not float32: "float16"."""
    found = dict.fromkeys(each.dtype for each in network.parameters() if each.is_floating_point())
    return [str(each).removeprefix("torch.") for each in found if each != torch.float32]
