"""The floor plan of the house and the engine's laws, read off the source text.

Every check is a function from source text to complaints, and each has a snippet that it must catch.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A line imports only from lines below it; neighbors on a line never meet. `vizlib` is the public surface.
FLOORS = """
app
pages
ui
vizlib
evaluation  bundled
saliency  activation_maximization  fooling
layers
features  folding  shelf
models
weights  hub  devices  pictures  render  store  synthetic
method  job  packing  architectures
errors  records  turns
"""
LEVEL = {room: -line for line, rooms in enumerate(FLOORS.split("\n")) for room in rooms.split()}

# Files beside a room that serve it alone, each with the room that it belongs to.
ANNEX = {
    "_animals": "synthetic",
    "_archive": "pictures",
    "_brush": "synthetic",
    "_download": "hub",
    "_formats": "pictures",
    "_heat": "render",
    "_ifd": "pictures",
    "_line": "hub",
    "_movie": "pictures",
    "_parts": "models",
    "_poster": "render",
    "_preprocessing": "models",
    "_refusals": "weights",
    "_srgb": "pictures",
    "_shapes": "synthetic",
    "_sheet": "render",
    "_tap": "models",
    "_textures": "synthetic",
    "_things": "synthetic",
}

WINDOWS = {"app", "pages", "ui"}  # the rooms that may import streamlit
NORMALIZERS = {"models", "records", "weights"}  # the rooms that know mean and std
IMAGENET = {0.485, 0.456, 0.406, 0.229, 0.224, 0.225}
DRAWS = {"normal", "normal_", "trunc_normal_", "gauss"}  # calls in which mean and std are those of noise
MOST_LINES = {"app": 60, "pages": 80}
MOST_LINES_ELSEWHERE = 250


def room_of(path: str) -> str:
    """The room of a file, `pages/saliency.py` or `vizlib/saliency/gradient.py`."""
    parts = Path(path).with_suffix("").parts
    if parts[0] != "vizlib":
        return parts[0]
    room = "vizlib" if parts[1] == "__init__" else parts[1]
    return ANNEX.get(room, room)


def imported(tree: ast.AST, path: str) -> Iterator[tuple[int, str]]:
    """Every module or name that a file imports, absolute, with its line."""
    package = list(Path(path).parent.parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{each.name}") for each in node.names)


def room_imported(name: str) -> str | None:
    """The room that an import reaches, None for what is not ours."""
    top, _, rest = name.partition(".")
    if top in ("app", "pages"):
        return top
    if top != "vizlib":
        return None
    room = ANNEX.get(rest.split(".")[0], rest.split(".")[0])
    return room if room in LEVEL else "vizlib"


def wrong_imports(source: str, path: str) -> list[str]:
    here = room_of(path)
    complaints = []
    for line, name in imported(ast.parse(source), path):
        there = room_imported(name)
        if there is None or there == here or LEVEL[there] < LEVEL[here]:
            continue
        way = "sideways" if LEVEL[there] == LEVEL[here] else "upwards"
        complaints.append(f"line {line}: {here} imports {name}, which is {way}")
    return complaints


def misplaced_libraries(source: str, path: str) -> list[str]:
    """Streamlit stays at the windows; torch stays out of the pages."""
    here = room_of(path)
    found = {(line, name.split(".")[0]) for line, name in imported(ast.parse(source), path)}
    return [
        f"line {line}: {library} has no place in {here}"
        for line, library in sorted(found)
        if (library == "streamlit" and here not in WINDOWS)
        or (library in ("torch", "torchvision", "timm") and here in ("app", "pages"))
    ]


def normalization_elsewhere(source: str, path: str) -> list[str]:
    """ImageNet's numbers, `.mean` and `.std` that are not calls, mean= and std= outside draws, Normalize."""
    if room_of(path) in NORMALIZERS:
        return []
    tree = ast.parse(source)
    methods = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return [
        f"line {getattr(node, 'lineno', 0)}: mean and std belong to Classifier alone"
        for node in ast.walk(tree)
        if speaks_of_normalization(node) and not (isinstance(node, ast.Attribute) and id(node) in methods)
    ]


def speaks_of_normalization(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float() as value):
            return value in IMAGENET
        case ast.Attribute(value=ast.Name(id="torch" | "np" | "numpy")):
            return False
        case ast.Attribute(attr="mean" | "std"):
            return True
        case ast.Subscript(slice=ast.Constant(value="mean" | "std")):
            return True
        case ast.Call(func=function) if last_name(function) == "Normalize":
            return True
        case ast.Call(func=function, keywords=words) if last_name(function) not in DRAWS:
            return any(word.arg in ("mean", "std") for word in words)
        case ast.alias(name=name):
            return name.startswith("IMAGENET_")
    return False


