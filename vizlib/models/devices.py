"""Which device to compute on: CUDA, then MPS, then the CPU; only one that passes a small computation."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import torch

from vizlib.errors import DeviceFailed, TooBig, VizError

_OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "status_alloc_failed")
_CALLER = 5  # frames from here to the person's call of load_model, which runs in the engine's own context
_BROKEN = ("cuda error", "cudnn error", "mps backend")


def available_devices() -> list[str]:
    """The names that `load_model` takes as its `device` on this machine: "auto" first, then every device.

    Example:
        >>> from vizlib.models import available_devices
        >>> available_devices()[0], available_devices()[-1]
        ('auto', 'cpu')
    """
    found = ["auto", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def pick_device(name: str = "auto", loads: Mapping[str, int] | None = None) -> tuple[torch.device, str]:
    """The device; and a notice, which is a warning too, if "auto" fell back on the CPU ("" otherwise).

    loads: how busy each CUDA device is, by name ("cuda:1"), in any unit; "auto" chooses among several by it.
        None: by the bytes in use there.
    Raises DeviceFailed for a name that torch does not know, and for a device that was named and does not work.
    """
    try:
        wanted = torch.device(_best(loads) if name == "auto" else name)
    except (RuntimeError, TypeError) as problem:
        names = ", ".join(available_devices())
        raise DeviceFailed(f"There is no device called {name!r}.", f"Choose one of: {names}.") from problem
    reason = _failure(wanted)
    if not reason:
        return wanted, ""
    if name != "auto":
        raise DeviceFailed(f"The device {wanted} does not work ({reason}).", 'Choose "cpu" or "auto" as the device.')
    notice = f"The device {wanted} does not work ({reason}), so this runs on the CPU."
    warnings.warn(notice, stacklevel=_CALLER)
    return torch.device("cpu"), notice


def _best(loads: Mapping[str, int] | None = None) -> str:
    if torch.cuda.is_available():
        return _least_loaded(loads)
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _least_loaded(loads: Mapping[str, int] | None) -> str:
    names = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if len(names) < 2:
        return "cuda"
    if loads is not None:
        return spread({name: loads.get(name, 0) for name in names})
    try:
        return spread({name: _used(name) for name in names})
    except RuntimeError:  # the driver does not report it
        return "cuda"


def _used(name: str) -> int:
    """Bytes of the device's memory in use, by all programs."""
    free, total = torch.cuda.mem_get_info(torch.device(name))
    return int(total - free)


def spread(loads: Mapping[str, int]) -> str:
    """The name with the least load; the first of equal ones."""
    return min(loads, key=lambda name: loads[name])


def memory_format(device: torch.device) -> torch.memory_format:
    """The memory format of weights: channels last on CUDA, which suits its tensor cores, unchanged elsewhere."""
    return torch.channels_last if device.type == "cuda" else torch.preserve_format


def _failure(device: torch.device) -> str:
    """Why a small computation fails on the device, "" if it works."""
    if device.type == "cpu":
        return ""
    try:
        ones = torch.ones(1, 1, 3, 3, device=device)  # a convolution, because networks consist of them
        torch.conv2d(ones, ones).item()
    except Exception as problem:  # noqa: BLE001  drivers and missing builds raise many unrelated types
        said = (str(problem).splitlines() or [type(problem).__name__])[0]
        return said.partition(". ")[0].rstrip(".")[:200]
    return ""


def device_label(device: torch.device) -> str:
    """The device's name on screen: "CUDA, NVIDIA H200" or "CPU"."""
    if device.type == "cuda":
        return f"CUDA, {torch.cuda.get_device_name(device)}"
    return device.type.upper()


def device_error(problem: BaseException, what: str, device: torch.device) -> VizError | None:
    """An error of a computation as TooBig or DeviceFailed; None if the device is not its cause.

    `what` needed the memory: "resnet50 with 8 pictures of 224 x 224 px".
    """
    text = str(problem).lower()
    if isinstance(problem, MemoryError) or any(each in text for each in _OUT_OF_MEMORY):
        remedy = "Take smaller or fewer pictures, a smaller network, or another device."
        return TooBig(f"{what} needs more memory than {device_label(device)} has.", remedy)
    if any(each in text for each in _BROKEN):
        return DeviceFailed(f"The device {device} failed.", "Choose cpu as the device.")
    return None
