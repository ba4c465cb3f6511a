"""How the exercises that fool a network are measured. The knobs are those of the exercise's own link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median, quantiles
from typing import Any, Final

from vizlib.evaluation import Rate
from vizlib.exercises.measured import NOTHING, Measured, Row, shared, verdict
from vizlib.exercises.subject import Subject, attack_of
from vizlib.fooling import Fooling, fooling

GOALS: Final = {"first": 0.0, "99 %": 0.99}
_AT_ONCE: Final = 8  # pictures that are attacked together
_PYTORCH: Final = {0.0: 0.981, 0.05: 0.943, 0.1: 0.851, 0.15: 0.683, 0.2: 0.43, 0.25: 0.208, 0.3: 0.087}
_TENSORFLOW: Final = (0.01, 0.1, 0.15)  # for pixel values from -1 to 1, so half of it for values from 0 to 1


def loop(subject: Subject) -> Iterator[Measured]:
    """The courses' loop, one picture after the other: how many are fooled, and after how many steps."""
    method, knobs = attack_of(subject.exercise)
    goal = GOALS[str(subject.exercise.settings["goal"])]
    found: list[Fooling] = []
    for number, picture in enumerate(subject.pictures):
        target = subject.target(number)
        found += _results(fooling(subject.model, picture, target, method, goal, **knobs))
        yield _frame(subject, number + 1, len(subject.pictures), _loop_rows(found, goal))


def _loop_rows(found: Sequence[Fooling], goal: float) -> tuple[Row, ...]:
    done = [each for each in found if each.success]
    rate = Rate(len(done), len(found))
    row = shared(f"p >= {goal:g} within 100 steps" if goal else "fooled within 100 steps", rate)
    if not goal:  # CS231n says that most are
        most = "reproduced: more than half" if rate.interval[0] > 0.5 else "not reproduced: not surely more than half"
        row = Row(row.what, "most", row.ours, most)
    rows = [row]
    if done:
        steps = [len(each.trace) for each in done]
        rows.append(Row("steps until it is fooled", NOTHING, spread(steps, "{:.0f}"), ""))
        rows.append(
            Row("L2 of the change (pixel values in [0, 1])", NOTHING, spread([e.l2 for e in done], "{:.2f}"), "")
        )
    return tuple(rows)


def spread(values: Sequence[float], form: str) -> str:
    """The median, with the quartiles."""
    if len(values) < 2:
        return form.format(values[0])
    low, _, high = quantiles(values, n=4, method="inclusive")
    return f"median {form.format(median(values))} (quartiles {form.format(low)} to {form.format(high)})"


def _results(run: Iterator[Any]) -> list[Fooling]:
    *_, last = run
    return list(last.results) if hasattr(last, "results") else [last.result]


def _frame(subject: Subject, step: int, total: int, rows: Sequence[Row]) -> Measured:
    return Measured(step, total, subject.exercise.key, subject.model.name, subject.name, tuple(rows))


def _right(subject: Subject) -> list[int]:
    """The numbers of the pictures that the network answers rightly. The others are not attacked."""
    answers = subject.model.predict(list(subject.pictures)).argmax(1).tolist()
    return [at for at, (answer, label) in enumerate(zip(answers, subject.labels, strict=True)) if answer == label]


def _attacked(subject: Subject, some: Sequence[int], method: str, knobs: dict[str, Any]) -> list[Fooling]:
    pictures = [subject.pictures[each] for each in some]
    return _results(fooling(subject.model, pictures, None, method, **knobs)) if pictures else []


def _in_parts(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[at : at + _AT_ONCE] for at in range(0, len(numbers), _AT_ONCE)]


def accuracy(subject: Subject) -> Iterator[Measured]:
    """The accuracy before and under an attack with a budget; what the network gets wrong already is not attacked."""
    method, knobs = attack_of(subject.exercise)
    right, found = _right(subject), list[Fooling]()
    before, after = (float(each.value) for each in subject.exercise.published)
    parts = _in_parts(right)
    for number, some in enumerate(parts, 1):
        found += _attacked(subject, some, method, knobs)
        kept = sum(each.label == each.source for each in found)
        everything = len(subject.pictures) if number == len(parts) else len(found)
        rows = (
            shared("accuracy before", Rate(len(right), len(subject.pictures)), before),
            shared(f"accuracy under {method.upper()}", Rate(kept, everything), after),
        )
        yield _frame(subject, number, len(parts), rows)


def errors(subject: Subject) -> Iterator[Measured]:
    """UvA's top-1 and top-5 errors before and under FGSM; what is wrong already is not attacked."""
    method, knobs = attack_of(subject.exercise)
    shares = subject.model.predict(list(subject.pictures))
    ranks = [int((row > row[label]).sum()) for row, label in zip(shares, subject.labels, strict=True)]
    after, right = list(ranks), [at for at, rank in enumerate(ranks) if not rank]
    parts = _in_parts(right)
    for number, some in enumerate(parts, 1):
        for at, each in zip(some, _attacked(subject, some, method, knobs), strict=True):
            row = each.probabilities_after
            after[at] = int((row > row[subject.labels[at]]).sum())
        yield _frame(subject, number, len(parts), _error_rows(ranks, after))


