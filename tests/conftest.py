"""What all tests share: the device, the folder of pretrained weights, and settings that keep them away from the hub."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAIN = sys.modules["__main__"]
WEIGHTS_HERE = os.environ.pop("VIZLIB_WEIGHTS", None)  # otherwise results would depend on the person's own networks
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:  # the processes that share the tests share the cores too
    cores = (os.cpu_count() or 1) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores)))
os.environ["VIZLIB_STORE"] = tempfile.mkdtemp(prefix="filterscope_tests_")  # not the user's own


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="cpu", help="where the networks run: cpu (the default), cuda, mps")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `cuda` are left out, with a sentence, where there is no CUDA device."""
    marked = [item for item in items if item.get_closest_marker("cuda")]
    if marked and not cuda_here():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="there is no CUDA device here"))


def cuda_here() -> bool:
    import torch

    return torch.cuda.is_available()


def pytest_runtest_teardown() -> None:
    """AppTest leaves its script as the process's main module, which processes that a later test starts would run."""
    sys.modules["__main__"] = MAIN


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    """The device that the tests were asked to run on."""
    name = str(request.config.getoption("--device"))
    if name.startswith("cuda") and not cuda_here():
        pytest.skip("there is no CUDA device here")
    return name


@pytest.fixture(scope="session")
def weights_folder() -> Path:
    """Pretrained weights as timm names them: VIZLIB_WEIGHTS, else ../shared/weights beside the repository."""
    folder = Path(WEIGHTS_HERE) if WEIGHTS_HERE else ROOT.parent / "shared" / "weights"
    if not folder.is_dir():
        pytest.skip("no pretrained weights here: neither VIZLIB_WEIGHTS nor ../shared/weights is a folder")
    return folder


def _traces(model: Any) -> list[str]:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    found = [kind for each in model.network.modules() for kind in kinds if getattr(each, kind)]
    found += [name for name, each in model.network.named_parameters() if each.requires_grad or each.grad is not None]
    return found + ["training" for each in model.network.modules() if each.training]


@pytest.fixture(scope="session")
def traces() -> Callable[[Any], list[str]]:
    """`traces(model)`: what a run could have left on a network: hooks, gradients, training mode."""
    return _traces


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment into which the wheel of this checkout is installed.

    The environment borrows the libraries of the one that runs the tests, so nothing is downloaded.
    """
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    environment = folder / "venv"
    venv.create(environment, with_pip=False)
    names = {"base": str(environment), "platbase": str(environment)}
    commands = Path(sysconfig.get_path("scripts", "venv", names))
    own = Path(sysconfig.get_path("purelib", "venv", names))
    borrowed = [each for each in sys.path if each.endswith(("site-packages", "dist-packages"))]
    (own / "borrowed.pth").write_text("\n".join(borrowed), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(commands / "python"), "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, *map(str, folder.glob("*.whl"))], check=True, capture_output=True)
    return commands
