"""A network in memory becomes a Classifier: its preprocessing, its names, its float type, and what never changes."""

from __future__ import annotations

import copy
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import timm
import torch
import torchvision
from PIL import Image
from torch import Tensor, nn

import vizlib
from tests.networks import SIDE, Own, plain, trained
from vizlib.errors import NotShowable, UnknownName, VizError
from vizlib.models import Classifier
from vizlib.pictures import sample_photographs

ANIMALS = ["ant", "bee", "cat", "dog"]


def pixels(count: int = 2, side: int = SIDE) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


def output(network: nn.Module, values: Tensor) -> Tensor:
    with torch.no_grad():
        found: Tensor = copy.deepcopy(network).eval()(values)
    return found


# What it takes


def test_a_plain_network_gets_the_pixels_as_they_are() -> None:
    network = trained()
    model = vizlib.wrap(network, size=SIDE)
    assert torch.equal(model(pixels()).detach(), output(network, pixels()))
    assert (model.name, model.input_size) == ("Own", (SIDE, SIDE))
    assert model.class_names == ["class 0", "class 1", "class 2", "class 3"]
    assert model.notice == "Nothing else was stated about the network, so it gets pixels in [0, 1] as they are."


def test_mean_and_std_are_applied_to_the_pixels() -> None:
    network, mean, std = trained(), [0.4, 0.5, 0.6], 0.25
    model = vizlib.wrap(network, class_names=ANIMALS, mean=mean, std=std, size=(SIDE, 2 * SIDE), name="mine")
    values = (pixels() - torch.tensor(mean).view(1, 3, 1, 1)) / std
    torch.testing.assert_close(model(pixels()).detach(), output(network, values))
    assert (model.name, model.input_size, model.class_names, model.notice) == ("mine", (SIDE, 2 * SIDE), ANIMALS, "")
    assert vizlib.to_pixels(np.zeros((9, 9, 3), np.uint8), model).shape == (1, 3, SIDE, 2 * SIDE)


def test_a_gray_network_gets_the_luma() -> None:
    network = trained(lambda: Own(channels=1))
    model = vizlib.wrap(network, mean=0.5, std=0.5, size=SIDE)
    luma = (pixels() * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    torch.testing.assert_close(model(pixels()).detach(), output(network, (luma - 0.5) / 0.5))


def test_a_timm_network_brings_its_own_configuration() -> None:
    network = timm.create_model("test_resnet")
    model = vizlib.wrap(network)
    expected = Classifier(copy.deepcopy(network), "test_resnet", "cpu")
    assert torch.equal(model(pixels(side=64)), expected(pixels(side=64)))
    for each in ("name", "preprocessing", "class_names", "fingerprint"):
        assert getattr(model, each) == getattr(expected, each)
    assert vizlib.wrap(network, size=96, crop=0.5, interpolation="lanczos", mean=0.25).preprocessing.crop == 0.5
    backbone = vizlib.wrap(timm.create_model("test_resnet", num_classes=0))
    assert not backbone.has_classes
    assert backbone(pixels(side=64)).shape[0] == 2


WEIGHTS = [
    torchvision.models.SqueezeNet1_1_Weights.IMAGENET1K_V1,
    torchvision.models.ResNet18_Weights.IMAGENET1K_V1,
    torchvision.models.EfficientNet_B0_Weights.IMAGENET1K_V1,
    torchvision.models.RegNet_Y_400MF_Weights.IMAGENET1K_V2,
]


@pytest.mark.parametrize("weights", WEIGHTS, ids=str)
def test_torchvisions_weights_say_how_pictures_are_seen(weights: Any) -> None:
    model = vizlib.wrap(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 1000)), weights)
    photograph = Image.open(sample_photographs()["cat"]).convert("RGB")
    expected = weights.transforms()(photograph)[None]
    torch.testing.assert_close(model.normalize(vizlib.to_pixels(photograph, model)), expected, rtol=0, atol=1e-5)
    assert model.class_names == weights.meta["categories"]


def test_a_torchvision_network_answers_as_it_does_alone() -> None:
    network = torchvision.models.squeezenet1_1().eval()
    model = vizlib.wrap(network, torchvision.models.SqueezeNet1_1_Weights.IMAGENET1K_V1)
    with torch.no_grad():
        expected = network(model.normalize(pixels(1, 64)))
    assert torch.equal(model(pixels(1, 64)), expected)


