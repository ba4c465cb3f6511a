"""What docs/extend says about adding a method, an attack and a page: its code, run as it stands there."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

import vizlib
from vizlib.method import Menu
from vizlib.saliency import GROUPS, MapMethod
from vizlib.synthetic import draw_digit
from vizlib.ui.shared import my_lecture, networks, sidebar

EXTEND = Path(__file__).resolve().parent.parent / "docs" / "extend"


def first_code(page: str) -> str:
    found = re.search(r"^```python\n(.*?)^```", (EXTEND / f"{page}.md").read_text(encoding="utf-8"), re.M | re.S)
    assert found is not None
    return found[1]


def module(page: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The code of a page, as the file that it is meant for."""
    made = ModuleType(f"described_{page}")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    exec(compile(first_code(page), page, "exec"), vars(made))
    return made


def test_the_saliency_method_of_the_documentation_works_from_its_file_and_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = sys.modules["vizlib.saliency.explaining"]
    method = module("saliency_method", monkeypatch).METHOD
    assert isinstance(method, MapMethod)
    assert method.group in GROUPS
    assert method.shows
    monkeypatch.setattr(reader, "MENU", Menu("saliency method", *reader.MENU, method))
    linear = nn.Linear(3 * 4 * 5, 2)
    model = vizlib.wrap(nn.Sequential(nn.Flatten(), linear), class_names=["a", "b"], size=(4, 5))
    pixels = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    weights = linear.weight[1].detach().reshape(3, 4, 5)
    found = vizlib.explain(model, pixels, "gradient x picture", "b", baseline=0.5)
    torch.testing.assert_close(found.values, (weights * (pixels - 0.5)).sum(1))
    with pytest.raises(vizlib.VizError):
        vizlib.explain(model, pixels, "times_picture", "b", baseline=2.0)


def test_the_attack_of_the_documentation_works_from_its_file_and_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    room = sys.modules["vizlib.fooling"]
    method = module("attack", monkeypatch).METHOD
    monkeypatch.setattr(room, "MENU", Menu("attack", *room.MENU, method))
    model = vizlib.load_model("bundled/digits", device="cpu")
    result = vizlib.fool(model, draw_digit(seed=5, label=7).image, None, "one_sign", levels=64)
    assert result.success
    assert result.label != result.source == 7
    assert result.gradients == 1
    change = np.abs(result.change.astype(int))
    inside = (result.original > result.linf_levels) & (result.original < 255 - result.linf_levels)
    assert set(np.unique(change[inside])) <= {0, result.linf_levels}
    smaller = vizlib.fool(model, result.original, None, "one_sign", levels=result.linf_levels - 1)
    assert not smaller.success


@pytest.mark.slow
def test_the_page_of_the_documentation_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "published", lambda: ["resnet18.a1_in1k"])
    monkeypatch.setattr(my_lecture, "line", lambda: None)  # there is no menu, and so no page to lead to
    monkeypatch.setattr(sidebar, "installation", lambda: None)
    before = "from vizlib.ui.shared import sidebar\nsidebar.draw('How bright is it?')\n"  # as app.py does
    app = AppTest.from_string(before + first_code("page"), default_timeout=120).run()
    assert not app.exception
    assert app.title[0].value == "How bright is it?"
    assert re.fullmatch(r"\d\d %", app.metric[0].value)
