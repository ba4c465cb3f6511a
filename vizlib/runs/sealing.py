"""Content with its digest in front, as the store keeps it in files and behind a URL alike."""

from __future__ import annotations

import hashlib
from typing import Final

SEAL: Final = 32  # bytes before the content


def sealed(name: str, content: bytes) -> bytes:
    """The content with its digest, which also depends on the name, so that a file in another's place is noticed."""
    return _digest(name, content) + content


def opened(name: str, data: bytes) -> bytes | None:
    """The content that was sealed under the name; None if one bit of it, or the name, is another."""
    content = data[SEAL:]
    return content if data[:SEAL] == _digest(name, content) else None


def _digest(name: str, content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=SEAL, key=name.encode()[:64]).digest()
