"""Names of networks and layers as names of files: safe on every system, and never the same for two names."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[a-z0-9_][a-z0-9_.]*(?:-[a-z0-9_.]+)*")
_OTHER = re.compile(r"[^a-z0-9_.]+")
_LONGEST = 80  # letters
_TAKEN = {"style.css", "keys.js", "index.html", "site.json", "strips"}  # of the site itself
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")  # of Windows


def file_name(name: str) -> str:
    """The name of a file without its ending: "bundled--scenes" for "bundled/scenes".

    A name that cannot stand as it is gets a digest, so that links stay the same whatever else is in the site.
    """
    joined = name.replace("/", "--")
    if "--" not in name and all(map(_stands, name.split("/"))) and len(joined) <= _LONGEST and joined not in _TAKEN:
        return joined
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_OTHER.sub('-', name.lower()).strip('-.')[:_LONGEST]}-{digest}".lstrip("-")


def _stands(part: str) -> bool:
    return bool(_PLAIN.fullmatch(part)) and not part.endswith(".") and not _DEVICES.fullmatch(part)
