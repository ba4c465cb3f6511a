"""The floor plan of the house and the engine's laws, read off the source text.

Every check is a function from source text to complaints, and each has a snippet that it must catch.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from inspect import signature
from pathlib import Path
from statistics import median
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("vizlib", "pages", "app", "benchmarks", "tests", "start")
DOTTED = re.compile(r"(vizlib|benchmarks)(\.\w+)+")

# Rooms are the folders and files of vizlib/. A floor imports only from floors below it; neighbors never meet.
FLOORS = """
app  pages  benchmarks
ui  command
vizlib  bundled  batch  exercises
faithfulness
saliency  activation_maximization  units  fooling  training
evaluation  layers  runs
models
weights  pictures  synthetic  method  steps
render  records  errors
"""
# The same inside ui: a page's folder stands above what pages share, that above the widgets. The page about thin ice
# opens the fooling page's run and the other networks' answers. What lies in ui/ itself is the lobby.
UI_FLOORS = """
command
thin_ice  runs  believe
saliency  layers  class_picture  filters  fooling  any_file  about  what_changed  linear_probe  fine_tune  \
two_domains  pictures_out_of_noise  zoo  lecture  exercises
shared
widgets  navigation  doctor
"""
LEVEL = {room: -line for line, rooms in enumerate(FLOORS.split("\n")) for room in rooms.split()}
UI_LEVEL = {room: -line for line, rooms in enumerate(UI_FLOORS.split("\n")) for room in rooms.split()}
MOST_ROOMS, MOST_FLOORS = 27, 9  # DESIGN.md foresees the room of exercises

WINDOWS = {"app", "pages", "ui"}  # the rooms that may import streamlit
NORMALIZERS = {"models", "records", "weights"}  # the rooms that know mean and std
IMAGENET = {0.485, 0.456, 0.406, 0.229, 0.224, 0.225}
DRAWS = {"normal", "normal_", "trunc_normal_", "gauss"}  # calls in which mean and std are those of noise
MARKDOWN = """
markdown caption header subheader write info warning error success toast badge expander popover status spinner button
download_button link_button page_link checkbox toggle selectbox multiselect pills segmented_control radio slider
number_input text_input text_area file_uploader camera_input metric progress image
"""  # Streamlit's calls that read Markdown: in their first argument, in those named below, and in MARKDOWN_PLACES
MARKDOWN_PLACES = {"metric": slice(0, 3), "progress": slice(1, 2), "image": slice(1, 2)}
MARKDOWN_WORDS = {"body", "label", "text", "caption", "value", "delta", "help"}
PARTS: dict[type[ast.AST], tuple[str, ...]] = {  # of what a text is made, by the kind of the expression
    ast.JoinedStr: ("values",),
    ast.FormattedValue: ("value",),
    ast.BoolOp: ("values",),
    ast.BinOp: ("left", "right"),
    ast.IfExp: ("body", "orelse"),
    ast.List: ("elts",),
    ast.Starred: ("value",),
    ast.ListComp: ("elt",),
    ast.GeneratorExp: ("elt",),
}
HANDED_ON = "markdown"  # a keyword of our own functions: what it is given is checked where it is given
OUR_WORDS = {
    "plain",
    "percent",
    "share",
    "shares",
    "number",
    "size",
    "len",
    "seeds_said",
    "noise_said",
}  # what these return is never read as Markdown
MOST_LINES = {"app": 60, "pages": 80}
MOST_LINES_ELSEWHERE = 250


def room_of(path: str) -> str:
    """The room of a file: `pages` of `pages/saliency.py`, `saliency` of `vizlib/saliency/gradient.py`."""
    parts = Path(path).with_suffix("").parts
    if parts[0] != "vizlib":
        return parts[0]
    return {"__init__": "vizlib", "__main__": "command"}.get(parts[1], parts[1])


def ui_room_of(path: str) -> str | None:
    """The room inside `ui` of a file; None elsewhere and in ui/__init__.py."""
    parts = Path(path).with_suffix("").parts
    return parts[2] if parts[:2] == ("vizlib", "ui") and parts[2] != "__init__" else None


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


def file_of(name: str) -> str | None:
    """The file that an imported name reaches: the deepest module on its path; None for what is not ours."""
    parts = name.split(".")
    if parts[0] not in OURS:
        return None
    for length in range(len(parts), 0, -1):
        stem = ROOT.joinpath(*parts[:length])
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if path.is_file():
                return path.relative_to(ROOT).as_posix()
    return None


def room_imported(name: str) -> str | None:
    """The room that an import reaches, None for what is not ours."""
    top, _, rest = name.partition(".")
    if top in ("app", "pages", "benchmarks"):
        return top
    if top != "vizlib":
        return None
    room = rest.split(".")[0]
    return room if room in LEVEL else "vizlib"


def wrong_imports(source: str, path: str) -> list[str]:
    """Imports from the same floor or a higher one, between rooms and between the rooms inside ui."""
    complaints = []
    for line, name in imported(ast.parse(source), path):
        pairs = [(LEVEL, room_of(path), room_imported(name))]
        if name.startswith("vizlib.ui."):
            pairs.append((UI_LEVEL, ui_room_of(path) or "", name.split(".")[2]))
        for level, here, there in pairs:
            if there is None or there == here or here not in level or there not in level:
                continue
            if level[there] >= level[here]:
                way = "sideways" if level[there] == level[here] else "upwards"
                complaints.append(f"line {line}: {here} imports {name}, which is {way}")
    return complaints


def trespassing(source: str, path: str) -> list[str]:
    """Underscored files that are imported, or named in a text, from outside their folder."""
    tree = ast.parse(source)
    names = [*imported(tree, path)]
    names += [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value)
    ]
    complaints = []
    for line, name in names:
        parts = name.split(".")
        at = next((at for at, part in enumerate(parts) if at and part.startswith("_") and part != "__init__"), None)
        if at is None or not is_module(parts[: at + 1]):
            continue
        folder = "/".join(parts[:at])
        if not path.startswith(f"{folder}/"):
            complaints.append(f"line {line}: {name} is private to {folder}/")
    return complaints


def is_module(parts: list[str]) -> bool:
    stem = ROOT.joinpath(*parts)
    return stem.with_suffix(".py").is_file() or stem.is_dir()


def through_the_own_front_door(source: str, path: str) -> list[str]:
    """Imports of the own room's `__init__`, which are cycles in waiting: inside a room, files import files."""
    door = Path(path).parent / "__init__.py"
    return [
        f"line {line}: {name} comes through the room's own __init__"
        for line, name in imported(ast.parse(source), path)
        if file_of(name) == door.as_posix() != path
    ]


