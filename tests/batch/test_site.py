"""The static site: whole, safe, the same for the same store, and never written over other people's files."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from PIL import Image

import vizlib
from tests.gallery import atlas_of, fill, tiles_of
from vizlib import UnknownName, VizError, load_model
from vizlib.activation_maximization import AtlasPlan, list_atlas, stored_atlas
from vizlib.activation_maximization.atlas import atlas
from vizlib.batch.gallery import Tiles, Wish, gallery, publish, publishing
from vizlib.batch.gallery.command import main
from vizlib.batch.gallery.site import recipes
from vizlib.batch.gallery.site.names import file_name
from vizlib.batch.gallery.site.sprites import sprites
from vizlib.runs import Store

DAY = Wish(day="2026-01-02")
HOSTILE = '<script>alert(1)</script>"&/../..'


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", 100_000_000)


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store, atlas_of("bundled/scenes", "layer1", 20, order=1, depth=0.25))
    fill(store, atlas_of("bundled/scenes", "layer2.0", 40, order=2, depth=0.5), [0, 2])
    fill(store, atlas_of("local/mine", "conv1", 8))
    return store


class Parts(HTMLParser):
    """The links, pictures and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.alts: list[str | None] = []
        self.scripts: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        self.links += [str(own[each]) for each in ("href", "src") if own.get(each)]
        self.ids += [str(own["id"])] if own.get("id") else []
        self.alts += [own.get("alt")] if tag == "img" else []
        self.scripts += [own.get("src")] if tag == "script" else []


