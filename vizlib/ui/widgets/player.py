"""The lecture on a page of the dashboard: the same player that stands in the file, with the same scripts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from vizlib.ui.widgets.front_end import component
from vizlib.ui.widgets.offline import PLAYABLE, bundle
from vizlib.ui.widgets.scene import Scene

_component = component("player", bundle(PLAYABLE))


def show(title: str, scenes: Sequence[Scene], key: str, start: int = 0) -> None:
    """Shows the scenes one by one, the scene number `start` first; its button fills the screen with them.

    A rerun with the same scenes leaves the player where it is.
    """
    made = [asdict(each) for each in scenes]
    text = json.dumps([title, start, made], allow_nan=False)
    data = {"id": hashlib.blake2b(text.encode(), digest_size=16).hexdigest(), "title": title, "scenes": made}
    _component(key=key, data={**data, "start": start, "alone": False})
