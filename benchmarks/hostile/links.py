"""Opens the pages with hostile links and uploads: every control of every page gets every wrong value.

A page is first opened without a link, to see which controls it binds to the address. Then all of them get wrong values
at once, and each must fall back to its default. A page that fails is opened again with one wrong control at a time.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

from benchmarks.hostile.archives import archives
from benchmarks.hostile.pictures import pictures, recipes
from vizlib.ui.shared import networks

ROOT = Path(__file__).resolve().parents[2]
FIRST = "pages/saliency.py"
PATIENCE = 120.0  # seconds
Query = dict[str, str | list[str]]
# For the controls that DOORS brings on screen.
BRIEF = ("unknown", "infinite", "negative", "no number", "markup", "repeated")
VALUES: dict[str, str | list[str]] = {
    "unknown": "no such thing",
    "empty": "",
    "blank": " ",
    "large": "9" * 400,
    "infinite": "1e999",
    "minus infinite": "-inf",
    "negative": "-1",
    "very negative": "-" + "9" * 30,
    "no number": "nan",
    "hexadecimal": "0x10",
    "letters": "\u202e\U0001f4a5\u0131\u0301\u0661",
    "end of text": "a\0b",
    "long": "x" * 3000,
    "lines": "a\r\nSet-Cookie: x=1",
    "markup": "![x](http://127.0.0.1:9/x.png)<script>alert(1)</script>",
    "formula": "$\\def\\a{\\a\\a}\\a$ {{7*7}} ${7*7}",
    "sql": "' OR 1=1; DROP TABLE x; --",
    "path": "../../../../etc/passwd",
    "absolute path": "/etc/passwd",
    "local path": "local/../../etc/passwd",
    "bundled path": "bundled/../../x",
    "hub": "hf-hub:timm/resnet18.a1_in1k",
    "url": "http://127.0.0.1:9/x.pth",
    "list": "[1, 2]",
    "date": "2020-01-01T00:00",
    "repeated": ["no such thing"] * 40,
    "repeated numbers": ["-1", "nan", "1e999"],
    "repeated nothing": ["", "", ""],
}
DOORS: dict[str, list[Query]] = {  # addresses that bring more controls on screen
    "pages/saliency.py": [
        {"explain": "a unit inside"},
        {"methods": ["Gradient", "Guided backpropagation", "SmoothGrad", "Integrated gradients", "Grad-CAM"]},
        {"network": "bundled/digits"},
        {"network": "local/none of this name"},
        {"picture": "Photo"},
        {"picture": "Upload"},
    ],
    "pages/layers.py": [
        {"view": "Kernels"},
        {"view": "Feature pyramid"},
        {"network": "bundled/scenes_vgg", "layer": "pre_logits.fc2"},
    ],
    "pages/class_picture.py": [{"start": "Current picture"}, {"dream.parameterization": "pixels", "dream.blur": "1.0"}],
    "pages/filters.py": [{"show": "One unit"}, {"show": "One unit", "search_among": "pictures of your own"}],
    "pages/fooling.py": [{"slide": "Wipe"}],
    "pages/thin_ice.py": [
        {"ice": "Survival"},
        {"ice": "Average"},
        {"ice": "Decision map"},
        {"ice": "Decision map", "upwards": "towards a second class"},
        {"ice": "Other networks"},
        {"pair": "Two files of mine"},
    ],
    "pages/linear_probe.py": [
        {"network": "bundled/digits", "probe_view": "C"},
        {"network": "bundled/digits", "probe_view": "Mistakes"},
        {"network": "bundled/digits", "probe_view": "Map"},
        {"probe_set": "own"},
    ],
    "pages/pictures_out_of_noise.py": [{"gan_set": "own"}],
}


def page_files() -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "pages").glob("*.py"))]


@cache
def _prepared() -> set[str]:
    """AppTest in the state of a server that has run app.py once. A run adds the controls that it binds to the set."""
    made, bind = PagesManager.__init__, QueryParams.bind_widget
    seen: set[str] = set()

    def led_by_app(self: PagesManager, *words: Any, **more: Any) -> None:
        made(self, *words, **more)
        PagesManager.uses_pages_directory = False

    def noted(self: QueryParams, param_key: str, *words: Any, **more: Any) -> None:
        seen.add(param_key)
        bind(self, param_key, *words, **more)

    patches: list[tuple[Any, str, Any]] = [
        (networks, "published", lambda: ["resnet18.a1_in1k"]),
        (PagesManager, "__init__", led_by_app),
        (QueryParams, "bind_widget", noted),
    ]
    for owner, attribute, value in patches:
        setattr(owner, attribute, value)
    return seen


def opened(page: str, query: Query) -> AppTest:
    _prepared()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    return app if page == FIRST else app.switch_page(page).run()


def faults(app: AppTest) -> list[str]:
    """Error messages and tracebacks that no visitor may see."""
    texts = [each.value for each in app.error]
    bad = [each for each in texts if "fault is ours" in each or "Traceback" in each or len(each) > 1500]
    return [each[:200] for each in bad] + [str(each.stack_trace or each.message)[-300:] for each in app.exception]


@cache
def controls(page: str, door: tuple[tuple[str, Any], ...] = ()) -> tuple[str, ...]:
    """The controls that the page binds to the address when it is opened with `door`."""
    seen = _prepared()
    seen.clear()
    wrong = faults(opened(page, _query(door)))
    if wrong:
        raise RuntimeError(f"{page} fails as it is: {wrong}")
    return tuple(sorted(seen))


def bound_in(source: str) -> set[str]:
    """The keys of widgets that a source text binds to the address by `linked(...)`, if they are literals."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="linked"))), keywords=words):
                keys = [word.value for word in words if word.arg == "key"]
                found |= {str(key.value) for key in keys if isinstance(key, ast.Constant)}
    return found


