"""The dashboard without a browser, as all page tests drive it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from vizlib.ui.shared import networks

ROOT = Path(__file__).resolve().parents[2]

# AppTest reads the metadata of all installed packages before each run of a script: a third of these tests' time.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """app.py, not yet run, with one network of the hub instead of all."""
    monkeypatch.setattr(networks, "published", lambda: ["resnet18.a1_in1k"])
    made = PagesManager.__init__

    def led_by_app(self: PagesManager, *words: Any, **more: Any) -> None:
        made(self, *words, **more)
        PagesManager.uses_pages_directory = False  # as on a server where app.py has run once

    monkeypatch.setattr(PagesManager, "__init__", led_by_app)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