def around_the_front_door(source: str, path: str) -> list[str]:
    """Names taken from a file of another room although that room's `__init__` offers them."""
    complaints = []
    for line, name in imported(ast.parse(source), path):
        parts = name.split(".")
        door = "/".join(parts[:2])
        if parts[0] == "vizlib" and len(parts) > 3 and not path.startswith(f"{door}/") and parts[-1] in offered(door):
            complaints.append(f"line {line}: {parts[1]} offers {parts[-1]} in its __init__")
    return complaints


@cache
def offered(room: str) -> set[str]:
    """The names in a room's `__all__`; none where there is no such list."""
    door = ROOT / room / "__init__.py"
    tree = ast.parse(door.read_text(encoding="utf-8") if door.is_file() else "")
    assigned = {last_name(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    return set(ast.literal_eval(assigned["__all__"])) if "__all__" in assigned else set()


def cycles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Groups of files that import each other, directly or in a ring."""
    found, state, trail = [], {}, []

    def visit(node: str) -> None:
        state[node] = "open"
        trail.append(node)
        for other in sorted(edges.get(node, ())):
            if state.get(other) == "open":
                found.append(trail[trail.index(other) :])
            elif other not in state:
                visit(other)
        trail.pop()
        state[node] = "closed"

    for node in sorted(edges):
        if node not in state:
            visit(node)
    return found


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
    """Tensors made in inference mode cannot enter autograd later; torch.no_grad is meant. To leave it is fine."""
    tree = ast.parse(source)
    left = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and [ast.unparse(each) for each in node.args] == ["False"]
    }
    return [
        f"line {node.lineno}: inference_mode; use torch.no_grad"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and last_name(node) == "inference_mode" and id(node) not in left
    ]


def foreign_markdown(source: str, path: str) -> list[str]:
    """Texts that Streamlit reads as Markdown and that hold anything but our own words, numbers and `plain` names."""
    if room_of(path) not in WINDOWS:
        return []
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    answers = {
        each.name: [
            part
            for node in inside(each)
            if isinstance(node, ast.Return)
            for part in foreign_parts(node.value, assigned(each))
        ]
        for each in functions
    }
    return [
        f"line {getattr(text, 'lineno', 0)}: {ast.unparse(part)} may hold Markdown; use plain(...), or :d for a number"
        for scope in (tree, *functions)
        for text in markdown_texts(scope)
        for part in foreign_parts(text, answers | assigned(scope))
    ]


def markdown_texts(scope: ast.AST) -> Iterator[ast.AST]:
    """What Streamlit reads as Markdown, of the calls in a function."""
    for node in inside(scope):
        if isinstance(node, ast.Call):
            yield from (each.value for each in node.keywords if each.arg == HANDED_ON)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MARKDOWN.split():
            yield from node.args[MARKDOWN_PLACES.get(node.func.attr, slice(1))]
            yield from (each.value for each in node.keywords if each.arg in MARKDOWN_WORDS)


def assigned(scope: ast.AST) -> dict[str, list[ast.AST]]:
    """All that a function's names may stand for: what is assigned to them, added to them or appended."""
    found: dict[str, list[ast.AST]] = defaultdict(list)
    for node in inside(scope):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AugAssign(target=ast.Name(id=name), value=value)
            ):
                found[name].append(value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                found[name].append(value)
    return found


def foreign_parts(node: ast.AST | None, known: dict[str, list[ast.AST]]) -> list[ast.AST]:
    """The parts of a text that may hold a stranger's words. known: what names and functions stand for."""
    if node is None or ours(node):
        return []
    parts = [each for field in PARTS.get(type(node), ()) for each in listed(getattr(node, field))]
    if isinstance(node, ast.Call) and last_name(node.func) == "join":
        parts = node.args
    name = last_name(node.func) if isinstance(node, ast.Call) else getattr(node, "id", "")
    if name in known:
        parts, known = known[name], {other: values for other, values in known.items() if other != name}
    elif not parts:
        return [node] * (not isinstance(node, ast.List))
    return [part for each in parts for part in foreign_parts(each, known)]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def ours(node: ast.AST) -> bool:
    """Whether it is a literal, a formatted number, a constant, a method's own words, or one of OUR_WORDS."""
    match node:
        case ast.Constant() | ast.FormattedValue(format_spec=ast.AST()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in OUR_WORDS
        case ast.Attribute(value=ast.Name(id=name)):
            return name in ("method", "knob")
        case ast.Name(id=name) if name == HANDED_ON:
            return True
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return name.isupper()
    return False


def bound_elsewhere(source: str, path: str) -> list[str]:
    """Widgets that read the link around vizlib/ui/shared/links.py, which matches values and tells unknown ones."""
    if path.endswith("shared/links.py") or room_of(path) not in WINDOWS:
        return []
    return [
        f"line {node.lineno}: bind=; use linked(...)"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and any(each.arg == "bind" for each in node.keywords)
    ]


def too_long(source: str, path: str) -> list[str]:
    most = MOST_LINES.get(room_of(path), MOST_LINES_ELSEWHERE)
    lines = len(source.splitlines())
    return [f"{lines} lines, at most {most}: it holds more than one idea"] if lines > most else []


def bodies(source: str) -> dict[str, int]:
    """The lines of each function's body without its docstring, by the function's name and line."""
    return {
        f"{node.name} in line {node.lineno}": body_lines(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


# The house as it stands


def sources(*folders: str) -> dict[str, str]:
    """The text of each file of ours, by its path."""
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    files = sorted(path.relative_to(ROOT).as_posix() for path in paths if "__pycache__" not in path.parts)
    return {file: (ROOT / file).read_text(encoding="utf-8") for file in files}


HOUSE = sources("vizlib", "pages") | {"app.py": (ROOT / "app.py").read_text(encoding="utf-8")}
EVERYTHING = HOUSE | sources("benchmarks", "tests")


def complaints(check: Callable[..., list[str]], files: dict[str, str]) -> list[str]:
    """What the check finds in all files, each with its path."""
    wants_path = len(signature(check).parameters) == 2
    return [
        f"{path}, {each}"
        for path, source in files.items()
        for each in (check(source, path) if wants_path else check(source))
    ]


def test_the_root_of_the_engine_shows_folders_and_five_files() -> None:
    inside = [path for path in (ROOT / "vizlib").iterdir() if path.name != "__pycache__"]
    files = {path.name for path in inside if path.is_file()}
    assert files == {"__init__.py", "__main__.py", "errors.py", "records.py", "steps.py", "py.typed"}
    assert all((path / "__init__.py").is_file() for path in inside if path.is_dir())


def test_every_folder_says_what_it_is() -> None:
    folders = {path: source for path, source in EVERYTHING.items() if path.endswith("__init__.py")}
    assert not [path for path, source in folders.items() if not ast.get_docstring(ast.parse(source))]


def test_every_room_stands_on_a_floor_and_the_house_is_small() -> None:
    rooms = {room_of(path) for path in HOUSE} | {"benchmarks"}
    assert rooms == set(LEVEL)
    assert len(rooms) <= MOST_ROOMS
    assert len(set(LEVEL.values())) <= MOST_FLOORS
    assert {ui_room_of(path) for path in HOUSE} - {None} == set(UI_LEVEL)


def test_rooms_import_only_downwards() -> None:
    assert not complaints(wrong_imports, HOUSE | sources("benchmarks"))


def test_an_underscored_file_is_used_inside_its_folder_only() -> None:
    assert not complaints(trespassing, EVERYTHING)


def test_what_a_room_offers_comes_through_its_front_door() -> None:
    assert not complaints(around_the_front_door, HOUSE | sources("benchmarks"))


def test_no_file_imports_itself_in_a_ring() -> None:
    assert not complaints(through_the_own_front_door, HOUSE)
    edges: dict[str, set[str]] = defaultdict(set)
    for path, source in HOUSE.items():
        edges[path] |= {
            file for _, name in imported(ast.parse(source), path) if (file := file_of(name)) and file != path
        }
    assert not cycles(edges)


def test_streamlit_stays_at_the_windows_and_torch_out_of_the_pages() -> None:
    assert not complaints(misplaced_libraries, HOUSE)


def test_mean_and_std_live_in_one_place() -> None:
    assert not complaints(normalization_elsewhere, HOUSE)


def test_nothing_yields_inside_a_tap_seeds_the_process_or_uses_inference_mode() -> None:
    assert not [*complaints(yields_inside_a_tap, HOUSE), *complaints(global_seeds, HOUSE)]
    assert not complaints(inference_modes, HOUSE)


def test_strangers_names_are_never_read_as_markdown() -> None:
    assert not complaints(foreign_markdown, HOUSE)


def test_every_widget_of_the_link_is_read_in_one_place() -> None:
    assert not complaints(bound_elsewhere, HOUSE)


def test_every_file_holds_one_idea() -> None:
    assert not complaints(too_long, HOUSE)


def test_functions_are_short() -> None:
    lines = {f"{path}, {name}": count for path, source in HOUSE.items() for name, count in bodies(source).items()}
    assert median(lines.values()) <= 5
    assert sum(count > 14 for count in lines.values()) <= len(lines) / 10
    assert not {name: count for name, count in lines.items() if count > 40}


# The checks themselves


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vizlib/models/classifier.py", "from vizlib.layers import catalogue"),
        ("vizlib/models/classifier.py", "import vizlib.saliency.gradients.gradient"),
        ("vizlib/models/classifier.py", "from vizlib import layers"),
        ("vizlib/models/classifier.py", "from .. import layers"),
        ("vizlib/models/classifier.py", "def late():\n    from vizlib.layers import catalogue"),
        ("vizlib/saliency/gradient.py", "from vizlib.units import search"),
        ("vizlib/saliency/gradient.py", "from ..units import search"),
        ("vizlib/errors.py", "from vizlib.records import Frame"),
        ("vizlib/saliency/gradient.py", "from vizlib import load_model"),
        ("vizlib/saliency/gradient.py", "import vizlib"),
        ("vizlib/__init__.py", "from vizlib.ui import navigation"),
        ("vizlib/runs/job.py", "from vizlib.ui.shared import live"),
        ("vizlib/ui/navigation.py", "from pages import saliency"),
        ("vizlib/ui/widgets/film.py", "from vizlib.ui.shared import show"),
        ("vizlib/ui/filters/atlas.py", "from vizlib.ui.layers import channels"),
        ("pages/saliency.py", "import app"),
    ],
)
def test_an_import_upwards_or_sideways_is_caught(path: str, source: str) -> None:
    assert wrong_imports(source, path)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vizlib/layers/catalogue.py", "from vizlib.models import Classifier\nimport torch"),
        ("vizlib/saliency/__init__.py", "from vizlib.saliency.gradients.gradient import METHOD\nfrom . import guided"),
        ("vizlib/__init__.py", "from vizlib.saliency import MENU"),
        ("vizlib/ui/filters/atlas.py", "import vizlib\nfrom vizlib import load_model"),
        ("vizlib/ui/filters/atlas.py", "from vizlib.ui.shared import show\nfrom vizlib.ui.widgets import sheet"),
        ("vizlib/ui/thin_ice/pair.py", "from vizlib.ui.fooling import attack"),
        ("pages/saliency.py", "from vizlib.ui.shared import sidebar"),
    ],
)
def test_an_import_downwards_or_within_a_room_is_fine(path: str, source: str) -> None:
    assert not wrong_imports(source, path)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vizlib/layers/catalogue.py", "from vizlib.models._tap import Seen"),
        ("vizlib/layers/catalogue.py", "from vizlib.models import _tap"),
        ("tests/models/test_tap.py", "import vizlib.models._tap"),
        ("tests/models/test_tap.py", "monkeypatch.setattr('vizlib.models._tap.Seen', 3)"),
    ],
)
def test_a_private_file_used_from_outside_is_caught(path: str, source: str) -> None:
    assert trespassing(source, path)


