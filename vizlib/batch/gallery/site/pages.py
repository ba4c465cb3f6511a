"""The site's HTML. Every name that comes from outside is escaped here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from vizlib.batch.gallery.accuracy import accuracy
from vizlib.batch.gallery.listing import Gallery, ShownLayer, ShownNetwork, counted
from vizlib.batch.gallery.site import recipes
from vizlib.batch.gallery.site.names import file_name
from vizlib.batch.gallery.site.sprites import STRIP, STRIP_SIDE, Sprites
from vizlib.batch.gallery.tiles import Tiles

_MADE = (
    "Each picture was optimized step by step, from noise, until one unit of the layer was as active as possible: it "
    "shows the pattern that the unit looks for. Units are in the network's own order, so neighbors are unrelated."
)
_OPPOSITE = (
    "Each picture was optimized step by step, from noise, until one unit of the layer was as inactive as possible, "
    "so it shows what inhibits the unit."
)


@dataclass(frozen=True)
class About:
    """What every page of the site says: its title and the day on which it was made, such as "2026-11-26"."""

    title: str
    day: str


def index(about: About, networks: Sequence[ShownNetwork]) -> str:
    """The first page: every network with its layers as strips."""
    jumps = "".join(f'<li><a href="#{file_name(each.title)}">{_text(each.title)}</a></li>' for each in networks)
    menu = f'<nav aria-label="Networks"><ul class="jumps">{jumps}</ul></nav>' if len(networks) > 1 else ""
    body = f"""<h1>{_text(about.title)}</h1>
<p>{Gallery(tuple(networks)).words}. {_MADE} Choose a layer to see all its units.</p>
{menu}
{"".join(map(_section, networks))}"""
    return _page(about, about.title, body, "")


def _section(network: ShownNetwork) -> str:
    known = accuracy(network.name)
    words = f"Accuracy: {known.words}." if known else "Its accuracy is not known here."
    name = file_name(network.title)
    return f"""<section id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">{_text(network.title)}</h2>
<p>{_text(words)} {network.words}.</p>
<ul class="layers">
{"".join(_row(name, each) for each in network.layers)}</ul>
</section>
"""


def _row(folder: str, layer: ShownLayer) -> str:
    name, few = file_name(layer.path), min(STRIP, layer.there)
    return f"""<li><a href="{folder}/{name}.html"><span class="name">{_text(layer.path)}</span>
<img src="{folder}/strips/{name}.webp" width="{STRIP_SIDE * few}" height="{STRIP_SIDE}" loading="lazy" \
alt="What {counted(few, "unit")} of {_text(layer.path)} look for">
<span class="facts">{layer.there:,} of {layer.units:,} units</span></a></li>
"""


def layer_page(about: About, network: ShownNetwork, layer: ShownLayer, some: Tiles, sheet: Sprites) -> str:
    """The page of a layer: all its units, each of which can be opened, and how they were made."""
    title = f"{network.title} · {layer.path}"
    rows = "".join(f"<dt>{name}</dt><dd>{_text(of)}</dd>" for name, of in recipes.facts(network, layer).items())
    made = _MADE if layer.atlas.recipe.get("sign", 1) == 1 else _OPPOSITE
    body = f"""<div class="before"><h1>{_text(title)}</h1>
{_ways(network, layer)}
<p>{made} Choose a unit to see it large.</p></div>
<ul id="units" class="units">
{"".join(_unit(some, at, sheet.columns) for at in range(len(some)))}</ul>
<div><h2>How these pictures were made</h2>
<dl>{rows}</dl>
<details><summary>Make them again in Python</summary><pre tabindex="0">{_text(recipes.script(network, layer))}</pre>\
</details>
<details><summary>The recipe</summary><pre tabindex="0">{_text(recipes.recipe_text(layer))}</pre></details></div>"""
    style = (
        f'.tile {{ background-image: url("{file_name(layer.path)}.webp"); --columns: {sheet.columns}; '
        f"--rows: {sheet.rows}; }}"
    )
    home = f'<nav class="home" aria-label="Where this is"><a href="../index.html">{_text(about.title)}</a> / \
<a href="../index.html#{file_name(network.title)}">{_text(network.title)}</a> / {_text(layer.path)}</nav>'
    return _page(about, f"{title} - {about.title}", body, "../", style, home)


def _ways(network: ShownNetwork, layer: ShownLayer) -> str:
    """The ways to the layer before and the layer after."""
    at = [each.path for each in network.layers].index(layer.path)
    ways = []
    for word, of in (("Layer before", at - 1), ("Layer after", at + 1)):
        if 0 <= of < len(network.layers):
            path = network.layers[of].path
            ways.append(f'<a href="{file_name(path)}.html">{word}: {_text(path)}</a>')
    return f'<nav class="ways" aria-label="Other layers">{"".join(ways)}</nav>' if ways else ""


def _unit(some: Tiles, at: int, columns: int) -> str:
    row, column = divmod(at, columns)
    unit, value = some.channels[at], f"{some.values[at]:.3g}"
    note = f" {_text(some.notes[at])}" if some.notes[at] else ""
    ways = [f'<a href="#unit-{some.channels[to]}">{word}</a>' for word, to in _neighbors(at, len(some))]
    return f"""<li id="unit-{unit}" style="--x:{column};--y:{row}"><a class="open" href="#unit-{unit}">\
<span class="tile" role="img" aria-label="What unit {unit} looks for"></span>{unit}</a>
<div class="card"><h2>Unit {unit}</h2><p>Mean activation {value}.{note}</p>
<p class="ways">{"".join(ways)}<a class="back" href="#units">Back to all units</a></p></div></li>
"""


def _neighbors(at: int, count: int) -> Iterable[tuple[str, int]]:
    return ((word, to) for word, to in (("Unit before", at - 1), ("Unit after", at + 1)) if 0 <= to < count)


def _page(about: About, title: str, body: str, up: str, style: str = "", home: str = "") -> str:
    extra = f"<style>{style}</style>\n" if style else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Filterscope">
<title>{_text(title)}</title>
<link rel="stylesheet" href="{up}style.css">
{extra}<script src="{up}keys.js" defer></script>
</head>
<body>
{home}
<main>
{body}
</main>
<footer>Published with Filterscope on {_text(about.day)}.</footer>
</body>
</html>
"""


def _text(words: str) -> str:
    return escape("".join(each if each.isprintable() or each == "\n" else " " for each in words))
