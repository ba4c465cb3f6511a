"""Which device to compute on: CUDA, then MPS, then the CPU, and only one that really works."""

from __future__ import annotations

import torch

from vizlib.errors import DeviceFailed, TooBig, VizError

_OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "status_alloc_failed")
_BROKEN = ("cuda error", "cudnn error", "mps backend")


def available_devices() -> list[str]:
    """What can be chosen: "auto" first, then every device by name."""
    found = ["auto", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def pick_device(name: str = "auto") -> tuple[torch.device, str]:
    """The device, and a notice where it is not the one hoped for ("" otherwise).

    Raises DeviceFailed for a name that torch does not know.
    """
    try:
        wanted = torch.device(_best() if name == "auto" else name)
    except RuntimeError as problem:
        names = ", ".join(available_devices())
        raise DeviceFailed(f"There is no device called {name!r}.", f"Choose one of: {names}.") from problem
    reason = _failure(wanted)
    if not reason:
        return wanted, ""
    return torch.device("cpu"), f"The device {wanted} does not work ({reason}), so this runs on the CPU."


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _failure(device: torch.device) -> str:
    """Why a small computation fails there, "" where it works."""
    if device.type == "cpu":
        return ""
    try:
        ones = torch.ones(1, 1, 3, 3, device=device)  # convolved, because that is what it will have to do
        torch.conv2d(ones, ones).item()
    except Exception as problem:  # noqa: BLE001  drivers and missing builds raise many unrelated types
        return (str(problem).splitlines() or [type(problem).__name__])[0].rstrip(".")[:100]
    return ""


def device_label(device: torch.device) -> str:
    """What a person calls it: "CUDA, NVIDIA H200" or "CPU"."""
    if device.type == "cuda":
        return f"CUDA, {torch.cuda.get_device_name(device)}"
    return device.type.upper()


def device_error(problem: BaseException, what: str, device: torch.device) -> VizError | None:
    """An error of a computation as a sentence: TooBig, DeviceFailed, or None where the device is not to blame.

    `what` needed the memory: "resnet50 with 8 pictures of 224 x 224 px".
    """
    text = str(problem).lower()
    if isinstance(problem, MemoryError) or any(each in text for each in _OUT_OF_MEMORY):
        remedy = "Take smaller or fewer pictures, a smaller network, or another device."
        return TooBig(f"{what} needs more memory than {device_label(device)} has.", remedy)
    if any(each in text for each in _BROKEN):
        return DeviceFailed(f"The device {device} failed.", "Choose cpu as the device.")
    return None