def test_a_private_file_used_inside_its_folder_is_fine() -> None:
    assert not trespassing("from vizlib.models._tap import Seen", "vizlib/models/classifier.py")
    assert not trespassing("from vizlib.fooling.engine import _case", "tests/fooling/test_engine.py")  # no file


def test_a_ring_of_imports_is_caught() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert not cycles({"a": {"b", "c"}, "b": {"c"}})
    assert through_the_own_front_door("from vizlib.models import Classifier", "vizlib/models/folding.py")
    assert not through_the_own_front_door("from vizlib.models import _tap", "vizlib/models/folding.py")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vizlib/render/images.py", "import streamlit as st"),
        ("vizlib/render/images.py", "from streamlit.components import v2"),
        ("pages/saliency.py", "import torch"),
        ("pages/saliency.py", "from torch import Tensor"),
        ("app.py", "import timm"),
    ],
)
def test_a_library_in_the_wrong_room_is_caught(path: str, source: str) -> None:
    assert misplaced_libraries(source, path)


def test_streamlit_at_a_window_and_torch_in_the_engine_are_fine() -> None:
    assert not misplaced_libraries("import streamlit as st\nimport torch", "vizlib/ui/shared/sidebar.py")


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
    assert normalization_elsewhere(source, "vizlib/render/images.py")
    assert not normalization_elsewhere(source, "vizlib/models/classifier.py")


