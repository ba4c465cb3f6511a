"""torchvision's networks: the same answers, preprocessing and class names as torchvision's own, from any source."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from PIL import Image
from timm.data.imagenet_info import ImageNetInfo
from torchvision import models
from torchvision.transforms.functional import normalize, pil_to_tensor

from tests.weights.made import State, load
from vizlib import explain, list_layers, wrap
from vizlib.errors import CheckpointMismatch, ModelUnavailable, UnknownName, VizError
from vizlib.layers import last_convolution
from vizlib.models import Classifier
from vizlib.models.class_names import class_index
from vizlib.models.preprocessing import preprocessing_of, resized
from vizlib.records import Progress
from vizlib.weights import download, find, hub, in_timms_layout, registry, torchvision_zoo, write
from vizlib.weights.names import of_file

SMALL = "torchvision/squeezenet1_1"
FILE = "squeezenet1_1-b8a52dc0"


def seeded(name: str, **more: Any) -> torch.nn.Module:
    """torchvision's own network with weights that no other test uses."""
    with torch.random.fork_rng():
        torch.manual_seed(91)
        return models.get_model(name, **more).eval()


@pytest.fixture(scope="module")
def squeezenet() -> torch.nn.Module:
    return seeded("squeezenet1_1")


@pytest.fixture(scope="module")
def weights(squeezenet: torch.nn.Module) -> State:
    return dict(squeezenet.state_dict())


def same(model: Classifier, network: torch.nn.Module, side: int = 64) -> bool:
    """Whether both give the same logits for noise."""
    pixels = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(2))
    values = normalize(pixels, list(model.preprocessing.mean), list(model.preprocessing.std))
    with torch.no_grad():
        return torch.allclose(model(pixels), network(values), atol=1e-5, rtol=1e-5)


# What torchvision says


def test_every_classifier_and_all_of_its_weights_can_be_named() -> None:
    assert set(torchvision_zoo.names()) == {f"torchvision/{each}" for each in models.list_models(module=models)}
    for each in torchvision_zoo.tagged():
        source = find(each)
        assert (source.name, source.kind) == (each, "hub")
        config = registry.config(each)
        weights = models.get_weight(_enumeration(each))
        assert config is not None
        assert (config.url, config.num_classes) == (weights.url, 1000)
    assert not [each for each in torchvision_zoo.names() if "quantized" in each]


def _enumeration(name: str) -> str:
    architecture, _, tag = name.removeprefix("torchvision/").partition(".")
    return str(models.get_model_weights(architecture)[tag])


@pytest.mark.parametrize(
    "name",
    [
        "squeezenet1_1",
        "efficientnet_b1.IMAGENET1K_V1",
        "inception_v3",
        "swin_v2_t",
        "vit_l_16",
        "regnet_y_16gf.IMAGENET1K_SWAG_E2E_V1",
        "maxvit_t",
    ],
)
@pytest.mark.parametrize("shape", [(301, 403), (517, 260), (90, 90)])
def test_a_picture_is_seen_as_torchvision_sees_it(name: str, shape: tuple[int, int]) -> None:
    config = torchvision_zoo.config(f"torchvision/{name}")
    carrier: Any = torch.nn.Identity()
    carrier.pretrained_cfg = config.to_dict()
    how = preprocessing_of(carrier, name)
    theirs = models.get_weight(_enumeration(f"{config.architecture}.{config.tag}"))
    picture = Image.fromarray(np.random.default_rng(5).integers(0, 256, (*shape, 3), np.uint8))
    ours = pil_to_tensor(resized(picture, how)).float() / 255
    seen = normalize(ours, list(how.mean), list(how.std))
    torch.testing.assert_close(seen, theirs.transforms()(picture), atol=1e-5, rtol=0)


def test_the_classes_are_called_as_in_the_metadata() -> None:
    model = load(SMALL, "random")
    assert model.class_names == models.SqueezeNet1_1_Weights.DEFAULT.meta["categories"]
    assert model.class_index("tench") == 0
    assert model.class_index("n02123045") == model.class_index("tabby") == model.class_index("tabby, tabby cat") == 281
    assert model.class_index("maillot, tank suit") == model.class_index("maillot tank suit") == 639
    assert class_index(list(ImageNetInfo().label_descriptions()), "crane bird", "another") == 134


