"""A room that has the name of its main function is both: called as the function, imported as the package."""

from __future__ import annotations

import copy
import inspect
import pickle
import pkgutil
import pydoc
import subprocess
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

import vizlib

ROOMS = ["saliency", "fooling"]


@pytest.fixture(scope="module")
def model() -> vizlib.Classifier:
    return vizlib.load_model("bundled/digits", device="cpu")


@pytest.fixture(scope="module")
def pixels(model: vizlib.Classifier) -> Tensor:
    return torch.rand(1, 3, *model.input_size, generator=torch.Generator().manual_seed(0))


def function_of(name: str) -> Any:
    return getattr(import_module(f"vizlib.{name}"), name)


def test_a_room_is_imported_and_called(model: vizlib.Classifier, pixels: Tensor) -> None:
    import vizlib.fooling as f
    import vizlib.saliency as s
    import vizlib.saliency.gradients.gradient as g
    from vizlib import saliency

    assert s is saliency is vizlib.saliency
    assert s.MENU["gradient"] is g.METHOD
    assert vizlib.fooling.MENU is f.MENU
    expected = s.saliency(model, pixels, "gradient", 3)
    assert torch.equal(vizlib.saliency(model, pixels, "gradient", target=3), expected)
    result = vizlib.last(vizlib.fooling(model, pixels, 4, steps=10)).result
    assert isinstance(result, vizlib.Fooling)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_says_what_its_function_takes(name: str) -> None:
    room, function = getattr(vizlib, name), function_of(name)
    assert callable(room)
    assert inspect.signature(room) == inspect.signature(function)
    first = (inspect.getdoc(function) or "").splitlines()[0]
    assert inspect.getdoc(room).startswith(first)
    shown = pydoc.plain(pydoc.render_doc(room))
    assert first[:60] in shown
    assert f"{name}(model: " in shown


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_is_pickled_and_copied_as_itself(name: str) -> None:
    room = getattr(vizlib, name)
    assert pickle.loads(pickle.dumps(room)) is room
    assert copy.deepcopy(room) is copy.copy(room) is room


def test_a_room_can_be_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vizlib.saliency.MENU", 3)
    assert vizlib.saliency.MENU == 3  # type: ignore[attr-defined]
    monkeypatch.setattr("vizlib.saliency.saliency", lambda: 4)
    assert vizlib.saliency() == 4  # type: ignore[call-arg]


def test_no_public_name_hides_a_package() -> None:
    """Every folder of the engine is what `import vizlib.<folder> as x` gives."""
    packages = [each.name for each in pkgutil.walk_packages(vizlib.__path__, "vizlib.") if each.ispkg]
    assert len(packages) > 12
    for package in packages:
        if package.startswith("vizlib.ui"):
            continue
        import_module(package)
        found: Any = vizlib
        for part in package.split(".")[1:]:
            found = getattr(found, part)
        assert isinstance(found, ModuleType), package
        assert found.__name__ == package


@pytest.mark.slow
def test_the_rooms_are_the_same_whichever_is_imported_first() -> None:
    script = "import vizlib.fooling.pgd, vizlib; print(vizlib.fooling.__name__, callable(vizlib.saliency))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "vizlib.fooling True"
