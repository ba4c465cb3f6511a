"""The recipe of a result: under it jobs are shared, the store keeps results, and files and links can be made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Everything needed to reproduce a result. It is the key of jobs and is stored in PNG files and URLs.

    Attributes:
        parts: by name, JSON values only.
    """

    parts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Canonical JSON: equal recipes have equal text."""
        return json.dumps(self.parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def key(self) -> str:
        """64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()
