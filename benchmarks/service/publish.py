"""How long a zoo takes to list, and how large and slow its static site is.

    python -m benchmarks.service.publish [--networks 40] [--layers 20] [--units 256]

A store is filled with notes and batches as a lab would have them: networks x layers x batches of 16. Their content is a
few bytes, because a listing reads none of it. Then a layer of 512 units is published at three sizes of tiles: pictures
that were optimized for bundled/scenes, shifted so that no two tiles are the same, and noise, which is the worst case.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

import vizlib
from benchmarks.results import write_section
from vizlib.activation_maximization import StoredAtlas, channel, list_atlas, maximize
from vizlib.batch.gallery import Wish, gallery, publish
from vizlib.render import Image8, to_image
from vizlib.runs import Store, versions

UNITS = 512  # of the layer that is published
SIZES = (96, 128, 160)  # px of a tile
STEPS = 48


def atlas_of(network: str, layer: str, units: int, size: int) -> StoredAtlas:
    """An atlas whose tiles are not there yet."""
    recipe = {
        "what": "atlas",
        "weights": f"weights of {network}",
        "layer": layer,
        "steps": 64,
        "seed": 0,
        "sign": 1,
        "size": size,
        "settings": {"learning_rate": 0.1, "tv": 0.5, "precision": "float32"},
        "device": "cpu",
        "versions": versions(),
    }
    return StoredAtlas(network, tuple(range(units)), 16, recipe, int(layer.partition(".")[2] or 0), 0.5, "block")


def listing(networks: int, layers: int, units: int) -> str:
    """Fills a store, and times the first and later listings."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), 10**12)
        count = sum(1 for _ in _filled(store, networks, layers, units))
        first = _seconds(lambda: gallery(store))
        later = [_seconds(lambda: gallery(store)) for _ in range(7)]
        notes = _seconds(lambda: store.notes("atlas"))
        keys = _seconds(lambda: store.keys())
    return (
        f"{networks} networks x {layers} layers x {units // 16} batches: {count:,} results, {networks * layers} notes. "
        f"The first listing of a process takes {first:.2f} s, later ones {statistics.median(later):.2f} s (median of "
        f"{len(later)}), of which the notes take {notes:.2f} s and the keys {keys:.2f} s. The page keeps a listing for "
        "5 s."
    )


def _filled(store: Store, networks: int, layers: int, units: int) -> Iterator[str]:
    assert store.folder is not None
    for network in range(networks):
        for layer in range(layers):
            atlas = atlas_of(f"network{network}", f"layer.{layer}", units, 128)
            list_atlas(store, atlas)
            for key in atlas.keys:
                place = store.folder / key[:2] / key
                place.parent.mkdir(exist_ok=True)
                place.write_bytes(b"a batch")
                yield key


def optimized(size: int) -> Image8:
    """512 tiles: 16 optimized pictures, each shifted 32 times."""
    model = vizlib.load_model("bundled/scenes", device="cpu")
    goals = [channel("layer3", each) for each in range(16)]
    tiles = to_image(vizlib.last(maximize(model, goals, STEPS, 0, None, 128)).pixels)
    scaled = np.stack([np.asarray(Image.fromarray(each).resize((size, size))) for each in tiles])
    shifts = np.random.default_rng(0).integers(0, size, (UNITS // 16, 2))
    return np.concatenate([np.roll(scaled, (int(down), int(right)), (1, 2)) for down, right in shifts])


def noise(size: int) -> Image8:
    """512 tiles of noise."""
    return np.random.default_rng(0).integers(0, 256, (UNITS, size, size, 3), np.uint8)


def site(make: Callable[[int], Image8], size: int) -> tuple[float, float]:
    """Megabytes of a layer's files, and the seconds of writing the site with this one layer."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store", 10**12)
        atlas, tiles = atlas_of("bundled/scenes", "layer.3", UNITS, size), make(size)
        for number, rows in enumerate(atlas.rows):
            count = rows.stop - rows.start
            atlas.keep(store, number, (tiles[rows], np.ones(count, np.float32), [""] * count))
        list_atlas(store, atlas)
        begun = time.perf_counter()
        (written,) = publish(store, Path(folder) / "site", Wish())
        return written.size / 1e6, time.perf_counter() - begun


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--layers", type=int, default=20)
    parser.add_argument("--units", type=int, default=256)
    asked = parser.parse_args()
    lines = [listing(asked.networks, asked.layers, asked.units), ""]
    lines += [f"| tiles of a layer of {UNITS} units | MB of its page, sheet and strip | s |", "|---|---|---|"]
    for name, make in (("optimized pictures", optimized), ("noise", noise)):
        for size in SIZES:
            megabytes, seconds = site(make, size)
            lines.append(f"| {name}, {size} px | {megabytes:.2f} | {seconds:.1f} |")
            print(lines[-1], flush=True)
    text = "\n".join(lines)
    print(text)
    write_section("Zoo: listing and publishing", "python -m benchmarks.service.publish", text)


if __name__ == "__main__":
    main()