# The same answers


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "shufflenet_v2_x0_5", "mnasnet0_5"])
def test_the_same_weights_give_the_same_logits(name: str, tmp_path: Path) -> None:
    network = seeded(name)
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    assert same(load(f"torchvision/{name}", str(tmp_path / "mine.pth")), network)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_the_auxiliary_classifiers_are_left_out_and_the_input_is_read_as_the_published_weights_do(
    name: str, tmp_path: Path
) -> None:
    network: Any = seeded(name, transform_input=True, init_weights=False)
    for each in network.modules():
        if isinstance(each, torch.nn.Conv2d):
            each.weight.data *= 2.4  # so that signals do not fade on their way through untrained layers
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    model = load(f"torchvision/{name}", str(tmp_path / "mine.pth"))
    assert same(model, network, 96)
    assert "were left out: " in model.notice


@pytest.mark.slow
def test_how_the_input_is_read_can_be_chosen_and_is_part_of_the_fingerprint() -> None:
    model, plain = (load("torchvision/googlenet", "random", transform_input=each) for each in (True, False))
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    first, other = (each.network._transform_input(pixels) for each in (model, plain))
    assert torch.equal(other, pixels)
    assert not torch.allclose(first, pixels, atol=0.1)  # the untrained network's logits hardly depend on its input
    assert plain.fingerprint != model.fingerprint


@pytest.mark.slow
def test_densenets_older_names_are_understood(tmp_path: Path) -> None:
    network = seeded("densenet121")
    older = {_older(key): value for key, value in network.state_dict().items()}
    assert "features.denseblock1.denselayer1.norm.1.weight" in older
    torch.save(older, tmp_path / "mine.pth")
    assert same(load("torchvision/densenet121", str(tmp_path / "mine.pth")), network)


def _older(key: str) -> str:
    for kind in ("norm1", "norm2", "conv1", "conv2"):
        key = key.replace(f".{kind}.", f".{kind[:-1]}.{kind[-1]}.") if "denselayer" in key else key
    return key


@pytest.mark.slow
def test_random_weights_are_those_of_the_seed() -> None:
    first, again, other = (load(SMALL, "random", seed=seed).fingerprint for seed in (1, 1, 2))
    assert first == again != other


def test_a_backbone_gives_the_features_before_the_classifier(squeezenet: torch.nn.Module) -> None:
    model = load(SMALL, "random", num_classes=0)
    assert not model.has_classes
    assert model(torch.rand(1, 3, 64, 64)).shape == (1, 512)


@pytest.mark.slow
def test_a_network_for_gray_pictures_opens(tmp_path: Path) -> None:
    network: Any = seeded("resnet18", num_classes=10)
    network.conv1 = torch.nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    torch.save(network.state_dict(), tmp_path / "digits.pth")
    model = load("torchvision/resnet18", str(tmp_path / "digits.pth"))
    assert (model.preprocessing.channels, len(model.class_names)) == (1, 10)


# Where they are found


def test_names_and_weights_are_written_in_either_way() -> None:
    tagged = find("torchvision/resnet50.IMAGENET1K_V1")
    assert find("torchvision/ResNet-50", "IMAGENET1K_V1") == find("torchvision/resnet50.imagenet1k_v1") == tagged
    assert find("torchvision/resnet50", "DEFAULT") == find("torchvision/resnet50") != tagged
    assert find("resnet18", "a1_in1k") == find("resnet18.a1_in1k")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("torchvision/resnett18", "Did you mean torchvision/resnet18"),
        ("torchvision/fcos", "Choose another, for example torchvision/resnet18."),
        ("torchvision/resnet50.IMAGENET1K_V7", "Did you mean torchvision/resnet50.IMAGENET1K_V"),
        ("torchvision/vgg16.IMAGENET1K_FEATURES", "Did you mean torchvision/vgg16.IMAGENET1K_V1"),
        ("resnet50.IMAGENET1K_V1", "torchvision has it: torchvision/resnet50.IMAGENET1K_V1."),
    ],
)
def test_what_torchvision_does_not_have_is_said(name: str, remedy: str) -> None:
    with pytest.raises(UnknownName) as caught:
        find(name)
    assert caught.value.remedy.startswith(remedy)


