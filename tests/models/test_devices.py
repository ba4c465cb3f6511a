"""The best device that really works is chosen, and a notice says so where it is not the one asked for."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from vizlib.errors import DeviceFailed, TooBig
from vizlib.models import devices, load_model
from vizlib.models.devices import (
    available_devices,
    device_error,
    device_label,
    memory_format,
    pick_device,
    spread,
)

no_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here, so none can be missed")
CPU = torch.device("cpu")


def refuse(*args: Any, **words: Any) -> Any:
    """Raises the error of a driver that is too old for this build of torch."""
    if str(words.get("device", "cpu")).startswith("cuda"):
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with TORCH_USE_CUDA_DSA.")
    return real_ones(*args, **words)


real_ones = torch.ones


@no_cuda
def test_auto_is_the_cpu_where_there_is_nothing_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert pick_device() == pick_device("auto") == pick_device("cpu") == (CPU, "")
    assert available_devices() == ["auto", "cpu"]


@no_cuda
@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_a_device_that_is_named_and_absent_is_refused(name: str) -> None:
    for entry in (pick_device, lambda each: load_model("test_resnet", weights="random", device=each)):
        with pytest.raises(DeviceFailed, match=rf"^The device {name} does not work \(") as caught:
            entry(name)
        assert "\n" not in caught.value.sentence
        assert caught.value.remedy == 'Choose "cpu" or "auto" as the device.'


@pytest.mark.parametrize("name", ["", "gpu", "CPU", "cuda:x", "cpu,cuda"])
def test_an_unknown_device_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(DeviceFailed, match=r"no device called .*Choose one of: auto, .*cpu"):
        pick_device(name)


@pytest.fixture
def old_driver(monkeypatch: pytest.MonkeyPatch) -> str:
    """A CUDA device that is there and fails; why."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch, "ones", refuse)
    return "CUDA error: no kernel image is available"


def test_auto_is_the_cpu_where_cuda_fails_and_a_warning_says_so_to_the_caller(old_driver: str) -> None:
    notice = f"The device cuda does not work ({old_driver}), so this runs on the CPU."
    with pytest.warns(UserWarning, match="does not work") as warned:
        model = load_model("test_resnet", weights="random")
    assert (model.device, model.notice) == (CPU, notice)
    assert [(str(each.message), each.filename) for each in warned] == [(notice, __file__)]
    assert available_devices()[:2] == ["auto", "cuda:0"]


@pytest.mark.parametrize("name", ["cuda", "cuda:0"])
def test_a_device_that_is_named_and_fails_is_refused_before_anything_is_loaded(
    old_driver: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("vizlib.models.loading.build", lambda *words, **more: pytest.fail("it was loaded"))
    with pytest.raises(DeviceFailed, match=rf"The device {name} does not work \({old_driver}\)\."):
        load_model("test_resnet", weights="random", device=name)


def test_a_device_that_holds_numbers_but_cannot_compute_is_refused() -> None:
    with pytest.raises(DeviceFailed, match="The device meta does not work"):
        load_model("test_resnet", weights="random", device="meta")


def test_mps_is_taken_where_there_is_no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr("vizlib.models.devices._failure", lambda device: "")
    assert pick_device() == (torch.device("mps"), "")
    assert "mps" in available_devices()


def test_a_device_is_called_what_a_person_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H200")
    assert device_label(CPU) == "CPU"
    assert device_label(torch.device("mps")) == "MPS"
    assert device_label(torch.device("cuda:0")) == "CUDA, NVIDIA H200"


def test_only_what_the_device_is_to_blame_for_becomes_a_sentence() -> None:
    assert isinstance(device_error(MemoryError(), "x", CPU), TooBig)
    assert isinstance(device_error(RuntimeError("MPS backend out of memory"), "x", CPU), TooBig)
    assert isinstance(device_error(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED"), "x", CPU), TooBig)
    assert isinstance(device_error(RuntimeError("CUDA error: unspecified launch failure"), "x", CPU), DeviceFailed)
    assert device_error(RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "x", CPU) is None


# Several GPUs


def test_the_least_load_is_chosen_and_of_equals_the_first() -> None:
    assert spread({"cuda:0": 5, "cuda:1": 2, "cuda:2": 9}) == "cuda:1"
    assert spread({"cuda:0": 3, "cuda:1": 3}) == "cuda:0"
    assert spread({"cuda:1": 0}) == "cuda:1"


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four devices that work, of 100 bytes, with 10, 60, 80 and 80 of them free."""
    free = {0: 10, 1: 60, 2: 80, 3: 80}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free[device.index], 100))
    monkeypatch.setattr(devices, "_failure", lambda device: "")


def test_auto_is_the_device_with_the_most_free_memory(four: None) -> None:
    assert pick_device() == (torch.device("cuda:2"), "")


def test_auto_follows_the_loads_that_a_caller_counts(four: None) -> None:
    loads = {"cuda:0": 2, "cuda:1": 1, "cuda:2": 1, "cuda:3": 4}
    assert pick_device("auto", loads)[0] == torch.device("cuda:1")
    assert pick_device("auto", {"cuda:0": 1, "cuda:1": 1, "cuda:7": -5})[0] == torch.device("cuda:2"), "none counted"


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:1", "cuda:3", "cpu"])
def test_a_device_by_name_is_that_device_however_busy(four: None, name: str) -> None:
    assert pick_device(name) == (torch.device(name), "")
    assert pick_device(name, {"cuda:0": 0})[0] == torch.device(name)


def test_where_the_driver_does_not_tell_loads_auto_is_the_first_device(
    four: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(device: torch.device) -> tuple[int, int]:
        raise RuntimeError("CUDA error: not supported")

    monkeypatch.setattr(torch.cuda, "mem_get_info", silent)
    assert pick_device() == (torch.device("cuda"), "")


# Layout and precision


def test_weights_are_laid_out_channels_last_on_cuda_alone() -> None:
    assert memory_format(torch.device("cuda:1")) == torch.channels_last
    assert memory_format(CPU) == memory_format(torch.device("mps")) == torch.preserve_format


@pytest.mark.cuda
def test_auto_is_cuda_where_it_works() -> None:
    device, notice = pick_device()
    assert device.type == "cuda"
    assert not notice
    assert device_label(device).startswith("CUDA, ")


@pytest.mark.cuda
def test_more_memory_than_the_device_has_is_told_in_a_sentence() -> None:
    model = load_model("test_resnet", weights="random", device="cuda")
    with pytest.raises(TooBig, match="needs more memory than CUDA"):
        model(torch.zeros(1, 3, 1, 1, device="cuda").expand(2_000_000, 3, 512, 512))