def files(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def broken_links(folder: Path) -> list[str]:
    """Links that lead nowhere, or out of the folder."""
    pages = {each: Parts(each.read_text("utf-8")) for each in folder.resolve().rglob("*.html")}
    wrong = []
    for page, parts in pages.items():
        assert len(parts.ids) == len(set(parts.ids))
        for link in parts.links:
            path = urlsplit(link).path
            there = (page.parent / unquote(path)).resolve() if path else page
            named = urlsplit(link).fragment
            lost = not there.is_file() or (named and there in pages and named not in pages[there].ids)
            if urlsplit(link).scheme or lost or folder.resolve() not in there.parents:
                wrong.append(f"{page.name}: {link}")
    return wrong


def test_every_link_of_the_site_leads_to_something_in_it(filled: Store, tmp_path: Path) -> None:
    written = publish(filled, tmp_path / "site", DAY)
    assert [(each.step, each.total, each.layer, each.units) for each in written] == [
        (1, 3, "layer1", 20),
        (2, 3, "layer2.0", 24),
        (3, 3, "conv1", 8),
    ]
    assert broken_links(tmp_path / "site") == []
    assert {"index.html", "style.css", "keys.js", "bundled--scenes/layer2.0.html"} <= set(files(tmp_path / "site"))
    page = Parts((tmp_path / "site" / "index.html").read_text("utf-8"))
    assert len(page.alts) == 3
    assert all(page.alts)
    assert "bundled--scenes/layer1.html" in page.links
    unit = (tmp_path / "site" / "bundled--scenes" / "layer2.0.html").read_text("utf-8")
    assert "unit-40" not in Parts(unit).ids
    assert "unit-39" in Parts(unit).ids
    assert "unit-20" not in Parts(unit).ids, "its batch is not in the store"


def test_a_layers_page_says_all_that_makes_it_again(filled: Store, tmp_path: Path) -> None:
    publish(filled, tmp_path / "site", DAY)
    text = (tmp_path / "site" / "bundled--scenes" / "layer1.html").read_text("utf-8")
    for said in ("bundled/scenes", "layer1", "f00d" * 4, "learning_rate 0.1", "torch", "2026-01-02", "Seed</dt><dd>0"):
        assert said in text
    assert "Accuracy: 100.0" in (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "Its accuracy is not known here" in (tmp_path / "site" / "index.html").read_text("utf-8")


def test_the_sheet_shows_each_unit_at_its_place(filled: Store, tmp_path: Path) -> None:
    publish(filled, tmp_path / "site", DAY)
    sheet = np.asarray(Image.open(tmp_path / "site" / "bundled--scenes" / "layer1.webp").convert("RGB"))
    text = (tmp_path / "site" / "bundled--scenes" / "layer1.html").read_text("utf-8")
    places = {
        int(unit): (int(x), int(y)) for unit, x, y in re.findall(r'id="unit-(\d+)" style="--x:(\d+);--y:(\d+)"', text)
    }
    wanted = np.concatenate([tiles_of(atlas_of("", "", 20), number) for number in (0, 1)]).astype(int)
    assert sorted(places) == list(range(20))
    for unit, (x, y) in places.items():
        shown = sheet[48 * y : 48 * y + 48, 48 * x : 48 * x + 48].astype(int)
        assert abs(shown - wanted[unit]).mean() < 6, unit


def test_the_same_store_gives_the_same_files(filled: Store, tmp_path: Path) -> None:
    publish(filled, tmp_path / "one", DAY)
    publish(filled, tmp_path / "two", DAY)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_names_that_are_no_words_are_escaped_and_stay_in_the_folder(store: Store, tmp_path: Path) -> None:
    fill(store, atlas_of(HOSTILE, HOSTILE, 4))
    fill(store, atlas_of(HOSTILE, "../../up", 4))
    publish(store, tmp_path / "site", Wish(title=HOSTILE, day="2026-01-02"))
    assert broken_links(tmp_path / "site") == []
    assert sorted(each.name for each in tmp_path.iterdir()) == ["site", "store"]
    for page in (tmp_path / "site").rglob("*.html"):
        text = page.read_text("utf-8")
        assert "<script>alert" not in text
        assert Parts(text).scripts in (["keys.js"], ["../keys.js"])


def test_file_names_are_safe_and_never_the_same() -> None:
    assert (file_name("bundled/scenes"), file_name("layer2.1.conv2")) == ("bundled--scenes", "layer2.1.conv2")
    names = [
        "a/b",
        "a--b",
        "A/b",
        "a/B",
        "a b",
        "a",
        "a.",
        ".a",
        "..",
        "",
        "con",
        "con.a",
        "style.css",
        "é",
        "x" * 300,
        "\ud800",
    ]
    made = [file_name(each) for each in names]
    assert len({each.lower() for each in made}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_][a-z0-9_.-]{0,100}", each) and not each.endswith(".") for each in made)
    assert not {"con", "style.css"} & set(made)


def test_a_site_is_replaced_and_what_it_no_longer_has_is_gone(filled: Store, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    publish(filled, tmp_path / "site", DAY)
    publish(filled, tmp_path / "site", Wish(("local/mine",), day="2026-01-02"))
    assert not (tmp_path / "site" / "bundled--scenes").exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["site", "store"], "and nothing is left beside it"


def test_a_folder_with_other_files_is_left_alone(filled: Store, tmp_path: Path) -> None:
    publish(filled, tmp_path / "site", DAY)
    (tmp_path / "site" / "local--mine" / "thesis.tex").write_text("mine")
    before = files(tmp_path / "site")
    with pytest.raises(VizError, match=r"other files than an earlier site, such as local--mine/thesis\.tex"):
        publish(filled, tmp_path / "site", DAY)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(VizError, match="file is no folder"):
        publish(filled, tmp_path / "file", DAY)
    assert files(tmp_path / "site") == before


def test_a_site_that_is_left_half_written_changes_nothing(filled: Store, tmp_path: Path) -> None:
    run = publishing(filled, tmp_path / "site", DAY)
    next(run)
    run.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["store"]


def test_damaged_batches_are_left_out_and_nothing_links_to_them(filled: Store, tmp_path: Path) -> None:
    (layer,) = (each for each in gallery(filled).networks[0].layers if each.path == "layer1")
    for key in layer.atlas.keys:
        filled.put(key, b"damaged")
    publish(filled, tmp_path / "site", DAY)
    assert broken_links(tmp_path / "site") == []
    assert not (tmp_path / "site" / "bundled--scenes" / "layer1.html").exists()


def test_notes_that_come_a_part_at_a_time_are_waited_for(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of a store behind a URL do."""
    all_of_them, calls = filled.notes("atlas"), []
    monkeypatch.setattr(filled, "notes", lambda kind: calls.append(kind) or all_of_them[: len(calls)])
    assert len(publish(filled, tmp_path / "site", DAY)) == 3


def test_an_empty_store_and_an_unknown_network_are_told(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no network in the store called 'resnet19'"):
        publish(filled, tmp_path / "site", Wish(("resnet19",)))
    with pytest.raises(VizError, match="no tiles of this version"):
        publish(Store(tmp_path / "empty", 1000), tmp_path / "site", DAY)
    assert not (tmp_path / "site").exists()


@pytest.mark.slow
def test_even_noise_stays_within_the_size_of_a_layer() -> None:
    """512 units of 160 px: no picture is harder to compress than noise."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (512, 160, 160, 3), np.uint8)
    sheet = sprites(Tiles(tuple(range(512)), noise, np.ones(512, np.float32), ("",) * 512))
    assert len(sheet.file) < 2_700_000
    assert Image.open(BytesIO(sheet.file)).size == (sheet.side * sheet.columns, sheet.side * sheet.rows)


def test_the_script_on_a_layers_page_makes_its_tiles_again(store: Store) -> None:
    model = load_model("bundled/digits", device="cpu")
    plan = AtlasPlan("conv2", tuple(range(16)), steps=4, seed=3)
    last = vizlib.last(atlas(model, plan, store))
    list_atlas(store, stored_atlas(model, plan))
    (network,) = gallery(store).networks
    made: dict[str, np.ndarray] = {}
    exec(recipes.script(network, network.layers[0]), made)
    np.testing.assert_array_equal(made["images"], last.tiles)


def test_the_command_says_what_it_wrote_and_what_is_wrong(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIZLIB_STORE", str(filled.folder))
    assert main([str(tmp_path / "site"), "--network", "local/mine", "--title", "Ours"]) == 0
    said = capsys.readouterr()
    assert "[1 of 1] local/mine, conv1: 8 units" in said.out
    assert said.out.splitlines()[-1].startswith("Written: 1 layer")
    assert "<h1>Ours</h1>" in (tmp_path / "site" / "index.html").read_text("utf-8")
    assert main([str(tmp_path / "site"), "--network", "resnet19"]) == 1
    assert "no network in the store called 'resnet19'" in capsys.readouterr().err
