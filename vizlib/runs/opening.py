"""Where finished results are kept, by the environment.

VIZLIB_STORE names a folder (default: one in the user's cache folder; "off" keeps nothing), or the URL of a store that
several servers share, such as `s3://bucket/prefix`, `gs://bucket/prefix` or `file:///nfs/results`. With a URL,
VIZLIB_STORE_CACHE names this server's own folder in front of it (default: the one in the user's cache folder).
VIZLIB_STORE_MB is the room in the folder (default 512).
"""

from __future__ import annotations

import os
import sys
from math import isfinite
from pathlib import Path
from typing import Final

from vizlib.runs.remote import Remote
from vizlib.runs.shared_store import SharedStore
from vizlib.runs.store import Store

_USUAL_MB: Final = 512.0


def open_store() -> Store:
    """The store that the environment names. A URL that cannot be used gives one that keeps on this server only."""
    named = os.environ.get("VIZLIB_STORE", "")
    if "://" in named:
        cache = os.environ.get("VIZLIB_STORE_CACHE", "")
        store: Store = SharedStore(Path(cache) if cache else _usual_folder(), _room(), Remote(named))
    else:
        store = Store(None if named == "off" else Path(named) if named else _usual_folder(), _room())
    store.sweep()
    return store


def _room() -> int:
    """Bytes of results that the folder may hold."""
    try:
        megabytes = float(os.environ.get("VIZLIB_STORE_MB", "") or _USUAL_MB)
    except ValueError:
        megabytes = _USUAL_MB
    return int((megabytes if isfinite(megabytes) else _USUAL_MB) * 1e6)


def _usual_folder() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "filterscope"
