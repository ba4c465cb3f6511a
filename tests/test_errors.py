"""What a person is told when something can be fixed."""

from __future__ import annotations

import inspect
import pickle

import pytest

from vizlib import errors
from vizlib.errors import PictureError, UnknownName, VizError

FAMILY = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Exception)]


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.__name__)
def test_every_error_that_a_person_can_fix_is_of_one_family_and_drawn_in_the_tree(kind: type[VizError]) -> None:
    assert issubclass(kind, VizError)
    assert kind.__name__ in (errors.__doc__ or "")
    assert kind.__doc__


def test_an_error_reads_as_its_sentence_and_its_remedy() -> None:
    problem = PictureError("The file is empty.", "Choose another one.")
    assert str(problem) == "The file is empty. Choose another one."
    assert str(PictureError("The file is empty.")) == "The file is empty."
    assert (problem.sentence, problem.remedy) == ("The file is empty.", "Choose another one.")


def test_an_error_keeps_its_remedy_on_the_way_through_another_process() -> None:
    problem = pickle.loads(pickle.dumps(PictureError("The file is empty.", "Choose another one.")))
    assert str(problem) == "The file is empty. Choose another one."


def test_a_misspelled_name_is_answered_with_the_closest_names() -> None:
    problem = UnknownName.among("network", "resnet81", ["vgg11", "resnet18", "densenet121"])
    assert problem.sentence == "There is no network called 'resnet81'."
    assert problem.remedy == "Did you mean resnet18 or densenet121?"


def test_a_name_like_no_other_is_answered_with_what_there_is() -> None:
    assert UnknownName.among("method", "zzz", ["gradient", "guided"]).remedy == "Choose one of: gradient, guided."


def test_a_long_list_of_names_is_cut() -> None:
    remedy = UnknownName.among("network", "zzz", [f"network{n}" for n in range(1000)]).remedy
    assert remedy.endswith("network7 ...")


def test_where_there_are_no_names_at_all_nothing_is_suggested() -> None:
    assert str(UnknownName.among("layer", "conv1", [])) == "There is no layer called 'conv1'."
