"""A stored result belongs to the engine, the libraries and the kind of device that made it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from vizlib.runs import Recipe, as_stored, source_digest, versions

ROOT = Path(__file__).resolve().parents[2]


def engine(folder: Path) -> Path:
    for name in (
        "records.py",
        "saliency/gradients/gradient.py",
        "ui/page.py",
        "batch/engines/ray.py",
        "batch/kinds/atlas.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_the_digest_changes_with_the_engine_and_not_with_the_window(tmp_path: Path) -> None:
    folder = engine(tmp_path / "one")
    before = source_digest(folder)
    assert source_digest(engine(tmp_path / "elsewhere")) == before, "it does not depend on where the engine is"
    (folder / "ui" / "page.py").write_text("drawn in another way")
    (folder / "batch" / "engines" / "ray.py").write_text("carried in another way")
    assert source_digest(folder) == before
    (folder / "saliency" / "gradient.py").write_text("computed in another way")
    changed = source_digest(folder)
    assert changed != before
    (folder / "saliency" / "gradient.py").rename(folder / "saliency" / "other.py")
    assert source_digest(folder) not in (before, changed)


@pytest.mark.slow
def test_the_digest_is_the_same_from_any_working_folder(tmp_path: Path) -> None:
    assert versions()["vizlib"] == source_digest(ROOT / "vizlib")
    code = "from vizlib.runs import versions; print(versions()['vizlib'])"
    asked = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert asked.stdout.strip() == versions()["vizlib"]


def test_the_kind_of_device_and_the_versions_are_part_of_what_is_stored() -> None:
    recipe = Recipe({"what": "test"})
    assert as_stored(recipe, "cuda:0").key == as_stored(recipe, "cuda:1").key != as_stored(recipe, "cpu").key
    assert as_stored(recipe, "cpu").parts["versions"]["torch"] == torch.__version__
    assert recipe.parts == {"what": "test"}
