"""Every result of the engine may be kept on disk: its classes are listed, and each comes back as it was."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any, get_args, get_type_hints

import vizlib
from vizlib import load_model, synthetic
from vizlib.activation_maximization import channel, class_logit, film, lab, maximize
from vizlib.activation_maximization.atlas import AtlasPlan, atlas
from vizlib.batch import Advance, Outcome
from vizlib.batch.gallery.site import Written
from vizlib.evaluation import averaging, gathering, plane, surviving, sweeping
from vizlib.exercises.measured import Measured, Row
from vizlib.faithfulness import deleting, judging, known, mapping, scrambling
from vizlib.fooling import fooling, walking
from vizlib.fooling.batch import Batch
from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.records import Progress
from vizlib.runs import Store, by_name, pack, unpack
from vizlib.saliency import explaining
from vizlib.training import adapt, answering, cka, clouds, drawn, unit_changes
from vizlib.units import DrawnScenes, search

# A download's result is a file; a batch is a step inside the attacks on batches, whose result are pixels; how far a
# plan is, is no result, and neither is a page of a site. What is measured of an exercise is shown and not stored.
NOT_KEPT = {Progress, Batch, Advance, Outcome, Written, Measured, Row}


def functions() -> Iterator[Callable[..., Any]]:
    """Every function and method of the engine."""
    for module in pkgutil.walk_packages(vizlib.__path__, "vizlib."):
        if not module.name.startswith("vizlib.ui"):
            room = import_module(module.name)
            classes = [each for _, each in inspect.getmembers(room, inspect.isclass) if each.__module__ == module.name]
            for place in (room, *classes):
                found = inspect.getmembers(place, inspect.isfunction)
                yield from (each for _, each in found if each.__module__ == module.name)


def records_in(hint: Any) -> set[type]:
    """The dataclasses that a type names, with those in their fields."""
    found: set[type] = set()
    todo = [hint]
    while todo:
        part = todo.pop()
        todo += get_args(part)
        if isinstance(part, type) and is_dataclass(part) and part not in found:
            found.add(part)
            hints = get_type_hints(part)
            todo += [hints[each.name] for each in fields(part) if each.init]
    return found


def frames_of(function: Callable[..., Any]) -> set[type]:
    """The records in the snapshots that a function yields; none for one that yields something else."""
    if not inspect.isgeneratorfunction(function):
        return set()
    yielded = get_args(get_type_hints(function)["return"])[:1]
    kinds = [each for each in yielded if is_dataclass(each) and {"step", "total"} <= {one.name for one in fields(each)}]
    return {record for each in kinds for record in records_in(each)}


def test_every_class_in_the_frames_of_the_engine_is_listed_and_no_other() -> None:
    yielded = {record for each in functions() for record in frames_of(each)}
    assert len(yielded) > 20
    assert yielded - NOT_KEPT == set(vizlib.FRAMES)


def test_no_two_listed_classes_have_one_name() -> None:
    assert len(by_name(vizlib.FRAMES)) == len(set(vizlib.FRAMES))


def results(model: Classifier) -> dict[str, Iterator[Any]]:
    """A short run of every kind."""
    scene, other = (synthetic.draw_scene(seed).image for seed in (3, 4))
    pixels = model.prepare(scene)
    asked = lab.Experiment(1, lab.Axis("tv", (0.0, 2.0)), lab.Axis("steps", (4, 5)))
    layer = list_layers(model)[2].path
    domains = adapt(drawn("digits", 1, tests=1), drawn("digits_mild", 1, tests=1), steps=1, device="cpu")
    return {
        "saliency": explaining(model, pixels, "guided", 1),
        "class": film.film(model, class_logit(1), maximize(model, class_logit(1), 5, size=32)),
        "unit": maximize(model, [channel(layer, 0)], 4, size=32),
        "atlas": atlas(model, AtlasPlan(layer, (0, 1), 4), Store(None, 0)),
        "lab": lab.lab(model, asked, size=32),
        "search": search(model, layer, DrawnScenes(3)),
        "fooling": fooling(model, scene, 2, steps=10),
        "walk": walking(model, [scene, other], [0.0, 1.0], [0.0, 0.5, 1.0]),
        "sweep": sweeping(model, [scene, other], "resize", [100, 128]),
        "survival": surviving(model, [scene, other], [1, 2], 3),
        "average": averaging(model, scene, 3),
        "map": plane(model, pixels, model.prepare(other) - pixels, side=4),
        "opinions": gathering({"it": lambda: model}, [scene], 2),
        "similarity": cka(model, model, [scene] * 4, [layer]),
        "units": unit_changes(model, model, layer, [scene]),
        "adaptation": domains,
        "clouds": clouds(vizlib.last(adapt(drawn("digits", 1, tests=1), drawn("digits_hard", 1, tests=1), steps=1))),
        "answers": answering(model, drawn("scenes", 1, tests=1)),
        "maps": mapping(model, pixels, ["gradient"]),
        "scrambled": scrambling(model, pixels, ["gradient"], most=2),
        "deletion": deleting(model, pixels, ["gradient"], steps=3, fill="neighbors"),
        "examination": vizlib.examine(model, pixels, ["gradient"], steps=3, most=2),
        "truth": known(model, synthetic.draw_scene(3), backgrounds=1),
        "judged": judging(model, 1, ["gradient"]),
    }


def test_every_kind_of_result_comes_back_from_the_disk_as_it_was(device: str) -> None:
    kinds = by_name(vizlib.FRAMES)
    model = load_model("bundled/scenes", device=device)
    for name, run in results(model).items():
        *_, last = run
        content = pack(last, kinds)
        back = unpack(content, kinds)
        assert type(back) is type(last), name
        assert pack(back, kinds) == content, name