def test_names_of_weights_that_do_not_fit_a_new_head_are_left_out() -> None:
    network = torchvision.models.squeezenet1_1(num_classes=2)
    model = vizlib.wrap(network, torchvision.models.SqueezeNet1_1_Weights.IMAGENET1K_V1)
    assert model.class_names == ["class 0", "class 1"]


# What its outputs mean


@pytest.mark.parametrize(
    "given", [ANIMALS, tuple(ANIMALS), dict(enumerate(ANIMALS)), {name: at for at, name in enumerate(ANIMALS)}]
)
def test_class_names_are_given_in_order_or_by_number(given: Any) -> None:
    assert vizlib.wrap(trained(), class_names=given, size=SIDE).class_names == ANIMALS


def test_a_network_with_one_output_is_a_pair_of_classes() -> None:
    network = trained(lambda: Own(classes=1))
    model = vizlib.wrap(network, class_names=["no", "yes"], size=SIDE)
    assert model.class_names == ["no", "yes"]
    assert torch.allclose(model.predict(pixels())[:, 1], output(network, pixels())[:, 0].sigmoid())
    assert vizlib.wrap(network, class_names=["cat"], size=SIDE).class_names == ["cat", "not cat"]


class Several(Own):
    """Returns its logits within something else."""

    how = staticmethod(lambda logits: logits)

    def forward(self, x: Tensor) -> Any:
        return self.how(super().forward(x))


class Answer:
    def __init__(self, logits: Tensor) -> None:
        self.logits = logits


FORMS: dict[str, Callable[[Tensor], Any]] = {
    "tuple": lambda logits: (logits, logits[:, :1]),
    "list": lambda logits: [logits],
    "mapping": lambda logits: {"logits": logits, "aux": None},
    "object": Answer,
}


@pytest.mark.parametrize("form", FORMS)
def test_logits_are_found_within_what_the_network_returns(form: str) -> None:
    network = trained()
    other = Several()
    other.load_state_dict(network.state_dict())
    other.how = FORMS[form]
    model = vizlib.wrap(other, class_names=ANIMALS, size=SIDE)
    assert torch.equal(model(pixels()).detach(), output(network, pixels()))


def test_a_backbone_is_wrapped_without_names() -> None:
    features = trained().layer2[:0]
    model = vizlib.wrap(nn.Sequential(nn.Conv2d(3, 5, 3), features), class_names=[], size=SIDE)
    assert not model.has_classes
    with pytest.raises(NotShowable, match="backbone"):
        model.top(pixels(1))


# What is around it


def test_wrappers_around_a_network_are_taken_off() -> None:
    network = trained()
    expected = output(network, pixels())
    for each in (nn.DataParallel(network), torch.compile(network, backend="eager")):
        model = vizlib.wrap(each, size=SIDE)
        assert model.name == "Own"
        assert torch.equal(model(pixels()).detach(), expected)
        assert [layer.path for layer in vizlib.list_layers(model)][:2] == ["conv1", "bn1"]


