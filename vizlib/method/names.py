"""Names in any spelling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vizlib.errors import UnknownName, plain


def key_of(what: str, name: object, known: Mapping[str, Iterable[str]]) -> str:
    """The key that a name means: the key itself, or in any spelling the key or one of its other names.

    Case, spaces and punctuation do not matter: "GradCAM" is "grad_cam". known: the other names of each key.
    Raises UnknownName with the closest keys.
    """
    if isinstance(name, str) and name in known:
        return name
    wanted = plain(name) if isinstance(name, str) else ""
    found = [key for key, others in known.items() if wanted and wanted in map(plain, (key, *others))]
    if not found:
        raise UnknownName.among(what, name, known)
    return found[0]
