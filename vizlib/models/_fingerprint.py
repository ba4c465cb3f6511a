"""A digest of what a network computes, which is computed again only when a quick checksum has changed."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.models.design import design_of


class Fingerprint:
    """Of one network: 32 hexadecimal digits for its design, `more` that changes what it computes, and its weights."""

    def __init__(self) -> None:
        self._known = 0, ""  # quick checksum, digits

    def __call__(self, network: nn.Module, more: str) -> str:
        design, state = design_of(network, more), network.state_dict()
        quick = zlib.crc32(design.encode())  # seven times as fast as the digest; versions miss edits through .data
        for value in state.values():
            quick = zlib.crc32(_bytes(value), quick)
        known = self._known
        if not known[1] or known[0] != quick:
            self._known = known = quick, _digest(design, state)
        return known[1]


def _digest(design: str, state: Mapping[str, Any]) -> str:
    digest = hashlib.blake2b(design.encode(), digest_size=16)
    for key, value in state.items():
        kind = f"{tuple(value.shape)} {value.dtype}" if isinstance(value, Tensor) else type(value).__name__
        digest.update(f"{key} {kind}".encode())
        digest.update(_bytes(value))
    return digest.hexdigest()


def _bytes(value: Any) -> Any:
    if not isinstance(value, Tensor):  # what a module adds to its weights (get_extra_state)
        return repr(value).encode()
    return value.detach().contiguous().cpu().reshape(-1).view(torch.uint8).numpy().data
