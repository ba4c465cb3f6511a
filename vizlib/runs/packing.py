"""Records to bytes and back, as data only: arrays as safetensors, the rest as JSON; reading runs no code.

Frozen dataclasses, tensors, arrays, bytes, tuples, lists, mappings and JSON's own values can be packed. The caller
lists the classes, to pack and to unpack: a name in the bytes is looked up among those and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save
from torch import Tensor

Blocks: TypeAlias = "dict[str, np.ndarray[Any, Any]]"
_TREE = "tree"


class CannotUnpack(ValueError):
    """Bytes that hold no record."""


class NotListed(TypeError):
    """A record of a class that is not among those given."""


def by_name(classes: Iterable[type]) -> dict[str, type]:
    """The classes by their names, as `pack` and `unpack` want them. Raises ValueError for two of one name."""
    found: dict[str, type] = {}
    for each in classes:
        if found.setdefault(each.__name__, each) is not each:
            other = found[each.__name__].__module__
            raise ValueError(f"two classes are called {each.__name__}: one in {other}, one in {each.__module__}")
    return found


def pack(record: Any, kinds: Mapping[str, type]) -> bytes:
    """The record as bytes. kinds: the classes that it may consist of, by name.

    Raises NotListed for a record of another class, TypeError for what is no data.
    """
    blocks: Blocks = {}
    tree = json.dumps(_taken_apart(record, blocks, kinds), separators=(",", ":"), ensure_ascii=False)
    blocks[_TREE] = np.frombuffer(tree.encode(), dtype=np.uint8)
    return save(blocks)


def unpack(content: bytes, kinds: Mapping[str, type]) -> Any:
    """What was packed, tensors on the CPU. kinds: the classes that may come back, by name.

    Raises NotListed for a record of another class, CannotUnpack for bytes that are damaged or something else.
    """
    try:
        blocks: Blocks = load(content)
        return _put_together(json.loads(blocks[_TREE].tobytes()), blocks, kinds)
    except NotListed:
        raise
    except (SafetensorError, LookupError, TypeError, ValueError, RecursionError) as problem:
        raise CannotUnpack("these bytes hold no record") from problem


def weight(record: Any) -> int:
    """How many bytes the record's tensors, arrays, strings and bytes take."""
    if isinstance(record, Tensor):
        return record.numel() * record.element_size()
    if isinstance(record, np.ndarray):
        return int(record.nbytes)
    if isinstance(record, (str, bytes)):
        return len(record)
    if is_dataclass(record):
        return sum(weight(getattr(record, each.name)) for each in fields(record))
    if isinstance(record, Mapping):
        return sum(weight(key) + weight(value) for key, value in record.items())
    return sum(map(weight, record)) if isinstance(record, (list, tuple)) else 8


def _taken_apart(value: Any, blocks: Blocks, kinds: Mapping[str, type]) -> Any:
    """JSON for the value; its numbers go to the blocks. Each list begins with its kind, so that none is mistaken."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (Tensor, np.ndarray, bytes)):
        return _block(value, blocks)
    if isinstance(value, Mapping):
        return ["map", [[_taken_apart(each, blocks, kinds) for each in pair] for pair in value.items()]]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [_taken_apart(each, blocks, kinds) for each in value]]
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value, blocks, kinds)
    raise TypeError(f"a {type(value).__name__} is no data")


def _record(value: Any, blocks: Blocks, kinds: Mapping[str, type]) -> list[Any]:
    kind: type = type(value)
    name = kind.__name__
    if kinds.get(name) is not kind:
        raise NotListed(f"{kind.__module__}.{name} is not among the classes that may be kept")
    parts = {each.name: _taken_apart(getattr(value, each.name), blocks, kinds) for each in fields(value) if each.init}
    return ["record", name, parts]


def _block(value: Any, blocks: Blocks) -> list[str]:
    name = str(len(blocks))
    if isinstance(value, bytes):
        blocks[name] = np.frombuffer(value, dtype=np.uint8)
        return ["bytes", name]
    tensor = isinstance(value, Tensor)
    blocks[name] = np.ascontiguousarray(value.detach().cpu().numpy() if tensor else value).reshape(value.shape)
    return ["tensor" if tensor else "array", name]


def _put_together(tree: Any, blocks: Blocks, kinds: Mapping[str, type]) -> Any:
    if not isinstance(tree, list):
        return tree
    kind, content = tree[0], tree[1]
    if kind == "record":
        if content not in kinds:
            raise NotListed(f"{content} is not among the classes that may be kept")
        return kinds[content](**{name: _put_together(each, blocks, kinds) for name, each in tree[2].items()})
    if kind in ("tuple", "list"):
        return (tuple if kind == "tuple" else list)(_put_together(each, blocks, kinds) for each in content)
    if kind == "map":
        return {_put_together(k, blocks, kinds): _put_together(v, blocks, kinds) for k, v in content}
    found = blocks[content].copy()
    if kind == "tensor":
        return torch.from_numpy(found)
    return found if kind == "array" else found.tobytes()