def last_name(node: ast.AST) -> str:
    """`tap` of `classifier.tap`, `tap` of `tap`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def full_name(node: ast.AST) -> str:
    """`torch.random.fork_rng` of that expression."""
    return f"{full_name(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def opens(node: ast.AST, *names: str) -> bool:
    """Whether this is a with statement around a call of one of these names."""
    return isinstance(node, ast.With | ast.AsyncWith) and any(
        isinstance(each.context_expr, ast.Call) and last_name(each.context_expr.func) in names for each in node.items
    )


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """All that runs within the node, without the bodies of functions defined there."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from inside(child)


def yields_inside_a_tap(source: str) -> list[str]:
    """A generator may be left for hours between two steps: it must not hold the network's lock meanwhile."""
    return [
        f"line {part.lineno}: a yield inside a tap"
        for block in ast.walk(ast.parse(source))
        if opens(block, "tap")
        for part in inside(block)
        if isinstance(part, ast.Yield | ast.YieldFrom)
    ]


def global_seeds(source: str) -> list[str]:
    """Seeds of the process, which would make one visitor's result depend on another's."""
    tree = ast.parse(source)
    forked = {id(part) for block in ast.walk(tree) if opens(block, "fork_rng") for part in inside(block)}
    return [
        f"line {node.lineno}: {full_name(node.func)} is a global seed; use a generator of your own"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and id(node) not in forked and seeds_the_process(full_name(node.func))
    ]


def seeds_the_process(name: str) -> bool:
    return name in {
        "seed",
        "manual_seed",
        "random.seed",
        "np.random.seed",
        "numpy.random.seed",
        "torch.manual_seed",
        "torch.random.manual_seed",
        "torch.cuda.manual_seed",
        "torch.cuda.manual_seed_all",
        "torch.mps.manual_seed",
    }


def inference_modes(source: str) -> list[str]:
    """Tensors made in inference mode cannot enter autograd later; torch.no_grad is meant."""
    return [
        f"line {node.lineno}: inference_mode; use torch.no_grad"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute | ast.Name) and last_name(node) == "inference_mode"
    ]


def too_long(source: str, path: str) -> list[str]:
    most = MOST_LINES.get(room_of(path), MOST_LINES_ELSEWHERE)
    lines = len(source.splitlines())
    return [f"{lines} lines, at most {most}: it holds more than one idea"] if lines > most else []


# The house as it stands


FILES = (
    sorted(
        path.relative_to(ROOT).as_posix()
        for folder in ("vizlib", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    )
    + ["app.py"] * (ROOT / "app.py").exists()
)


@pytest.fixture(params=FILES)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_every_file_has_a_room(path: str) -> None:
    assert room_of(path) in LEVEL, (
        f"add the room of {path} to FLOORS, or the file to ANNEX with the room that it serves"
    )


def test_rooms_import_only_downwards(path: str, source: str) -> None:
    assert not wrong_imports(source, path)


def test_streamlit_stays_at_the_windows_and_torch_out_of_the_pages(path: str, source: str) -> None:
    assert not misplaced_libraries(source, path)


def test_mean_and_std_live_in_one_place(path: str, source: str) -> None:
    assert not normalization_elsewhere(source, path)


def test_nothing_yields_inside_a_tap(path: str, source: str) -> None:
    assert not yields_inside_a_tap(source)


def test_nothing_seeds_the_process(path: str, source: str) -> None:
    assert not global_seeds(source)


def test_nothing_uses_inference_mode(path: str, source: str) -> None:
    assert not inference_modes(source)


def test_every_file_holds_one_idea(path: str, source: str) -> None:
    assert not too_long(source, path)


# The checks themselves


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vizlib/models.py", "from vizlib.layers import catalogue"),
        ("vizlib/models.py", "import vizlib.saliency.gradient"),
        ("vizlib/models.py", "from vizlib import layers"),
        ("vizlib/models.py", "from . import layers"),
        ("vizlib/models.py", "def late():\n    from vizlib.layers import catalogue"),
        ("vizlib/saliency/gradient.py", "from vizlib.fooling import MENU"),
        ("vizlib/saliency/gradient.py", "from ..fooling import MENU"),
        ("vizlib/errors.py", "from vizlib.records import Recipe"),
        ("vizlib/saliency/gradient.py", "from vizlib import load_model"),
        ("vizlib/saliency/gradient.py", "import vizlib"),
        ("vizlib/__init__.py", "from vizlib.ui import sidebar"),
        ("vizlib/ui/sidebar.py", "from pages import saliency"),
        ("pages/saliency.py", "import app"),
    ],
)
def test_an_import_upwards_or_sideways_is_caught(path: str, source: str) -> None:
    assert wrong_imports(source, path)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vizlib/layers.py", "from vizlib.models import Classifier\nimport torch"),
        ("vizlib/saliency/__init__.py", "from vizlib.saliency.gradient import METHOD\nfrom . import guided"),
        ("vizlib/__init__.py", "from vizlib.saliency import MENU"),
        ("vizlib/ui/sidebar.py", "import vizlib\nfrom vizlib import load_model"),
        ("pages/saliency.py", "from vizlib.ui import sidebar"),
    ],
)
def test_an_import_downwards_or_within_a_room_is_fine(path: str, source: str) -> None:
    assert not wrong_imports(source, path)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vizlib/render.py", "import streamlit as st"),
        ("vizlib/render.py", "from streamlit.components import v2"),
        ("pages/saliency.py", "import torch"),
        ("pages/saliency.py", "from torch import Tensor"),
        ("app.py", "import timm"),
    ],
)
def test_a_library_in_the_wrong_room_is_caught(path: str, source: str) -> None:
    assert misplaced_libraries(source, path)


