"""A lecture as one HTML file that needs nothing else: no server, no network, no second file.

The file holds the scripts that draw the same parts on the pages. Titles, notes and data are in it as JSON, and the
browser runs no script in it but the one written here: the file names that script's hash and forbids all others.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from string import Template

from vizlib.ui.widgets import front_end
from vizlib.ui.widgets.scene import Scene

_ON_PAGES = ("bends", "clouds", "film", "layer_strip", "points", "removal", "shake_strip", "sheet", "strips", "wipe")
_IN_LECTURES = ("chart", "pictures", "words")
PLAYABLE = ("walk_slider", *_ON_PAGES, *_IN_LECTURES)  # what a scene may show; the other widgets serve the page itself


def page(title: str, scenes: Sequence[Scene]) -> str:
    """The text of the file, as UTF-8 to be saved under a name that ends in .html.

    Raises ValueError if a part names a widget that does not exist, or holds a number that JSON has not.
    """
    used = {part.widget for scene in scenes for part in scene.parts}
    script = f"(() => {{\n{code(sorted(used))}\n}})();"
    return Template(front_end.text("offline.html")).substitute(
        title=html.escape(title),
        hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        css=front_end.text("offline.css"),
        scenes="\n".join(map(_block, scenes)),
        script=script,
    )


def code(used: Collection[str]) -> str:
    """The script of the file: what all widgets share, the used ones, the player, and what opens it."""
    opened = f"{front_end.closed('offline')}({{ parentElement: document }});"
    return "\n".join((front_end.plain("common.js"), bundle(used), entry("player"), opened))


def bundle(widgets: Collection[str]) -> str:
    """JavaScript that defines WIDGETS: of each name its html, its css and its function. It goes after common.js."""
    shared = f"const WIDGETS = {{}}, COMMON = {literal(front_end.text('common.css'))};"
    strangers = set(widgets) - set(PLAYABLE)
    if strangers:
        raise ValueError(f"a lecture cannot show {', '.join(sorted(strangers))}")
    return "\n".join((shared, *map(entry, widgets)))


def entry(widget: str) -> str:
    """JavaScript that puts one widget of this folder into WIDGETS."""
    style, elements = (literal(front_end.text(f"{widget}.{kind}")) for kind in ("css", "html"))
    return f"WIDGETS.{widget} = {{ html: {elements}, css: COMMON + {style}, mount: {front_end.closed(widget)} }};"


def literal(value: object) -> str:
    """The value as JSON that neither ends a <script> element nor begins a comment in it, in ASCII."""
    text = json.dumps(value, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _block(scene: Scene) -> str:
    return f'<script type="application/json" class="scene">{literal(asdict(scene))}</script>'
