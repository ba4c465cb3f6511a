"""The package: what its wheel holds, what it says that it needs, and that it works from an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import vizlib

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 12_000_000
CLASSIFY_AND_EXPLAIN = """
import vizlib
from PIL import Image
from vizlib.synthetic import SCENE_CLASSES, draw_scene
model = vizlib.load_model("bundled/scenes", device="cpu")
scene = draw_scene(7, label=SCENE_CLASSES.index("sheep"))
pixels = vizlib.to_pixels(Image.fromarray(scene.image), model)
print(model.top(pixels)[0].label)
print(tuple(vizlib.saliency(model, pixels, "guided").shape))
print(vizlib.__file__)
"""


def needed(file: str) -> dict[str, Requirement]:
    """The requirements that a file lists, by name."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines())
    return {each.name: each for each in map(Requirement, filter(None, lines))}


def project() -> dict[str, Any]:
    return dict(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"])


def test_requirements_txt_is_the_package_s_dependencies_and_its_extra_app() -> None:
    listed = [*project()["dependencies"], *project()["optional-dependencies"]["app"]]
    assert sorted(map(str, map(Requirement, listed))) == sorted(map(str, needed("requirements.txt").values()))


def test_the_constraints_name_one_allowed_version_of_each_requirement() -> None:
    constraints, wanted = needed("constraints.txt"), needed("requirements.txt")
    assert set(constraints) == set(wanted)
    for name, constraint in constraints.items():
        (only,) = constraint.specifier
        assert only.operator == "=="
        assert wanted[name].specifier.contains(only.version), name


def test_the_version_has_one_place() -> None:
    assert project()["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", vizlib.__version__)


def files(folder: Path) -> set[str]:
    """The files that belong to a package, below the folder."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in found}


def ran(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command of the installed package; no variable leads it back to the checkout."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_the_installed_package_has_every_file_and_is_small(installed: Path) -> None:
    (wheel,) = installed.parents[1].glob("*.whl")
    assert wheel.stat().st_size < MOST_BYTES
    (package,) = installed.parent.rglob("site-packages/vizlib")
    wanted = files(ROOT / "vizlib") | {f"ui/app/pages/{each}" for each in files(ROOT / "pages")}
    assert files(package) == wanted | {"ui/app/app.py", "ui/app/.streamlit/config.toml"}
    assert (package.parent / f"filterscope-{vizlib.__version__}.dist-info").is_dir()


@pytest.mark.slow
def test_in_an_empty_folder_the_engine_classifies_and_explains(installed: Path, tmp_path: Path) -> None:
    done = ran([str(installed / "python"), "-c", CLASSIFY_AND_EXPLAIN], tmp_path)
    assert done.returncode == 0, done.stderr
    label, shape, file = done.stdout.splitlines()
    assert (label, shape) == ("sheep", "(1, 128, 128)")
    assert installed.parent in Path(file).parents


@pytest.mark.slow
def test_the_command_examines_the_installation_and_finds_nothing_broken(installed: Path, tmp_path: Path) -> None:
    done = ran([str(installed / "filterscope"), "doctor"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"filterscope       {vizlib.__version__}, with Python" in done.stdout
    assert "bundled/scenes" in done.stdout
    assert not list(tmp_path.iterdir())