def unreached() -> str:
    """Returns "result" if all controls that the sources bind to the address were tried; otherwise names the others."""
    sources = [*(ROOT / "vizlib" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    bound = set().union(*(bound_in(path.read_text()) for path in sources))
    doors = [(page, door) for page in page_files() for door in [{}, *DOORS.get(page, [])]]
    reached = set().union(*(controls(page, _frozen(door)) for page, door in doors))
    left = bound - reached
    return f"controls behind doors not opened: {sorted(left)}" if left else "result"


def _query(door: tuple[tuple[str, Any], ...]) -> Query:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in door}


def _frozen(door: Query) -> tuple[tuple[str, Any], ...]:
    return tuple((key, tuple(value) if isinstance(value, list) else value) for key, value in door.items())


def attempt(page: str, door: Query, value: str | list[str]) -> str:
    """Opens the page with all controls wrong at once; RuntimeError names those that fail on their own."""
    # AppTest cannot open another page while the network's box holds a name that is not on its list.
    untried = {*door, *(["network"] if page != FIRST else [])}
    keys = [key for key in controls(page, _frozen(door)) if key not in untried]
    app = opened(page, {**dict.fromkeys(keys, value), **door})
    if not faults(app):
        return "sentence" if app.error else "result"
    found = {key: faults(opened(page, {key: value, **door})) for key in keys}
    blamed = {key: texts for key, texts in found.items() if texts}
    raise RuntimeError(f"{blamed or 'all together'}: {faults(app)}")


def given(page: str, query: Query, boxes: dict[str, tuple[str, bytes]]) -> str:
    """Drops files into the page's boxes."""
    app = opened(page, query)
    for key, (name, data) in boxes.items():
        app.file_uploader(key=key).set_value((name, data, "application/octet-stream"))
    app.run()
    if wrong := faults(app):
        raise RuntimeError(str(wrong))
    return "sentence" if app.error else "result"


def links() -> Iterator[tuple[str, Callable[[], str]]]:
    """(name, run) of every link."""
    for page in page_files():
        for name, value in VALUES.items():
            yield f"{page}: {name}", partial(attempt, page, {}, value)
        for door in DOORS.get(page, []):
            for name in BRIEF:
                yield f"{page} {door}: {name}", partial(attempt, page, door, VALUES[name])
    yield "every control is reached", unreached


_UPLOADS = {
    "truncated": ("cut at 0.6.jpg", "cut at 0.0.png"),
    "foreign": ("svg.png", "html.png", "pickle.png", "zip.png"),
    "huge": ("20000.png", "21 MB.png"),
    "bomb": ("50 MP of nothing, rgb.png", "scans.jpg", "50 MP, F.tif"),
    "tiny": ("1.png", "8.gif"),
    "aspect": ("8 x 40000.png", "8 x 6000000.png"),
    "mode": ("moving.gif", "LAB.tif", "F of nan.tif"),
    "recipe": ("half a letter.png", "deep, closed.png", "many keys.png", "wrong types.png", "markdown.png", "huge.png",
               "no number.png", "control characters.png", "large number.png"),
}  # fmt: skip


def uploads() -> Iterator[tuple[str, Callable[[], str]]]:
    """(name, run) of some hostile files, each dropped onto the pages."""
    files = {(kind, name): make for kind, name, make in [*pictures(), *recipes()]}
    for kind, names in _UPLOADS.items():
        for name in names:
            make = files[kind, name]
            yield f"any file: {name}", partial(_dropped, "pages/any_file.py", {}, {"any file": (name, make)})
            if kind != "recipe":
                box = {"file": (name, make)}
                yield f"sidebar: {name}", partial(_dropped, "pages/layers.py", {"picture": "Upload"}, box)
    pair: Query = {"pair": "Two files of mine"}
    for one, other in (("1.png", "8.png"), ("8.png", "8.png"), ("8.png", "8.gif")):
        boxes = {"ice original": (one, files["tiny", one]), "ice twin": (other, files["tiny", other])}
        yield f"pair: {one}, {other}", partial(_dropped, "pages/thin_ice.py", pair, boxes)
    large = files["bomb", "50 MP of nothing, rgb.png"]
    boxes = {"ice original": ("a.png", large), "ice twin": ("b.png", large)}
    yield "pair: of 50 megapixels", partial(_dropped, "pages/thin_ice.py", pair, boxes)
    own: Query = {"show": "One unit", "search_among": "pictures of your own", "card_steps": "4"}
    for _, name, make in archives():
        if name in ("good.zip", "lzma of 400 MB.zip", "climbs out.zip", "encrypted.zip", "too many pictures.zip"):
            yield f"archive: {name}", partial(_dropped, "pages/filters.py", own, {"search_files": (name, make)})


def _dropped(page: str, query: Query, boxes: dict[str, tuple[str, Callable[[], bytes]]]) -> str:
    return given(page, query, {key: (name, make()) for key, (name, make) in boxes.items()})