@pytest.mark.parametrize(
    "stem", [FILE, pytest.param("torchvision_squeezenet1_1.IMAGENET1K_V1", marks=pytest.mark.slow)]
)
def test_a_file_in_the_folder_comes_before_the_download(
    stem: str, folder: Path, weights: State, squeezenet: torch.nn.Module
) -> None:
    torch.save(weights, folder / f"{stem}.pth")
    model = load(SMALL)
    assert model.name == SMALL
    assert same(model, squeezenet)
    assert model.class_names[0] == "tench"
    assert load(f"{SMALL}.IMAGENET1K_V1").fingerprint == model.fingerprint
    assert find(f"local/{stem}").architecture.startswith(SMALL)


def test_of_several_files_the_published_one_is_taken_for_its_own_weights(folder: Path) -> None:
    for stem in ("resnet50", "resnet50-0676ba61", "resnet50-11ad3fa6"):
        (folder / f"{stem}.pth").touch()
    first, second = find("torchvision/resnet50.IMAGENET1K_V1"), find("torchvision/resnet50")
    assert first.called == "local/resnet50-0676ba61.pth"
    assert second.called == "local/resnet50-11ad3fa6.pth"
    assert first.architecture == "torchvision/resnet50.IMAGENET1K_V1"
    assert find("resnet50").architecture == "resnet50"
    (folder / "resnet50-11ad3fa6.pth").unlink()
    assert find("torchvision/resnet50").called == "local/resnet50.pth"


@pytest.mark.slow
def test_a_file_with_other_weights_than_its_network_says_so(folder: Path, state: State) -> None:
    torch.save(state, folder / "alexnet.pth")
    with pytest.raises(CheckpointMismatch, match="not a checkpoint of torchvision/alexnet"):
        load("torchvision/alexnet")


@pytest.mark.parametrize(
    ("stem", "found"),
    [
        (FILE, (SMALL, "IMAGENET1K_V1")),
        ("mnasnet0.5_top1_67.823-3ffadce67e", ("torchvision/mnasnet0_5", "IMAGENET1K_V1")),
        ("resnet50-0676ba61", ("torchvision/resnet50", "IMAGENET1K_V1")),
        ("alexnet_birds", ("torchvision/alexnet", "birds")),
        ("torchvision_resnet18-birds", ("torchvision/resnet18", "birds")),
        ("resnet18-birds", ("resnet18", "birds")),
    ],
)
def test_a_files_name_tells_torchvisions_network(stem: str, found: tuple[str, str]) -> None:
    assert of_file(stem) == found


@pytest.mark.slow
def test_a_trained_one_has_no_names_of_imagenet(folder: Path, weights: State) -> None:
    torch.save(weights, folder / "squeezenet1_1_birds.pth")
    assert load("local/squeezenet1_1_birds").class_names[0] == "class 0"
    assert load(SMALL, str(folder / "squeezenet1_1_birds.pth")).class_names[0] == "class 0"
    assert load(f"{SMALL}.IMAGENET1K_V1", str(folder / "squeezenet1_1_birds.pth")).class_names[0] == "tench"


# Its layers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "last", "kinds"),
    [
        ("squeezenet1_1", "features.12", {"block": ("Fire", 8)}),
        ("mobilenet_v3_small", "features", {"block": ("InvertedResidual", 11)}),
    ],
)
def test_the_parts_of_a_network_are_told(name: str, last: str, kinds: dict[str, Any]) -> None:
    model = load(f"torchvision/{name}", "random")
    layers = list_layers(model)
    for kind, (detail, count) in kinds.items():
        assert [each.detail for each in layers if each.kind == kind] == [detail] * count
    found = last_convolution(model)
    assert found.path == last
    assert found.spatial
    assert grad_cam_moves(model)


def test_the_tokens_of_its_transformer_are_placed_without_the_class_token() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(92)
        small = models.VisionTransformer(64, 16, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=5)
        torch.nn.init.normal_(small.heads.head.weight)  # torchvision's is zero
    model = wrap(small, size=64)
    blocks = [each for each in list_layers(model) if each.kind == "block"]
    assert [(each.detail, each.shape, each.prefix) for each in blocks] == [("EncoderBlock", (16, 4, 4), 1)] * 2
    assert last_convolution(model).path == "encoder.layers.encoder_layer_1.ln_1"
    assert grad_cam_moves(model)


