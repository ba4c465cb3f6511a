"""`filterscope doctor`: what this installation has, and whether each part of it works.

Each part is a function that returns a finding, a sentence with its verdict; `examine` prints them as they come.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import torch
from huggingface_hub import constants
from torch.nn.functional import conv2d

from vizlib import __version__
from vizlib.models import available_devices, device_label
from vizlib.pictures import sample_photographs
from vizlib.runs import open_store
from vizlib.weights import bundled_models, local_models

ENGINE = ("torch", "torchvision", "timm", "pillow", "numpy", "safetensors", "huggingface_hub")
DASHBOARD = ("streamlit", "plotly", "matplotlib", "psutil")
_PATIENCE = 4.0  # seconds that the hub has for its answer
_MB = 1e6
_HUBS = {"hub": constants.ENDPOINT, "torchvision": "https://download.pytorch.org"}  # timm's networks, torchvision's


@dataclass(frozen=True)
class Finding:
    """What was found out about one part."""

    part: str
    sentence: str
    verdict: Literal["ok", "note", "FAIL"] = "ok"  # a note: it is missing or switched off, and the rest works without


def main(words: Sequence[str]) -> int:
    """Does what the words after `filterscope doctor` say; returns the exit code."""
    argparse.ArgumentParser(
        "filterscope doctor",
        description="Says what this installation has and whether each part of it works.",
        epilog="The exit code is 0 if nothing is broken, else 1. What is missing and not needed is a note.",
    ).parse_args(list(words))
    return examine()


def examine() -> int:
    """Prints every finding; returns the exit code: 0 if all of them work, else 1."""
    broken = []
    for finding in findings():
        print(f"{finding.verdict:<4}  {finding.part:<16}  {finding.sentence}", flush=True)
        broken += [finding.part] * (finding.verdict == "FAIL")
    print(f"These do not work: {', '.join(broken)}." if broken else "Nothing is broken.")
    return 1 if broken else 0


def findings() -> Iterator[Finding]:
    """All findings, the quick ones first."""
    yield Finding("filterscope", f"{__version__}, with Python {platform.python_version()} on {platform.platform()}")
    yield libraries("engine", ENGINE, if_missing="FAIL")
    yield libraries("dashboard", DASHBOARD, if_missing="note")
    yield from (device(name) for name in available_devices() if name != "auto")
    yield store()
    yield from shared_store()
    yield networks()
    yield weights()
    yield photographs()
    yield from (hub(*each) for each in _HUBS.items())


def libraries(part: str, names: tuple[str, ...], if_missing: Literal["note", "FAIL"]) -> Finding:
    """The versions of the libraries that a part of Filterscope needs."""
    found = {name: _version(name) for name in names}
    if missing := [name for name in names if not found[name]]:
        return Finding(part, f"Not installed, so the {part} cannot run: {', '.join(missing)}.", if_missing)
    return Finding(part, ", ".join(f"{name} {its}" for name, its in found.items()))


def device(name: str) -> Finding:
    """Whether the device computes a small convolution and its gradient, and how long the first one takes."""
    began = time.perf_counter()
    try:
        _convolve(torch.device(name))
    except Exception as problem:  # noqa: BLE001  drivers and missing builds raise many unrelated types
        reason = (str(problem).splitlines() or [type(problem).__name__])[0].rstrip(".")[:200]
        return Finding(name, f"It does not compute ({reason}). Update its driver, or choose another device.", "FAIL")
    seconds = time.perf_counter() - began
    label = device_label(torch.device(name))
    return Finding(name, f"{label} computes: the first convolution and its gradient took {seconds:.2f} s.")


def _convolve(where: torch.device) -> None:
    """Raises what the device raises, and RuntimeError where its gradient is wrong."""
    pixels = torch.ones(1, 3, 8, 8, device=where, requires_grad=True)
    conv2d(pixels, torch.ones(4, 3, 3, 3, device=where)).sum().backward()
    gradient = 0.0 if pixels.grad is None else float(pixels.grad.sum())
    if gradient != 6 * 6 * 4 * 27:  # each of 6 x 6 x 4 outputs sums 27 pixels
        raise RuntimeError("a convolution of ones has a wrong gradient")


def store() -> Finding:
    """Where finished results are kept, and whether they can be."""
    kept = open_store()
    if kept.folder is None:
        return Finding("store", "VIZLIB_STORE is off: no result is kept on disk.", "note")
    try:
        kept.folder.mkdir(0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=kept.folder) as probe:
            probe.write(b"probe")
    except OSError as problem:
        reason = f"{kept.folder} cannot be written ({problem.strerror})"
        return Finding("store", f"{reason}. Name another folder in VIZLIB_STORE, or say off.", "FAIL")
    size = f"{kept.size() / _MB:.1f} of {kept.limit / _MB:.0f} MB"
    return Finding("store", f"{kept.folder} can be written. Finished results: {kept.count()}, {size}.")


def shared_store() -> Iterator[Finding]:
    """Whether the store behind the URL, if there is one, can be written and read."""
    kept = open_store()
    if (sharing := kept.sharing()) is None:
        return
    if sharing.problem:
        yield Finding("shared store", f"{sharing.problem} Results are kept on this server only.", "FAIL")
    elif reason := kept.probe_shared():
        said = f"{sharing.where} cannot be used ({reason}). Check VIZLIB_STORE, the network and the credentials."
        yield Finding("shared store", said, "FAIL")
    else:
        yield Finding("shared store", f"A small object was written to {sharing.where}, read and removed.")


def networks() -> Finding:
    """The networks that are part of the package."""
    names = bundled_models()
    if not names:
        return Finding("bundled networks", "None is there: install the package again.", "FAIL")
    return Finding("bundled networks", ", ".join(names))


def weights() -> Finding:
    """What is in the folder of the user's own networks."""
    named = os.environ.get("VIZLIB_WEIGHTS", "")
    if not named:
        return Finding("own networks", "VIZLIB_WEIGHTS names no folder.", "note")
    if not (names := sorted(local_models())):
        sentence = f"VIZLIB_WEIGHTS names {named}, where no checkpoint can be found."
        return Finding("own networks", sentence, "FAIL")
    return Finding("own networks", f"{len(names)} in {named}: {', '.join(names[:5])}{' ...' * (len(names) > 5)}")


def photographs() -> Finding:
    """The sample photographs, which scikit-image ships."""
    names = list(sample_photographs())
    if not names:
        sentence = "There are none, because scikit-image is not installed. Scenes are drawn without it."
        return Finding("photographs", sentence, "note")
    return Finding("photographs", ", ".join(names))


def hub(part: str, address: str) -> Finding:
    """Whether pretrained networks can be downloaded from there now. To be offline is no fault."""
    if constants.HF_HUB_OFFLINE:
        return Finding(part, "It was not asked, because HF_HUB_OFFLINE is set.", "note")
    try:
        with urlopen(Request(address, method="HEAD"), timeout=_PATIENCE):
            pass
    except HTTPError:
        pass  # an answer all the same
    except OSError as problem:
        reason = getattr(problem, "reason", problem)
        sentence = f"{address} cannot be reached ({reason}). Bundled and own networks work offline."
        return Finding(part, sentence, "note")
    return Finding(part, f"{address} answers: networks can be downloaded.")


def _version(name: str) -> str:
    """The installed version of a library, "" where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
