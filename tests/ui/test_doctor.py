"""`filterscope doctor`: a sentence and a verdict for every part, and the exit code that follows from them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from uuid import uuid4

import pytest
import torch

from vizlib.runs.remote import Remote
from vizlib.ui import doctor
from vizlib.ui.doctor import Finding


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.constants, "HF_HUB_OFFLINE", False)


def test_here_nothing_is_broken_and_every_part_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    code = doctor.examine()
    said = capsys.readouterr().out
    assert code == 0, said
    parts = ["filterscope", "engine", "dashboard", "cpu", "store", "bundled networks", "own networks", "photographs"]
    lines = [line[6:] for line in said.splitlines()]
    assert all(any(line.startswith(part) for line in lines) for part in [*parts, "hub"])
    assert said.endswith("Nothing is broken.\n")


def test_one_broken_part_makes_the_exit_code_1_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [Finding("cpu", "works"), Finding("hub", "offline", "note"), Finding("store", "is full", "FAIL")]
    monkeypatch.setattr(doctor, "findings", lambda: iter(found))
    assert doctor.examine() == 1
    said = capsys.readouterr().out
    assert "FAIL  store" in said
    assert said.endswith("These do not work: store.\n")


def test_a_note_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "findings", lambda: iter([Finding("hub", "offline", "note")]))
    assert doctor.examine() == 0


def test_an_engine_alone_may_lack_the_dashboard_s_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "streamlit":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)
    verdicts = {each.part: each.verdict for each in doctor.findings() if each.part in ("engine", "dashboard")}
    assert verdicts == {"engine": "ok", "dashboard": "note"}
    assert doctor.libraries("engine", ("streamlit",), if_missing="FAIL") == Finding(
        "engine", "Not installed, so the engine cannot run: streamlit.", "FAIL"
    )


def test_a_device_that_computes_says_how_long_it_took() -> None:
    found = doctor.device("cpu")
    assert found.verdict == "ok"
    assert "its gradient took" in found.sentence


def test_a_device_that_fails_is_named_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with TORCH_USE_CUDA_DSA")

    monkeypatch.setattr(doctor, "conv2d", broken)
    found = doctor.device("cpu")
    assert found.verdict == "FAIL"
    assert "does not compute (CUDA error: no kernel image is available)" in found.sentence


def test_a_device_that_computes_wrong_gradients_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "conv2d", lambda pixels, kernels: 2 * torch.conv2d(pixels, kernels))
    assert doctor.device("cpu").verdict == "FAIL"


def test_every_device_that_can_be_chosen_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "available_devices", lambda: ["auto", "cuda:0", "cuda:1", "cpu"])
    monkeypatch.setattr(doctor, "device", lambda name: Finding(name, "tried"))
    assert [each.part for each in doctor.findings() if each.sentence == "tried"] == ["cuda:0", "cuda:1", "cpu"]


def test_a_store_that_can_be_written_says_what_it_holds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIZLIB_STORE", str(tmp_path / "new"))
    found = doctor.store()
    assert found.verdict == "ok"
    assert "Finished results: 0, 0.0 of 512 MB" in found.sentence
    assert list((tmp_path / "new").iterdir()) == []


def test_a_store_that_cannot_be_written_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VIZLIB_STORE", str(tmp_path / "file" / "store"))
    found = doctor.store()
    assert found.verdict == "FAIL"
    assert "cannot be written (Not a directory). Name another folder in VIZLIB_STORE" in found.sentence


def test_a_store_that_is_off_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZLIB_STORE", "off")
    assert doctor.store().verdict == "note"


def test_a_shared_store_is_tried_and_named_without_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert list(doctor.shared_store()) == []
    monkeypatch.setenv("VIZLIB_STORE_CACHE", str(tmp_path))
    monkeypatch.setenv("VIZLIB_STORE", f"memory://{uuid4().hex}/results")
    (found,) = doctor.shared_store()
    assert (found.part, found.verdict, "was written to memory://" in found.sentence) == ("shared store", "ok", True)
    monkeypatch.setattr(Remote, "probe", lambda _: "PermissionError: Access Denied")
    (found,) = doctor.shared_store()
    assert found.verdict == "FAIL"
    assert "cannot be used (PermissionError: Access Denied). Check VIZLIB_STORE" in found.sentence
    monkeypatch.setenv("VIZLIB_STORE", "s3://me:hunter2@bucket/results")
    (found,) = doctor.shared_store()
    assert (found.verdict, "hunter2" in found.sentence) == ("FAIL", False)
    assert "has a password in its URL" in found.sentence


def test_networks_of_one_s_own_are_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert doctor.weights().verdict == "note"
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    assert doctor.weights() == Finding(
        "own networks", f"VIZLIB_WEIGHTS names {tmp_path}, where no checkpoint can be found.", "FAIL"
    )
    (tmp_path / "resnet18.pth").touch()
    assert doctor.weights() == Finding("own networks", f"1 in {tmp_path}: local/resnet18")


def test_a_package_without_its_networks_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "bundled/scenes" in doctor.networks().sentence
    monkeypatch.setattr(doctor, "bundled_models", list)
    assert doctor.networks().verdict == "FAIL"


def test_missing_photographs_are_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "sample_photographs", dict)
    assert doctor.photographs().verdict == "note"


def test_a_hub_that_is_switched_off_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "urlopen", lambda *_, **__: pytest.fail("it was asked"))
    for each in doctor._HUBS.items():
        assert doctor.hub(*each).verdict == "note"


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize(
    ("problem", "verdict", "told"),
    [
        (URLError("Name or service not known"), "note", "cannot be reached (Name or service not known)"),
        (TimeoutError("timed out"), "note", "cannot be reached (timed out)"),
        (HTTPError("https://huggingface.co", 405, "no", None, None), "ok", "answers"),  # type: ignore[arg-type]
    ],
)
def test_to_be_offline_is_reported_and_no_fault(
    problem: Exception, verdict: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(request: Any, timeout: float) -> Any:
        assert request.get_method() == "HEAD"
        assert timeout <= 5
        raise problem

    monkeypatch.setattr(doctor, "urlopen", ask)
    for part, address in doctor._HUBS.items():
        found = doctor.hub(part, address)
        assert (found.part, found.verdict) == (part, verdict)
        assert address in found.sentence
        assert told in found.sentence
