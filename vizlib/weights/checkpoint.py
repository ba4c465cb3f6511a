"""A checkpoint file as training scripts write it: every dictionary of weights inside, and what lies beside them.

No code from a file is ever run. Objects of other programs that lie beside the weights become empty stand-ins.
"""

from __future__ import annotations

import argparse
import pickletools
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, load_file
from torch import Tensor

from vizlib.weights.labels import stated_names
from vizlib.weights.names import canonical, of_file

State = dict[str, Tensor]
_DEEPEST = 6  # dictionaries within each other
_WRAPPERS = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")  # torch's, anywhere in a name
_COUNTERS = ("total_ops", "total_params")  # which profilers leave in every layer
_OBJECTS = {"GLOBAL", "STACK_GLOBAL", "INST"}  # instructions of pickles that name a class or a function
_ARCHITECTURE = ("arch", "architecture", "model_name", "model")  # keys under which scripts write a network's name


class _StandIn:
    """Takes the place of a class of another program: its objects are empty, except for a dictionary's entries."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        return OrderedDict()  # which PyTorch fills like a dictionary, and whose attributes nobody reads


# Parts of the standard library that are data. Objects of its other parts may be functions, and are refused.
_DATA = ("argparse", "collections", "datetime", "decimal", "enum", "fractions", "pathlib", "types", "uuid")
_BUILTIN = {f"builtins.{each}" for each in ("bool", "dict", "float", "frozenset", "int", "list", "object", "str")}
_NUMPY: list[Any] = [
    np.float64(0).__reduce__()[0],
    np.zeros(0).__reduce__()[0],
]  # what makes a scalar and an array again


def _known_objects() -> list[Any]:
    scalars = [type(np.dtype(each)) for each in "?bhilqBHILQefdgFDSUOMm"]
    older = [(each, f"numpy.{core}.multiarray.{each.__name__}") for each in _NUMPY for core in ("core", "_core")]
    return [argparse.Namespace, np.ndarray, np.dtype, *scalars, *older]


class HoldsCode(Exception):
    """The file holds objects that could run code."""


@dataclass(frozen=True)
class Checkpoint:
    """The content of a checkpoint file."""

    states: dict[str, State]  # every dictionary of weights, by the keys that lead to it ("model.state_dict")
    beside: list[Mapping[Any, Any]]  # every dictionary, from the outermost inwards

    @property
    def architecture(self) -> tuple[str, str]:
        """Architecture and tag that the file itself names, as most training scripts write them; both "" if none."""
        said = (each.get(key) for each in self.beside for key in _ARCHITECTURE)
        found = (of_file(canonical(each)) for each in said if isinstance(each, str))
        return next((each for each in found if each[0]), ("", ""))

    @property
    def names(self) -> list[str]:
        """The names of the classes that lie beside the weights, or []."""
        for each in self.beside:
            try:
                _, names = stated_names(each)
            except ValueError:
                continue
            if names:
                return names
        return []


def read(file: Path | bytes) -> Checkpoint:
    """Reads a checkpoint: a file, or the content of one in the format safetensors.

    Raises HoldsCode, MemoryError, OSError, or any other error for damaged content.
    """
    content = load(file) if isinstance(file, bytes) else _content(file)
    beside = list(_dictionaries(content, "", _DEEPEST, set()))
    states = {where: state for where, each in beside if (state := _weights(each))}
    if not states and isinstance(file, Path) and _foreign(file):
        raise HoldsCode
    return Checkpoint(states, [each for _, each in beside])


def _content(file: Path) -> Any:
    with file.open("rb") as opened:
        if opened.read(9)[8:] == b"{":
            return load_file(file)
    known = _known_objects()
    with torch.serialization.safe_globals(known):
        foreign = _foreign(file)
        if any(map(_may_be_a_function, foreign)):
            raise HoldsCode
        stand_ins: list[Any] = [(_StandIn, each) for each in foreign]
        with torch.serialization.safe_globals(stand_ins):
            try:
                return torch.load(file, map_location="cpu", weights_only=True)
            except Exception as problem:
                if not isinstance(problem, (MemoryError, OSError)) and (foreign or _is_pickle(file)):
                    raise HoldsCode from problem
                raise


def _foreign(file: Path) -> list[str]:
    """The names of classes and functions in the file that PyTorch does not open, read without opening any."""
    try:
        return sorted(torch.serialization.get_unsafe_globals_in_checkpoint(str(file)))
    except Exception:  # of many types: the file is damaged, or is in PyTorch's oldest format  # noqa: BLE001
        return []


def _is_pickle(file: Path) -> bool:
    """Whether the file is a whole pickle with objects of some program; it is read without making any of them."""
    try:
        with file.open("rb") as opened:
            return bool(_OBJECTS & {code.name for code, _, _ in pickletools.genops(opened)})
    except Exception:  # of many types: the file is no pickle, or is damaged  # noqa: BLE001
        return False


def _may_be_a_function(name: str) -> bool:
    module = name.split(".")[0]
    return module in sys.stdlib_module_names and module not in _DATA and name not in _BUILTIN


def _dictionaries(content: Any, where: str, depth: int, seen: set[int]) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Every dictionary in the content with the keys that lead to it, the outermost first."""
    if isinstance(content, argparse.Namespace):
        content = vars(content)
    if not isinstance(content, Mapping) or id(content) in seen or not depth:
        return
    seen.add(id(content))
    yield where, content
    for key, value in content.items():
        yield from _dictionaries(value, f"{where}.{key}" if where else str(key), depth - 1, seen)


def _weights(content: Mapping[Any, Any]) -> State:
    """The weights directly in a dictionary, by their names without what wrappers of torch add to them."""
    found: State = {}
    for key, value in content.items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
            value = torch.from_numpy(value)
        if isinstance(key, str) and isinstance(value, Tensor) and not key.endswith(_COUNTERS):
            for wrapper in _WRAPPERS:
                key = key.replace(wrapper, "")
            found[key] = value.detach()
    return found