def test_averages_and_noise_are_no_normalization() -> None:
    source = (
        "a = x.mean()\nb = torch.mean(x)\nc = x.std(0)\nd = torch.normal(mean=0.0, std=1.0, size=(3,))\nf = np.mean"
    )
    assert not normalization_elsewhere(source, "vizlib/render/images.py")


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
    [
        "st.markdown(f'**{name}**')",
        "st.markdown(name)",
        "column.caption('of ' + layer.path)",
        "st.subheader(short(top[0].label))",
        "st.metric('A class', name)",
        "st.progress(0.5, text=f'{what} ...')",
        "place.image(file, caption=caption)",
        "linked(left).toggle('Yes', help=model.name)",
        "st.info(note or 'nothing')",
        "words = f'It is {name}'\nst.markdown(words)",
        "words = 'It is '\nwords += name\nst.markdown(words)",
        "parts = []\nparts.append(name)\nst.markdown(', '.join(parts))",
        "def said():\n    return f'It is {name}'\nst.markdown(said())",
        "st.caption(', '.join(each.name for each in found))",
    ],
)
def test_a_stranger_s_name_in_markdown_is_caught(source: str) -> None:
    assert foreign_markdown(source, "vizlib/ui/shared/x.py")
    assert not foreign_markdown(source, "vizlib/render/x.py")


