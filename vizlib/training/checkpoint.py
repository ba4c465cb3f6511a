"""A run's whole state as bytes: data only, with a digest, and with what it says about the run that it belongs to."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vizlib.errors import CheckpointMismatch
from vizlib.runs import versions

_MARK: Final = b"vizlib checkpoint 1\n"
_DIGEST: Final = 32  # bytes after the mark
_REMEDY: Final = "Leave `resume` out: the run then begins at step 0."


def packed(state: Mapping[str, Any], belongs: Mapping[str, str]) -> bytes:
    """A state as bytes: mappings, lists and tuples of tensors, arrays (they come back as tensors), numbers, strings.

    belongs: what only a run that can go on from this state has in common with it, in words. The versions are added.
    """
    file = io.BytesIO()
    torch.save({"belongs": _all_told(belongs), "state": copied(state)}, file)
    content = file.getvalue()
    return _MARK + _digest(content) + content


def unpacked(content: bytes, belongs: Mapping[str, str]) -> dict[str, Any]:
    """The state of a checkpoint, on the CPU; reading it runs no code.

    Raises CheckpointMismatch for bytes that are damaged or no checkpoint, and for one of another run.
    """
    found = _read(content)
    told, mine = found["belongs"], _all_told(belongs)
    other = [name for name in {**told, **mine} if told.get(name) != mine.get(name)]
    if other:
        raise CheckpointMismatch(f"The checkpoint is of another run: {_said(other[0], told, mine)}.", _REMEDY)
    state: dict[str, Any] = found["state"]
    return state


def _all_told(belongs: Mapping[str, str]) -> dict[str, str]:
    return {name: str(each) for name, each in {**belongs, **versions()}.items()}


def _read(content: bytes) -> dict[str, Any]:
    start = len(_MARK) + _DIGEST
    if not isinstance(content, bytes) or content[: len(_MARK)] != _MARK:
        raise CheckpointMismatch("These bytes are no checkpoint.", "Give what `checkpoint()` of a frame returned.")
    try:
        if content[len(_MARK) : start] != _digest(content[start:]):
            raise ValueError("another digest")
        found: dict[str, Any] = torch.load(io.BytesIO(content[start:]), "cpu", weights_only=True)
    except Exception as problem:  # whatever torch finds in bytes that it did not write
        raise CheckpointMismatch("The checkpoint is damaged.", _REMEDY) from problem
    return found


def _said(name: str, told: Mapping[str, str], mine: Mapping[str, str]) -> str:
    return f"its {name} is {_short(told.get(name))}, and here it is {_short(mine.get(name))}"


def _short(value: str | None) -> str:
    return "nothing" if value is None else value if len(value) <= 40 else f"{value[:39]}…"


def copied(value: Any) -> Any:
    """A copy without classes of anybody's own. Views are copied too, so that what is behind them is not written."""
    match value:
        case Tensor():
            return value.detach().to("cpu", copy=True)
        case np.ndarray():
            return torch.from_numpy(value.copy())
        case np.generic():
            return value.item()
        case Mapping():
            return {key: copied(each) for key, each in value.items()}
        case list() | tuple():
            return type(value)(map(copied, value))
    return value


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
