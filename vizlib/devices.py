"""Which device to compute on: CUDA, then MPS, then the CPU, and only one that really works."""

from __future__ import annotations

import torch

from vizlib.errors import DeviceFailed


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
        torch.ones(8, device=device).sum().item()
    except Exception as problem:  # noqa: BLE001  drivers and missing builds raise many unrelated types
        return str(problem).splitlines()[0].rstrip(".")[:100]
    return ""


def device_label(device: torch.device) -> str:
    """What a person calls it: "CUDA, NVIDIA H200" or "CPU"."""
    if device.type == "cuda":
        return f"CUDA, {torch.cuda.get_device_name(device)}"
    return device.type.upper()
