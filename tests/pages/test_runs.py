"""A visitor keeps a run going from its page, and finds it in a list that nobody else sees."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import vizlib
from tests.runs.test_lasting import YOU, Server, ends, parts, reaches, until
from vizlib.errors import VizError
from vizlib.runs import Reading, Recipe
from vizlib.ui.fine_tune import plan as plans
from vizlib.ui.runs.again import again
from vizlib.ui.shared import keeping, live, picture_set, server

TOKEN = "a" * 43


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose runs stay at step 20, in place of this process's own."""
    made = Server(tmp_path, hold=20)
    monkeypatch.setattr(server, "runs", lambda: made.runs)
    yield made
    made.kill()


def training() -> None:
    """A page with one run, as it looks while the run goes on."""
    import streamlit as st

    from tests.pages import test_runs

    test_runs.draw(st.session_state["server"], st.session_state["keep"])


def draw(here: Server, keep: bool) -> None:
    job = here.runs.job(Recipe(parts()), partial(here.adding, parts(), None, "cpu"), "cpu")
    keeping.offer(live.Lasting("Adding numbers", "fine_tune"), live.Place("cpu", keep), [Recipe(parts())], [job], "key")


def opened(here: Server, keep: bool = True) -> AppTest:
    app = AppTest.from_function(training)
    app.session_state["server"], app.session_state["keep"] = here, keep
    return app.run()


def board() -> None:
    from vizlib.ui.runs import board

    board.draw()


def listed(token: str = TOKEN) -> AppTest:
    app = AppTest.from_function(board)
    app.session_state["token of the visitor"] = token
    return app.run()


def owner(app: AppTest) -> str:
    return hashlib.sha256(app.session_state["token of the visitor"].encode()).hexdigest()


def said(app: AppTest) -> str:
    return " ".join(each.value for each in [*app.markdown, *app.caption, *app.info])


def test_one_press_keeps_the_run_going_and_the_page_says_so(here: Server) -> None:
    app = opened(here)
    assert [each.label for each in app.button] == ["Keep running"]
    app.button[0].click().run()
    assert "Goes on when you leave." in said(app)
    assert not app.button
    (run,) = here.keeper.of(owner(app))
    reaches(run, 20)
    assert (run.kept.title, run.kept.page, run.kept.on_disk) == ("Adding numbers", "fine_tune", True)


def test_what_is_made_of_own_pictures_is_kept_until_the_server_ends_and_the_page_says_why(here: Server) -> None:
    app = opened(here, keep=False)
    app.button[0].click().run()
    assert "until the server is restarted: what is made of your own pictures is never written to disk." in said(app)


def test_a_limit_is_a_sentence_with_a_remedy_and_an_operator_may_allow_none(
    here: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZLIB_KEPT_RUNS_IN_ALL", "1")
    here.keep(parts("another"), owner=YOU)
    app = opened(here)
    app.button[0].click().run()
    assert "This server keeps 1 run of its visitors already, and no more. Leave this page open" in said(app)
    assert [each.label for each in app.button] == ["Keep running"]
    monkeypatch.setenv("VIZLIB_KEPT_RUNS", "0")
    assert not opened(here).button


def mine(here: Server, app: AppTest) -> Reading:
    run = here.keep(parts(), owner=owner(app))
    reaches(run, 20)
    return run


def test_the_list_says_how_far_a_run_is_and_stops_goes_on_and_removes_it(here: Server) -> None:
    app = listed()
    assert "You keep no runs." in said(app)
    run = mine(here, app)
    assert [each.label for each in app.run().button] == ["Open", "Stop"]
    app.button[1].click().run()
    assert [each.label for each in app.button] == ["Open", "Go on", "Remove"]
    assert run.state == "stopped"
    app.button[1].click().run()
    here.adding.hold = 10**9
    assert ends(run) == [1275]
    assert "Finished." in said(app.run())
    assert [each.label for each in app.button] == ["Open", "Remove"]
    app.button[1].click().run()
    assert "You keep no runs." in said(app)


def test_a_run_that_failed_or_began_again_says_why(here: Server) -> None:
    app = listed()
    here.keep(parts(broken=True), owner=owner(app))
    until(lambda: here.keeper.of(owner(app))[0].state == "failed")
    assert "It cannot be made. Remove it." in said(app.run())


@pytest.mark.parametrize("token", ["", "b" * 43, "../" + "a" * 40])
def test_a_forged_token_opens_nobody_s_list(here: Server, token: str) -> None:
    mine(here, listed())
    assert "You keep no runs." in said(listed(token))


def test_a_token_that_another_tab_wrote_first_takes_the_runs_over(
    here: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = AppTest.from_function(remembering)
    app.session_state["token of the visitor"] = "n" * 43
    run = here.keep(parts(), owner=owner(app))
    for known in ("forged", TOKEN):
        monkeypatch.setattr("vizlib.ui.widgets.visitor.remember", lambda cookie, token, known=known: known)
        app.run()
    assert app.session_state["token of the visitor"] == TOKEN
    assert run.kept.owner == owner(app)


def remembering() -> None:
    from vizlib.ui.shared import visitor

    visitor.remember()


def test_a_recipe_makes_the_page_s_run_again_without_the_page() -> None:
    model = vizlib.load_model("bundled/digits", device="cpu")
    pictures = picture_set.of_drawn("real_digits", 2, 2)
    settings = {"steps": 2, "batch": 4, "size": None}
    way = plans.Way("", "all", ("up to", "conv1"))
    plan = plans.Plan(pictures, 2, [way], [1], settings)
    recipe = plan.recipe(plans.Chosen(model, None), way, 1)
    made = vizlib.last(again(json.loads(json.dumps(recipe)), None, "cpu"))
    assert made.files == vizlib.last(plan.train(model, way, 1)).files
    with pytest.raises(VizError, match="The weights of bundled/digits have changed"):
        vizlib.last(again({**recipe, "weights": "others"}, None, "cpu"))
    with pytest.raises(VizError, match="no longer knows"):
        vizlib.last(again({"what": "something old"}, None, "cpu"))
