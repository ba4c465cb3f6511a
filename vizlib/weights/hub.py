"""Pretrained weights from the hub: whether they are downloaded, how large they are, and the download itself.

The files go to the own cache of timm and of torchvision, which other programs share.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Generator
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlparse

import torch
from huggingface_hub import try_to_load_from_cache
from timm.models import PretrainedCfg

from vizlib.errors import CheckpointMismatch, ModelUnavailable
from vizlib.records import Progress
from vizlib.weights import registry
from vizlib.weights.checkpoint import HoldsCode, read
from vizlib.weights.download import FAILURES, Counter, from_hub, from_url, watched
from vizlib.weights.names import canonical, unknown, unknown_tag

_FILES = ("model.safetensors", "pytorch_model.bin")  # the order in which timm looks for them
_COUNTS = Path(__file__).with_name("parameter_counts.json.xz")


def timm_config(name: str) -> PretrainedCfg:
    """The configuration of published weights, as timm has it: "resnet18", "timm/resnet18.a1_in1k", "torchvision/vgg11".

    Raises UnknownName with the closest names.
    """
    name = canonical(name)
    architecture = name.split(".", 1)[0]
    if not registry.is_model(architecture):
        raise unknown(name, ())
    try:
        config = registry.config(name)
    except RuntimeError as problem:  # the libraries' error for an unknown tag
        raise unknown_tag(name) from problem
    return config or PretrainedCfg(architecture=architecture)


@lru_cache(maxsize=1)
def parameter_counts() -> dict[str, int]:
    """The number of parameters by architecture, from a table (made by `python -m vizlib.weights.hub`)."""
    return dict(json.loads(lzma.decompress(_COUNTS.read_bytes()))) if _COUNTS.is_file() else {}


def is_downloaded(name: str) -> bool:
    """Whether the weights are in the cache already; looks on the disk only."""
    return _cached(timm_config(name)) is not None


def fetch(name: str) -> Generator[Progress, None, Path]:
    """Downloads the weights of `name` into the cache, yielding bytes done of bytes in all (0 if unknown).

    Returns the file. Closing the generator ends the download. Two downloads run at once in a process; further ones
    wait and say how many are ahead. Raises ModelUnavailable with the reason in a sentence; for half a minute after a
    failure the same error is raised without asking the hub again.
    """
    config = timm_config(name)
    if not (config.hf_hub_id or config.url):
        raise ModelUnavailable(
            f"Nobody has published weights for {name}.", "Choose one of its tagged weights, or weights='random'."
        )
    found = _cached(config)
    if found is None:
        FAILURES.check(name)
        found = yield from watched(lambda counter: _download(config, counter), name)
    return found


def remove_if_damaged(file: Path, name: str) -> None:
    """Removes a download that cannot be read from the cache, and raises CheckpointMismatch about it."""
    try:
        damaged = not read(file).states
    except (HoldsCode, MemoryError, PermissionError):
        return
    except Exception:  # of any type: readers of checkpoints raise unrelated ones  # noqa: BLE001
        damaged = True
    if not damaged:
        return
    try:
        for each in {file.resolve(), file}:  # the hub's cache holds links: the next download would link to it again
            each.unlink(missing_ok=True)
    except OSError as problem:
        raise CheckpointMismatch(
            f"The downloaded file of {name} is damaged, and the cache folder cannot be written.",
            "Give the program the right to write there, and try again.",
        ) from problem
    raise CheckpointMismatch(
        f"The downloaded file of {name} is damaged, so it was removed.", "Try again: it is then downloaded again."
    )


def _cached(config: PretrainedCfg) -> Path | None:
    if config.hf_hub_id:
        repository, revision = _repository(config)
        found = (try_to_load_from_cache(repository, file, revision=revision) for file in _files(config))
        return next((Path(file) for file in found if isinstance(file, str)), None)
    path = _url_path(config) if config.url else None
    return path if path and path.is_file() else None


def _download(config: PretrainedCfg, counter: Counter) -> Path:
    if config.hf_hub_id:
        return from_hub(*_repository(config), _files(config), counter)
    return from_url(_address(config)[0], _url_path(config), counter)


def _repository(config: PretrainedCfg) -> tuple[str, str | None]:
    name, _, revision = (config.hf_hub_id or "").partition("@")
    return name, revision or None


def _files(config: PretrainedCfg) -> tuple[str, ...]:
    return (config.hf_hub_filename,) if config.hf_hub_filename else _FILES


def _address(config: PretrainedCfg) -> tuple[str, str]:
    """URL and file name."""
    url = config.url or ""
    return (url, Path(urlparse(url).path).name) if isinstance(url, str) else url


def _url_path(config: PretrainedCfg) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / _address(config)[1]


def _count_parameters() -> dict[str, int]:
    counts = {}
    for architecture in registry.list_models():
        with torch.device("meta"):
            network = registry.create(architecture, pretrained=False)
        counts[architecture] = sum(each.numel() for each in network.parameters())
    return counts


if __name__ == "__main__":
    table = json.dumps(_count_parameters(), indent=0) + "\n"
    _COUNTS.write_bytes(lzma.compress(table.encode(), preset=9 | lzma.PRESET_EXTREME))