def test_streamlit_at_a_window_and_torch_in_the_engine_are_fine() -> None:
    assert not misplaced_libraries("import streamlit as st\nimport torch", "vizlib/ui/sidebar.py")


@pytest.mark.parametrize(
    "source",
    [
        "mean = torch.tensor([0.485, 0.456, 0.406])",
        "pixels = pixels - classifier.preprocessing.mean",
        "pixels = pixels / std_of(config['std'])",
        "pixels = Normalize(a, b)(pixels)",
        "pixels = transforms.Normalize(a, b)(pixels)",
        "pixels = normalize(pixels, mean=a)",
        "from timm.data import IMAGENET_DEFAULT_MEAN",
    ],
)
def test_a_second_normalization_is_caught(source: str) -> None:
    assert normalization_elsewhere(source, "vizlib/render.py")
    assert not normalization_elsewhere(source, "vizlib/models.py")


def test_averages_and_noise_are_no_normalization() -> None:
    source = (
        "a = x.mean()\nb = torch.mean(x)\nc = x.std(0)\nd = torch.normal(mean=0.0, std=1.0, size=(3,))\nf = np.mean"
    )
    assert not normalization_elsewhere(source, "vizlib/render.py")


@pytest.mark.parametrize(
    "body",
    [
        "with classifier.tap('a') as seen:\n        yield seen",
        "with lock, classifier.tap('a') as seen:\n        for x in y:\n            yield x",
        "with classifier.tap('a') as seen:\n        yield from steps(seen)",
        "with classifier.tap('a') as seen:\n        got = yield",
    ],
)
def test_a_yield_inside_a_tap_is_caught(body: str) -> None:
    assert yields_inside_a_tap(f"def run():\n    {body}")


def test_a_yield_after_a_tap_is_fine() -> None:
    source = "def run():\n    with c.tap('a') as seen:\n        f = lambda: (yield)\n        c(x)\n    yield seen"
    assert not yields_inside_a_tap(source)


@pytest.mark.parametrize(
    "source",
    ["torch.manual_seed(0)", "np.random.seed(0)", "random.seed(3)", "def f():\n    torch.cuda.manual_seed_all(1)"],
)
def test_a_global_seed_is_caught(source: str) -> None:
    assert global_seeds(source)


@pytest.mark.parametrize(
    "source",
    ["g = torch.Generator().manual_seed(0)", "with torch.random.fork_rng():\n    torch.manual_seed(0)"],
)
def test_a_seed_of_ones_own_is_fine(source: str) -> None:
    assert not global_seeds(source)


@pytest.mark.parametrize("source", ["@torch.inference_mode()\ndef f(): ...", "with inference_mode(): ..."])
def test_inference_mode_is_caught(source: str) -> None:
    assert inference_modes(source)


def test_a_file_that_is_too_long_is_caught() -> None:
    assert too_long("x = 1\n" * 81, "pages/saliency.py")
    assert not too_long("x = 1\n" * 81, "vizlib/models.py")
    assert too_long("x = 1\n" * 251, "vizlib/models.py")


def test_a_file_without_a_room_is_caught() -> None:
    assert room_of("vizlib/attic.py") not in LEVEL
    assert room_of("pages/saliency.py") == "pages"
    assert room_of("vizlib/saliency/gradient.py") == "saliency"
    assert room_of("vizlib/__init__.py") == "vizlib"