def test_weights_that_a_hook_computes_are_copied() -> None:
    with pytest.warns(FutureWarning, match="weight_norm"):
        network = nn.utils.weight_norm(trained().conv1)
    whole = nn.Sequential(network, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    model = vizlib.wrap(whole, size=SIDE)
    with torch.no_grad():
        assert torch.equal(model(pixels()), whole(pixels()))


# Floats, devices, layouts, compiled code


def convolved(model: Classifier) -> Tensor:
    paths = [each.path for each in vizlib.list_layers(model) if each.kind == "convolution"]
    assert len(paths) == 2
    return torch.cat([*vizlib.activations(model, pixels(), paths).values()], 1)


ASK: dict[str, Callable[[Classifier], Any]] = {
    **{each: lambda model, each=each: vizlib.saliency(model, pixels(), each) for each in vizlib.saliency_methods()},
    "activations": convolved,
    "maximize": lambda model: [*vizlib.maximize(model, [1, 2], steps=3, size=(SIDE, SIDE))][-1].pixels,
    "fool": lambda model: torch.tensor(vizlib.fool(model, pixels(1), 3, "pgd", steps=3).image).float() / 255,
    "predict": lambda model: model.predict(pixels()),
}


def answers(model: Classifier) -> dict[str, Tensor]:
    return {name: ask(model).detach() for name, ask in ASK.items()}


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return trained().eval()


@pytest.fixture(scope="module")
def expected(network: nn.Module) -> dict[str, Tensor]:
    return answers(vizlib.wrap(network, class_names=ANIMALS, size=SIDE))


def same(found: dict[str, Tensor], expected: dict[str, Tensor], atol: float = 0.0) -> None:
    for name, each in expected.items():
        torch.testing.assert_close(found[name], each, rtol=0, atol=atol, msg=lambda text, name=name: f"{name}: {text}")


def wrapped(network: nn.Module, **more: Any) -> Classifier:
    return vizlib.wrap(network, class_names=ANIMALS, size=SIDE, **more)


def test_a_network_in_float64_is_copied_to_float32(network: nn.Module, expected: dict[str, Tensor]) -> None:
    model = wrapped(copy.deepcopy(network).double())
    same(answers(model), expected)
    assert model.notice.startswith("The network's weights are float64; this copy computes in float32.")


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_a_network_in_half_precision_is_computed_in_float32(network: nn.Module, kind: torch.dtype) -> None:
    rounded = copy.deepcopy(network).to(kind)
    same(answers(wrapped(rounded)), answers(wrapped(copy.deepcopy(rounded).float())))
    assert next(rounded.parameters()).dtype == kind


def test_channels_last_changes_rounding_only(network: nn.Module, expected: dict[str, Tensor]) -> None:
    same(answers(wrapped(copy.deepcopy(network).to(memory_format=torch.channels_last))), expected, atol=1e-4)


@pytest.mark.parametrize("kind", ["meta", "float64"])
def test_the_callers_default_device_and_type_change_nothing(
    network: nn.Module, expected: dict[str, Tensor], kind: str
) -> None:
    given = pixels()
    before = torch.get_default_dtype()
    try:
        if kind == "float64":
            torch.set_default_dtype(torch.float64)
        else:
            torch.set_default_device("meta")
        model = wrapped(network)
        run = vizlib.maximize(model, [1, 2], steps=3, size=(SIDE, SIDE))
        found = [*run][-1].pixels, vizlib.saliency(model, given, "smoothgrad"), model.predict(given)
        image = vizlib.fool(model, given[:1], 3, "pgd", steps=3).image
    finally:
        torch.set_default_dtype(before)
        torch.set_default_device("cpu")
        torch.set_default_device(None)
    for name, each in zip(("maximize", "smoothgrad", "predict"), found):
        assert torch.equal(each, expected[name])
    assert torch.equal(torch.from_numpy(image).float() / 255, expected["fool"])


def compiled_before(network: nn.Module) -> Classifier:
    made = torch.compile(network, backend="eager")
    made(pixels())
    return wrapped(made)


def compiled_in_place(network: nn.Module) -> Classifier:
    network.compile(backend="eager")
    network(pixels())
    return wrapped(network)


def compiled_in_place_not_copied(network: nn.Module) -> Classifier:
    network.compile(backend="eager")
    network(pixels())
    return wrapped(network, copy=False)


def compiled_inside(network: nn.Module) -> Classifier:
    network.layer2 = torch.compile(network.layer2, backend="eager")  # type: ignore[assignment]
    with torch.no_grad():
        network(pixels())
    return wrapped(network)


def compiled_inside_not_copied(network: nn.Module) -> Classifier:
    network.layer2 = torch.compile(network.layer2, backend="eager")  # type: ignore[assignment]
    return wrapped(network, copy=False)


def compiled_afterwards(network: nn.Module) -> Classifier:
    model = wrapped(network)
    model.network.compile(backend="eager")
    model.network(pixels())
    return model


@pytest.mark.parametrize(
    "make",
    [
        compiled_before,
        compiled_in_place,
        compiled_in_place_not_copied,
        compiled_inside,
        compiled_inside_not_copied,
        compiled_afterwards,
    ],
)
def test_a_compiled_network_answers_as_the_plain_one(
    network: nn.Module, expected: dict[str, Tensor], make: Callable[[nn.Module], Classifier]
) -> None:
    model = make(copy.deepcopy(network))
    found, steps = answers(model), dict(expected)
    torch.testing.assert_close(
        found.pop("maximize"), steps.pop("maximize"), rtol=0, atol=1e-4
    )  # rounded without folding
    for looks in ("occlusion", "rise"):
        torch.testing.assert_close(found.pop(looks), steps.pop(looks), rtol=0, atol=1e-6)  # so are these
    same(found, steps)


def test_compiled_code_of_the_caller_is_compiled_again_afterwards(network: nn.Module) -> None:
    ran = []

    def backend(graph: Any, inputs: Any) -> Any:
        ran.append(len(inputs))
        return graph.forward

    model, doubled = wrapped(network), torch.compile(lambda x: x * 2, backend=backend)
    frames = vizlib.maximize(model, 1, steps=3, size=(SIDE, SIDE))
    next(frames)
    doubled(torch.ones(3))
    assert ran == [1]


def test_compiled_code_runs_eagerly_as_long_as_any_thread_is_in_the_engine(network: nn.Module) -> None:
    from torch._dynamo import eval_frame

    inside, leave, stances = threading.Event(), threading.Event(), []

    class Waits(Own):
        def forward(self, x: Tensor) -> Tensor:
            if threading.current_thread().name == "slow":
                inside.set()
                leave.wait(9)
            return super().forward(x)

    torch.compile(lambda x: x, backend="eager")
    model, other = wrapped(Waits()), wrapped(network)
    slow = threading.Thread(target=model.predict, args=[pixels()], name="slow")
    slow.start()
    inside.wait(9)
    other.predict(pixels())
    stances.append(eval_frame._stance.stance)
    leave.set()
    slow.join()
    stances.append(eval_frame._stance.stance)
    assert stances == ["force_eager", "default"]


def test_the_engine_inside_a_compiled_function_is_refused_with_a_sentence(network: nn.Module) -> None:
    model = wrapped(network)
    asked = torch.compile(lambda x: vizlib.saliency(model, x), backend="eager")
    with pytest.raises(VizError, match=r"inside a function that torch\.compile made"):
        asked(pixels())
    module = torch.compile(model.as_module(), backend="eager")
    assert torch.equal(module(pixels()), model(pixels()))
    assert torch.equal(model.predict(pixels()), wrapped(network).predict(pixels()))


# What never changes


def test_what_happens_to_the_original_later_changes_nothing() -> None:
    network = trained()
    model = wrapped(network)
    before, fingerprint = model(pixels()), model.fingerprint
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    network.train()
    network(pixels()).sum().backward()
    optimizer.step()
    assert torch.equal(model(pixels()), before)
    assert model.fingerprint == fingerprint


def test_without_a_copy_the_network_itself_is_frozen_and_moved() -> None:
    network = trained()
    model = wrapped(network, copy=False)
    assert model.network is network
    assert not any(each.training for each in network.modules())
    assert not any(each.requires_grad for each in network.parameters())
    with torch.no_grad():
        network.fc.bias += 1
    assert torch.equal(model(pixels()), network(pixels()))


def test_without_a_copy_a_refusal_leaves_the_network_as_it_was() -> None:
    network = trained()
    network.drop.eval()
    modes = [each.training for each in network.modules()]
    with pytest.raises(VizError):
        wrapped(nn.Sequential(network, nn.Unflatten(1, (2, 2))), copy=False)
    assert [each.training for each in network.modules()] == modes
    assert all(each.requires_grad for each in network.parameters())


def test_a_hook_on_the_original_acts_on_the_copy_too_and_is_gone_from_it_with_a_new_copy() -> None:
    network = trained()
    handle = network.layer2.register_forward_hook(lambda module, inputs, output: output * 0)
    hooked = wrapped(network)
    handle.remove()
    assert torch.equal(hooked(pixels()).detach(), network.fc.bias.detach().expand(2, 4))
    assert not torch.equal(wrapped(network)(pixels()), hooked(pixels()))


# What is refused


REFUSED: dict[str, tuple[Callable[[], Any], dict[str, Any], type[VizError], str]] = {
    "a Classifier": (lambda: wrapped(trained()), {}, VizError, "This is a Classifier already"),
    "a name": (lambda: "resnet18", {}, VizError, r"not a value of type str\. .*vizlib.load_model"),
    "its class": (lambda: Own, {}, VizError, "not a value of type type"),
    "no weights yet": (lambda: nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten()), {}, NotShowable, "first pass"),
    "on meta": (lambda: trained().to("meta"), {}, NotShowable, "device meta"),
    "too few names": (trained, {"class_names": ["a"]}, VizError, "There is 1 class name for 4 classes"),
    "too many names": (trained, {"class_names": [*"abcde"]}, VizError, "There are 5 class names for 4 classes"),
    "a text as names": (trained, {"class_names": "ant"}, VizError, "The class names are ant"),
    "numbers of names": (trained, {"class_names": {0: "a", 5: "b"}}, VizError, "The class names are"),
    "two means": (trained, {"mean": [0.5, 0.5]}, VizError, r"The mean is \[0.5, 0.5\]"),
    "std of zero": (trained, {"std": 0}, VizError, "The std is 0"),
    "size": (trained, {"size": (3, 16, 16)}, VizError, r"The size is \(3, 16, 16\)"),
    "no size": (trained, {"size": 0}, VizError, "The size is 0"),
    "crop": (trained, {"crop": 224}, VizError, "The crop is 224"),
    "interpolation": (trained, {"interpolation": "bilinar"}, UnknownName, "Did you mean bilinear"),
    "labels": (trained, {"labels": "many"}, UnknownName, "labels"),
    "weights": (trained, {"weights": "IMAGENET1K_V1"}, VizError, "str says neither"),
    "fixed size": (
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(48, 2)),
        {},
        NotShowable,
        "fails on noise of 16 x 16",
    ),
    "maps": (lambda: nn.Conv2d(3, 4, 3), {}, NotShowable, r"returns a tensor \(1, 4, 14, 14\) for 1 picture"),
    "one number": (lambda: nn.Sequential(nn.Flatten(0), nn.Softmax(0)), {}, NotShowable, r"\(768,\)"),
    "half, not copied": (lambda: trained().half(), {"copy": False}, VizError, "The network's weights are float16"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_wrapped_is_refused_with_a_true_sentence(case: str) -> None:
    make, given, kind, sentence = REFUSED[case]
    with pytest.raises(kind, match=sentence) as problem:
        vizlib.wrap(make(), **{"size": SIDE, **given})
    assert problem.value.remedy


def test_a_network_of_torch_jit_is_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own deprecation
        network = torch.jit.trace(trained().eval(), pixels())
    with pytest.raises(NotShowable, match=r"inside a network of torch\.jit"):
        vizlib.wrap(network, size=SIDE)


def test_a_network_that_cannot_be_copied_says_so_and_works_without_a_copy() -> None:
    network = trained()
    network.guard = threading.Lock()  # type: ignore[assignment]
    with pytest.raises(NotShowable, match=r"cannot be copied .*_thread.lock.*copy=False"):
        wrapped(network)
    assert wrapped(network, copy=False).predict(pixels()).shape == (2, 4)


# The constructor, which takes a network over


def test_the_constructor_takes_a_device_by_its_name() -> None:
    network = trained()
    network.num_classes, network.pretrained_cfg = 4, plain(SIDE, 4)  # type: ignore[assignment]
    assert Classifier(network, "own", "cpu").device == torch.device("cpu")
    with pytest.raises(VizError, match="There is no device called 'gpu'"):
        Classifier(network, "own", "gpu")


def test_the_constructor_refuses_what_only_wrap_can_find_out() -> None:
    with pytest.raises(VizError, match=r"Own does not say how many classes it has\. .*vizlib.wrap"):
        Classifier(trained(), "own", "cpu")
    with pytest.raises(VizError, match=r"The weights of half are float16.*vizlib.wrap"):
        Classifier(timm.create_model("test_resnet").half(), "half", "cpu")


# What a failed pass means


def test_a_network_that_was_set_to_half_precision_later_is_no_matter_of_size(network: nn.Module) -> None:
    model = wrapped(network)
    model.network.half()
    for ask in (model.predict, lambda seen: vizlib.saliency(model, seen, target=0)):
        with pytest.raises(VizError, match=r"The weights of Own are float16, .* network.float\(\)"):
            ask(pixels())
    model.network.float()
    assert model.predict(pixels()).shape == (2, 4)


def test_a_cut_graph_is_no_matter_of_size(network: nn.Module) -> None:
    model = wrapped(network)
    handle = model.network.layer2.register_forward_hook(lambda module, inputs, output: output.detach())
    asked: list[Callable[[], Any]] = [
        lambda: vizlib.saliency(model, pixels()),
        lambda: list(vizlib.maximize(model, 1, steps=2, size=(SIDE, SIDE))),
        lambda: vizlib.fool(model, pixels(1), 3, "pgd", steps=2),
    ]
    for ask in asked:
        with pytest.raises(NotShowable, match="No gradient leads from the output of Own back to the pixels"):
            ask()
    handle.remove()
    assert vizlib.saliency(model, pixels()).any()