@pytest.mark.parametrize(
    "source",
    [
        "st.markdown(f'**{plain(name)}**: {percent(p)}, {steps:d} steps of {len(all)}')",
        "words = plain(note) if note else 'nothing'\nst.caption(words + ' Done.')",
        "parts = [f'**{plain(each)}**' for each in found]\nst.toast(', '.join(parts))",
        "st.markdown(f'**{method.label}** ({method.paper})')",
        "st.text(name)\nst.code(name)\nst.selectbox('Class', names)",
    ],
)
def test_our_own_words_numbers_and_plain_names_in_markdown_are_fine(source: str) -> None:
    assert not foreign_markdown(source, "pages/x.py")


def test_a_widget_that_reads_the_link_by_itself_is_caught() -> None:
    source = "st.slider('a', key='x', bind='query-params')"
    assert bound_elsewhere(source, "vizlib/ui/layers/x.py")
    assert not bound_elsewhere(source, "vizlib/ui/shared/links.py")


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


def test_to_leave_inference_mode_is_fine() -> None:
    assert not inference_modes("with torch.inference_mode(False): ...")


def test_a_file_that_is_too_long_is_caught() -> None:
    assert too_long("x = 1\n" * 81, "pages/saliency.py")
    assert not too_long("x = 1\n" * 81, "vizlib/models/classifier.py")
    assert too_long("x = 1\n" * 251, "vizlib/models/classifier.py")


def test_a_name_taken_around_the_front_door_is_caught() -> None:
    assert around_the_front_door("from vizlib.models.classifier import Classifier", "vizlib/ui/filters/atlas.py")
    assert not around_the_front_door("from vizlib.models.classifier import Classifier", "vizlib/models/folding.py")
    assert not around_the_front_door("from vizlib.models import Classifier", "vizlib/ui/filters/atlas.py")
    assert not around_the_front_door("from vizlib.ui.shared.words import percent", "pages/about.py")  # it offers none


def test_a_body_is_counted_without_its_docstring() -> None:
    long = 'def long(\n    a,\n):\n    """Two\n    lines."""\n    b = (\n        a\n    )\n    return b\n'
    assert bodies(long + 'def empty(): "Says so."') == {"long in line 1": 4, "empty in line 10": 0}


def test_a_file_without_a_room_is_caught() -> None:
    assert room_of("vizlib/attic.py") not in LEVEL
    assert room_of("pages/saliency.py") == "pages"
    assert room_of("vizlib/saliency/gradient.py") == "saliency"
    assert room_of("vizlib/__init__.py") == "vizlib"
