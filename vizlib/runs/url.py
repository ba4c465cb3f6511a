"""The URL of a shared store: whether it can be used, how it is shown, and the file system behind it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

_EXTRA: Final = "The extra filterscope[scale] has the packages of s3 and gs."
_PASSWORD: Final = "VIZLIB_STORE has a password in its URL. Give it in the variables or files of the cloud instead."
_LOOKS: Final = {"use_listings_cache": False, "skip_instance_cache": True}  # other servers write there too
_S3: Final = {"config_kwargs": {"connect_timeout": 2, "retries": {"max_attempts": 1}}}  # else a refusal takes minutes


def objection(url: str) -> str:
    """The sentence why the URL cannot be used, or ""."""
    if ":" in url.partition("://")[2].rpartition("@")[0]:
        return _PASSWORD
    try:
        from fsspec.registry import get_filesystem_class  # not at the top: a plain folder does without it

        get_filesystem_class(url.partition("://")[0].partition("::")[0])
    except ImportError as problem:
        return f"VIZLIB_STORE names a store whose package is missing ({reason(problem)}). {_EXTRA}"
    except Exception as problem:  # noqa: BLE001  an unknown protocol, or whatever the package raises when it is loaded
        return f"VIZLIB_STORE names a store that cannot be used ({reason(problem)})."
    return ""


def shown(url: str) -> str:
    """The URL without what may be secret; of a folder only that it is one."""
    parts = urlsplit(url)
    if parts.scheme in ("file", "local"):
        return "a shared folder"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def file_system(url: str) -> tuple[Any, str]:
    """fsspec's file system for the URL, and the path in it. Some kinds already ask their server, and raise anything."""
    from fsspec.core import url_to_fs

    files, root = url_to_fs(url, **_LOOKS, **(_S3 if url.startswith(("s3:", "s3a:")) else {}))
    return files, root.rstrip("/")


def reason(problem: BaseException) -> str:
    """The first line of an error, for the log and the doctor."""
    if isinstance(problem, TimeoutError):
        return "no answer in time"
    words = (str(problem).splitlines() or [""])[0].rstrip(".")[:200]
    return f"{type(problem).__name__}: {words}" if words else type(problem).__name__