def grad_cam_moves(model: Classifier) -> bool:
    """Whether Grad-CAM gives a map that is not the same everywhere for one of three noises."""
    pixels = torch.rand(3, 3, *model.input_size, generator=torch.Generator().manual_seed(4))
    maps = explain(model, pixels, "grad_cam", 3).values
    return bool((maps.flatten(1).std(1) > 0).any())


# The download


class Server(ThreadingHTTPServer):
    """Serves one file; `mood` says how it fails."""

    daemon_threads = True
    content, mood, asked = b"", "well", 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores clients that close the connection."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args: Any) -> None:
        """Prints nothing."""

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.mood == "down":
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content[: None if self.server.mood == "well" else len(self.server.content) // 2])


@pytest.fixture
def online(weights: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """torchvision's address of the weights leads to this machine, and its cache is a folder of the test."""
    file = BytesIO()
    torch.save(weights, file)
    server = Server(("127.0.0.1", 0), Handler)
    server.content = file.getvalue()
    digest = hashlib.sha256(server.content).hexdigest()[:8]
    url = f"http://127.0.0.1:{server.server_port}/squeezenet1_1-{digest}.pth"
    known = torchvision_zoo.config(SMALL)
    monkeypatch.setattr(torchvision_zoo, "config", lambda name: replace(known, url=url))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    download.FAILURES.forget()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_weights_are_downloaded_once_into_torchvisions_own_cache(
    online: Server, tmp_path: Path, squeezenet: torch.nn.Module
) -> None:
    assert not hub.is_downloaded(SMALL)
    steps = list(hub.fetch(SMALL))
    assert steps[-1] == Progress(len(online.content), len(online.content), "bytes")
    assert [each.parent for each in (tmp_path / "torch").rglob("*.pth")] == [tmp_path / "torch" / "checkpoints"]
    model = load(SMALL)
    assert same(model, squeezenet)
    assert (model.class_names[0], online.asked) == ("tench", 1)
    with pytest.raises(CheckpointMismatch, match="has 1000 classes, where 5 were asked for"):
        load(SMALL, num_classes=5)
    assert not load(SMALL, num_classes=0).has_classes


@pytest.mark.parametrize(("mood", "reason"), [("down", "error 503"), ("cut off", "incomplete or damaged")])
def test_a_download_that_fails_is_told_in_a_sentence_and_leaves_nothing(
    mood: str, reason: str, online: Server, tmp_path: Path
) -> None:
    online.mood = mood
    with pytest.raises(ModelUnavailable, match=f"weights of {SMALL} could not be downloaded: .*{reason}"):
        load(SMALL)
    assert not [each for each in (tmp_path / "torch").rglob("*") if each.is_file()]


def test_a_file_with_another_hash_than_its_name_says_does_not_stay(online: Server, tmp_path: Path) -> None:
    online.content = bytes(len(online.content))
    with pytest.raises(ModelUnavailable, match="incomplete or damaged"):
        load(SMALL)
    assert not hub.is_downloaded(SMALL)


def test_nobody_is_asked_where_that_is_forbidden(online: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match="the hub cannot be reached"):
        load(SMALL)
    assert not online.asked


# Saved, it opens again


@pytest.mark.slow
def test_a_folder_in_timms_layout_opens_again(folder: Path, weights: State) -> None:
    torch.save(weights, folder / f"{FILE}.pth")
    model = load(SMALL)
    names = [f"thing {each}" for each in range(1000)]
    files = in_timms_layout(model.network, SMALL, {}, model.preprocessing, names, "")
    write(files, folder / "mine")
    assert json.loads((folder / "mine" / "config.json").read_text())["architecture"] == SMALL
    again = load("local/mine")
    assert again.fingerprint == model.fingerprint
    assert again.class_names[3] == "thing 3"


def test_an_argument_that_it_does_not_take_is_told() -> None:
    with pytest.raises(VizError, match=r"cannot be built with output_stride=8"):
        load(SMALL, "random", output_stride=8)
