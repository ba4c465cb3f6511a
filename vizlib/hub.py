"""Pretrained weights from the hub: is it there already, how large is it, fetch it while somebody watches.

The files go to timm's own cache, so that what other programs downloaded is found here and the other way round.
"""

from __future__ import annotations

import errno
import json
import threading
from collections.abc import Callable, Generator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import timm
import torch
from huggingface_hub import hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError, OfflineModeIsEnabled
from timm.models import PretrainedCfg
from tqdm import tqdm

from vizlib.errors import ModelUnavailable, UnknownName
from vizlib.records import Progress

_FILES = ("model.safetensors", "pytorch_model.bin")  # the order in which timm looks for them
_REMEDY = (
    "Check the connection, put the file into the folder that VIZLIB_WEIGHTS names, "
    "or choose a bundled network, which needs no connection."
)


def timm_config(name: str) -> PretrainedCfg:
    """timm's configuration of the pretrained weights `name` ("resnet18", "resnet18.a1_in1k").

    Raises UnknownName with the closest names.
    """
    architecture = name.split(".", 1)[0]
    if not timm.is_model(architecture):
        raise UnknownName.among("timm network", name, timm.list_models())
    try:
        config = timm.get_pretrained_cfg(name)
    except RuntimeError as problem:  # timm's word for a tag that it does not have
        raise UnknownName.among("weights", name, timm.list_pretrained(f"{architecture}.*")) from problem
    return config or PretrainedCfg(architecture=architecture)


@lru_cache(maxsize=1)
def parameter_counts() -> dict[str, int]:
    """Parameters by architecture, as counted when the table was made (`python -m vizlib.hub`)."""
    table = Path(__file__).with_name("parameter_counts.json")
    return dict(json.loads(table.read_text())) if table.is_file() else {}


def is_downloaded(name: str) -> bool:
    """Whether the weights are in the cache already; asks the disk only."""
    return _cached(timm_config(name)) is not None


def fetch(name: str) -> Generator[Progress, None, Path | None]:
    """Brings the weights of `name` into the cache, yielding bytes done of bytes in all (0 where unknown).

    Returns the file, or None where timm has to find it in its own way. Closing the generator ends the download.
    Raises ModelUnavailable with the reason in a sentence.
    """
    config = timm_config(name)
    if not (config.hf_hub_id or config.url):
        raise ModelUnavailable(
            f"Nobody has published weights for {name}.", "Choose one of its tagged weights, or weights='random'."
        )
    cached = _cached(config)
    if cached is None:
        counter = _Counter()
        yield from _watched(lambda: _download(config, counter), counter, name)
        cached = _cached(config)
    return None if config.custom_load else cached


def _cached(config: PretrainedCfg) -> Path | None:
    if config.hf_hub_id:
        repository, _, revision = config.hf_hub_id.partition("@")
        for file in _files(config):
            found = try_to_load_from_cache(repository, file, revision=revision or None)
            if isinstance(found, str):
                return Path(found)
    elif config.url:
        path = _url_path(config.url)
        if path.is_file():
            return path
    return None


def _files(config: PretrainedCfg) -> tuple[str, ...]:
    return (config.hf_hub_filename,) if config.hf_hub_filename else _FILES


def _url_path(url: Any) -> Path:
    address, file = url if isinstance(url, (tuple, list)) else (url, Path(urlparse(url).path).name)
    return Path(torch.hub.get_dir()) / "checkpoints" / str(file)


class _Cancelled(Exception):
    """The reader of a download has left."""


class _Counter:
    """Bytes done and in all, written by the downloading thread."""

    def __init__(self) -> None:
        self.done = self.total = 0
        self.cancelled = False

    def bar(self) -> type[tqdm[Any]]:
        """A tqdm class that counts here instead of drawing."""
        counter = self

        class Silent(tqdm):  # type: ignore[type-arg]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                counter.total = int(kwargs.get("total") or 0)
                counter.done = int(kwargs.get("initial") or 0)
                kwargs.pop("name", None)
                super().__init__(*args, **{**kwargs, "disable": True})

            def update(self, n: float | None = 1) -> bool | None:
                if counter.cancelled:
                    raise _Cancelled
                counter.done += int(n or 0)
                return None

        return Silent


def _download(config: PretrainedCfg, counter: _Counter) -> None:
    if config.hf_hub_id:
        repository, _, revision = config.hf_hub_id.partition("@")
        for last, file in enumerate(files := _files(config), start=1):
            try:
                hf_hub_download(repository, file, revision=revision or None, tqdm_class=counter.bar())
                return
            except LocalEntryNotFoundError:  # the hub cannot be reached: another file name will not help
                raise
            except EntryNotFoundError:
                if last == len(files):
                    raise
    else:
        address = config.url[0] if isinstance(config.url, (tuple, list)) else config.url
        path = _url_path(config.url)
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(address, str(path), progress=False)


def _watched(work: Callable[[], None], counter: _Counter, name: str) -> Generator[Progress, None, None]:
    failure: list[Exception] = []

    def guarded() -> None:
        try:
            work()
        except Exception as problem:  # noqa: BLE001  hub clients raise many unrelated types
            failure.append(problem)

    thread = threading.Thread(target=guarded, daemon=True, name=f"download {name}")
    thread.start()
    try:
        while thread.is_alive():
            yield Progress(counter.done, counter.total, "bytes")
            thread.join(0.2)
    finally:
        counter.cancelled = True
    if failure:
        reason = _reason(failure[0])
        raise ModelUnavailable(f"The weights of {name} could not be downloaded: {reason}.", _REMEDY) from failure[0]


def _reason(problem: Exception) -> str:
    if isinstance(problem, (LocalEntryNotFoundError, OfflineModeIsEnabled)):
        return "the hub cannot be reached"
    if isinstance(problem, EntryNotFoundError) or "404" in str(problem):
        return "the hub does not have them"
    if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
        return "the disk is full"
    if isinstance(problem, TimeoutError) or "timed out" in str(problem).lower():
        return "the hub did not answer in time"
    return f"the hub or the connection failed ({type(problem).__name__})"


def _count_parameters() -> dict[str, int]:
    counts = {}
    for architecture in timm.list_models():
        with torch.device("meta"):
            network = timm.create_model(architecture, pretrained=False)
        counts[architecture] = sum(each.numel() for each in network.parameters())
    return counts


if __name__ == "__main__":
    Path(__file__).with_name("parameter_counts.json").write_text(json.dumps(_count_parameters(), indent=0) + "\n")
