"""Writes the site: into a new folder beside its place, which takes its place when everything is there."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from vizlib.activation_maximization import listed_atlases
from vizlib.batch.gallery.listing import Gallery, ShownLayer, ShownNetwork, gallery
from vizlib.batch.gallery.site import pages
from vizlib.batch.gallery.site.names import file_name
from vizlib.batch.gallery.site.sprites import sprites, strip
from vizlib.batch.gallery.tiles import readable, tiles
from vizlib.errors import UnknownName, VizError
from vizlib.runs import Store

_HERE = Path(__file__).parent
_SHIPPED = ("style.css", "keys.js")
_LIST = "site.json"  # names the site's files, so that a later run replaces these and nothing else
_TITLE = "What the filters look for"


@dataclass(frozen=True)
class Wish:
    """What the site is to hold.

    Attributes:
        networks: their names; none for all.
        title: of the site; "" for the usual one.
        day: on which it is made, as each page says it.
    """

    networks: tuple[str, ...] = ()
    title: str = ""
    day: str = field(default_factory=lambda: f"{date.today():%Y-%m-%d}")


@dataclass(frozen=True)
class Written:
    """A layer was written, number `step` of `total`.

    Attributes:
        network: its title.
        layer: its path.
        units: how many tiles it has.
        size: of its page, its sheet and its strip, bytes.
    """

    step: int
    total: int
    network: str
    layer: str
    units: int
    size: int


def publish(store: Store, folder: Path, wish: Wish | None = None) -> list[Written]:
    """Writes the site at once; returns what `publishing` yields. Raises the same."""
    return list(publishing(store, folder, wish or Wish()))


def publishing(store: Store, folder: Path, wish: Wish) -> Generator[Written, None, None]:
    """Writes the site into the folder, a layer at a time. The folder changes at the end only, all at once.

    The folder may be absent, empty, or hold a site that this function has written, which is then replaced.

    Raises VizError for a folder with other files, for an empty store, and where nothing can be written; UnknownName for
    a network of which the store has nothing.
    """
    _bring_notes(store)
    shown = _chosen(gallery(store), wish.networks)
    place = folder.absolute()
    _check(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as problem:
        raise _unwritten(folder, problem) from problem
    try:
        yield from _write(store, beside, shown, pages.About(wish.title or _TITLE, wish.day))
        _check(place)  # it may have got other files meanwhile
        _replace(place, beside)
    except OSError as problem:
        raise _unwritten(folder, problem) from problem
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _bring_notes(store: Store) -> None:
    """Lists the atlases until no more come: a store behind a URL brings its notes a part at a time."""
    known = -1
    while (count := len(listed_atlases(store))) > known:
        known = count


def _chosen(shown: Gallery, names: Sequence[str]) -> Gallery:
    known = [each.name for each in shown.networks]
    for name in names:
        if name not in {*known, *(each.title for each in shown.networks)}:
            raise UnknownName.among("network in the store", name, sorted(set(known)))
    chosen = shown.only(names) if names else shown
    if not chosen.networks:
        raise VizError(
            "The store has no tiles of this version to publish.",
            "Draw an atlas on the page about filters, or compute many with `filterscope batch`. VIZLIB_STORE has to "
            "name the store that has them.",
        )
    return chosen


def _check(folder: Path) -> None:
    """Raises VizError unless the folder may be replaced."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir() or folder.is_symlink():
        raise VizError(f"{folder.name} is no folder.", "Name a new folder, or one that holds an earlier site.")
    others = sorted(_files(folder) - _own(folder))
    if others:
        raise VizError(
            f"The folder {folder.name} holds other files than an earlier site, such as {others[0]}.",
            "Name a new folder, or an empty one. Nothing was changed.",
        )


def _files(folder: Path) -> set[str]:
    """All that is in the folder but folders, by its path inside."""
    return {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_symlink() or not each.is_dir()}


def _own(folder: Path) -> set[str]:
    """The files that an earlier run has written there."""
    try:
        listed = json.loads((folder / _LIST).read_text(encoding="utf-8"))["files"]
        return {_LIST, *map(str, listed)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _write(store: Store, folder: Path, shown: Gallery, about: pages.About) -> Generator[Written, None, None]:
    networks = [found for each in shown.networks if (found := _readable(store, each)).layers]
    total, step = sum(len(each.layers) for each in networks), 0
    for network in networks:
        for layer in network.layers:
            step += 1
            yield replace(_layer(store, folder, network, layer, about), step=step, total=total)
    (folder / "index.html").write_text(pages.index(about, networks), "utf-8")
    for name in _SHIPPED:
        shutil.copyfile(_HERE / name, folder / name)
    listed = {"made by": "filterscope publish", "files": sorted(_files(folder))}
    (folder / _LIST).write_text(json.dumps(listed, indent=1) + "\n", "utf-8")


def _readable(store: Store, network: ShownNetwork) -> ShownNetwork:
    """The network without batches that are damaged, so that no page promises or links to what is not there."""
    layers = [replace(each, batches=readable(store, each)) for each in network.layers]
    return replace(network, layers=tuple(each for each in layers if each.batches))


def _layer(store: Store, folder: Path, network: ShownNetwork, layer: ShownLayer, about: pages.About) -> Written:
    """Writes the files of a layer."""
    some = tiles(store, layer)
    place, name = folder / file_name(network.title), file_name(layer.path)
    (place / "strips").mkdir(parents=True, exist_ok=True)
    sheet = sprites(some)
    text = pages.layer_page(about, network, layer, some, sheet).encode()
    content = {f"{name}.html": text, f"{name}.webp": sheet.file, f"strips/{name}.webp": strip(some)}
    for file, data in content.items():
        (place / file).write_bytes(data)
    return Written(0, 0, network.title, layer.path, len(some), sum(map(len, content.values())))


def _replace(place: Path, beside: Path) -> None:
    """Puts the new folder into its place, where there may be an earlier site or an empty folder."""
    mask = os.umask(0)
    os.umask(mask)
    beside.chmod(0o777 & ~mask)  # a folder made by mkdtemp is for its owner alone; a web server has to read this one
    if not place.exists():
        os.replace(beside, place)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{place.name}.old.", dir=place.parent))
    os.replace(place, old / "site")
    os.replace(beside, place)
    shutil.rmtree(old, ignore_errors=True)


def _unwritten(folder: Path, problem: OSError) -> VizError:
    return VizError(
        f"The site could not be written: {problem.strerror or problem}.",
        f"Make room, or name a folder that may be written to in place of {folder.name}.",
    )