def _error_rows(before: Sequence[int], after: Sequence[int]) -> list[Row]:
    published = {"before": (0.191, 0.043), "under FGSM": (0.9356, 0.6052)}
    rows = []
    for when, ranks in (("before", before), ("under FGSM", after)):
        for first, figure in zip((1, 5), published[when], strict=True):
            rate = Rate(sum(rank >= first for rank in ranks), len(ranks))
            rows.append(shared(f"top-{first} error {when}", rate, figure))
    return rows


def over_epsilon(subject: Subject) -> Iterator[Measured]:
    """PyTorch's table: the accuracy at each epsilon."""
    right, rows = _right(subject), list[Row]()
    for number, (epsilon, published) in enumerate(_PYTORCH.items(), 1):
        kept = len(right)
        if epsilon:
            found = _attacked(subject, right, "fgsm", {"epsilon": 255 * epsilon})
            kept = sum(each.label == each.source for each in found)
        rows.append(shared(f"accuracy at epsilon {epsilon:g}", Rate(kept, len(subject.pictures)), published))
        yield _frame(subject, number, len(_PYTORCH), rows)


def growing_epsilon(subject: Subject) -> Iterator[Measured]:
    """TensorFlow's three epsilons: how many right answers change."""
    right, rows = _right(subject), list[Row]()
    for number, epsilon in enumerate(_TENSORFLOW, 1):
        found = _attacked(subject, right, "fgsm", {"epsilon": 127.5 * epsilon})
        changed = Rate(sum(each.label != each.source for each in found), len(found))
        rows.append(shared(f"right answers that change at epsilon {epsilon:g}", changed))
        yield _frame(subject, number, len(_TENSORFLOW), rows)


def untargeted(subject: Subject) -> Iterator[Measured]:
    """Kolter and Madry's first attack: how sure the network is of the class before, and of another one after."""
    method, knobs = attack_of(subject.exercise)
    right, found = _right(subject), list[Fooling]()
    parts = _in_parts(right)
    for number, some in enumerate(parts, 1):
        found += _attacked(subject, some, method, knobs)
        own = [float(each.probabilities_after[each.source]) for each in found]
        rows = (
            _became("pictures that get another class", found),
            _sure(
                "probability of the class before", "0.9961", [float(e.probabilities_before[e.source]) for e in found]
            ),
            _sure("probability of the best other class after", "0.99995", list(map(_best_other, found))),
            Row("probability of the old class after", "0.00000019", spread(own, "{:.2g}"), _tiny(own)),
        )
        yield _frame(subject, number, len(parts), rows)


def _best_other(each: Fooling) -> float:
    rest = each.probabilities_after.clone()
    rest[each.source] = 0
    return float(rest.max())


def targeted(subject: Subject) -> Iterator[Measured]:
    """Kolter and Madry's second attack: another class within the same limit, by the difference of two scores."""
    method, knobs = attack_of(subject.exercise)
    numbers, found = _right(subject), list[Fooling]()
    parts = _in_parts(numbers)
    for number, some in enumerate(parts, 1):
        targets = [subject.target(each, 404) for each in some]
        pictures = [subject.pictures[each] for each in some]
        found += _results(fooling(subject.model, pictures, targets, method, **knobs))
        sure = [float(each.probabilities_after[each.target or 0]) for each in found]
        rows = (_became("pictures that get the target", found), _sure("probability of the target after", "0.976", sure))
        yield _frame(subject, number, len(parts), rows)


def _became(what: str, found: Sequence[Fooling]) -> Row:
    rate = Rate(sum(each.success for each in found), len(found))
    row = shared(what, rate)
    said = "reproduced" if rate.kept == rate.count else f"not reproduced for {rate.count - rate.kept} of {rate.count}"
    return Row(what, "1 of 1 picture", row.ours, said)


def _sure(what: str, published: str, values: Sequence[float]) -> Row:
    """A probability beside that of the course's one picture, which is reproduced if our quartiles hold it."""
    low, _, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else (values[0], 0.0, values[0])
    said = verdict(float(published), median(values), (low, high)).replace("our interval", "our quartiles")
    return Row(what, published, spread(values, "{:.4f}"), said)


def _tiny(values: Sequence[float]) -> str:
    return "reproduced: it is gone" if median(values) < 1e-3 else "not reproduced: more than 0.001 is left"


def leads(subject: Subject) -> Iterator[Measured]:
    """SUTD's stop: the rounded picture leads by a margin."""
    method, knobs = attack_of(subject.exercise)
    found: list[Fooling] = []
    for number, picture in enumerate(subject.pictures):
        found += _results(fooling(subject.model, picture, subject.target(number), method, **knobs))
        reached = Rate(sum(each.success and not each.note for each in found), len(found))
        rows = [shared(f"rounded pictures that lead by {knobs['lead']:g} logits", reached)]
        rows.append(Row("steps", NOTHING, spread([len(each.trace) for each in found], "{:.0f}"), ""))
        yield _frame(subject, number + 1, len(subject.pictures), rows)
