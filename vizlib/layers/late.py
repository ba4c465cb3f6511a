"""The last feature maps of a network, and whether a layer is read before or after its activation."""

from __future__ import annotations

from collections.abc import Sequence

from vizlib.errors import NotShowable
from vizlib.layers._kinds import any_within
from vizlib.layers.catalogue import list_layers
from vizlib.models import Classifier, in_own_context
from vizlib.records import Layer


@in_own_context
def last_maps(model: Classifier) -> Layer:
    """The last convolution, block or stage with places, read after the activation that follows it: Grad-CAM's layer.

    For ResNet it is the last block, for VGG the activation after the last convolution of its features, for MobileNetV2
    the norm with the activation after `conv_head`. A layer that no activation follows is read as it is. Raises
    NotShowable if no layer has places.
    """
    features = [each for each in list_layers(model) if each.path.partition(".")[0] != "pre_logits"]  # VGG's head
    last = last_convolution(model, features)
    return _activation_after(features, last) or last


@in_own_context
def activation_after(model: Classifier, layer: Layer) -> Layer | None:
    """The activation, alone or at the end of a norm, that a layer's output goes to, directly or through a norm.

    An activation that the network calls as a function is no layer, so it cannot be found.
    """
    return _activation_after(list_layers(model), layer)


@in_own_context
def ends_in_activation(model: Classifier, layer: Layer) -> bool:
    """Whether the layer is an activation, or what runs last within it ends in one."""
    within = f"{layer.path}."
    inside = [each for each in list_layers(model) if each.path.startswith(within)]
    return layer.kind == "activation" or (bool(inside) and ends_in_activation(model, inside[-1]))


def _activation_after(layers: Sequence[Layer], layer: Layer) -> Layer | None:
    """See `activation_after`. In running order a module comes after what is inside it, a stage after its blocks."""
    found = None
    places = {each.path: number for number, each in enumerate(layers)}
    for each in layers[places.get(layer.path, len(layers)) + 1 :]:
        around = each.kind == "stage" and any_within([layer.path], each.path)  # gives what its last block gives
        holds = found is not None and any_within([found.path], each.path)
        if each.shape != layer.shape or (found is not None and not holds):
            break
        if each.kind == "activation" or (holds and each.kind == "normalization"):
            found = each
        elif each.kind != "normalization" and not around:
            break
    return found


@in_own_context
def last_convolution(model: Classifier, among: Sequence[Layer] | None = None) -> Layer:
    """The last convolution with places, or a layer in its stead; of all layers, or among these.

    If its output is only a part of what the next layers get (one term of a residual block, some of the channels in
    Inception and DenseNet), the block or stage around it. If attention or linear layers follow at each place
    (ConvNeXt, transformers, mixers), the last block, or its first norm if only the class token is used after it.
    Raises NotShowable if no layer has places.
    """
    layers = list_layers(model) if among is None else among
    head = (getattr(model.network, "pretrained_cfg", None) or {}).get("classifier")  # SqueezeNet's is a convolution
    spatial = [each for each in layers if each.spatial and each.shape[0] > 1 and each.path != head]  # 1 channel: a gate
    last = next((each for each in reversed(spatial) if each.kind == "convolution"), None)
    mixing = [each for each in layers if each.kind == "attention" or (each.kind == "linear" and each.layout != "NC")]
    if not last or (mixing and mixing[-1].order > last.order):
        return _last_block(model, spatial)
    around = [each for each in spatial if any_within([last.path], each.path) and each.shape[1:] == last.shape[1:]]
    wider = [each for each in around if each.shape[0] > last.shape[0]]
    return next(iter(wider or around), last)


def _last_block(model: Classifier, spatial: Sequence[Layer]) -> Layer:
    norms = [each for each in spatial if each.kind == "normalization"]
    blocks = [each for each in spatial if each.kind == "block"] or [each for each in norms if not each.prefix]
    if not blocks:
        raise NotShowable(f"No late layer of {model.name} has places.", "Choose a method that needs no layer.")
    last = blocks[-1]
    token_alone = getattr(model.network, "global_pool", "") == "token" or hasattr(model.network, "class_token")
    if last.prefix and token_alone:
        return next((each for each in norms if any_within([each.path], last.path)), last)
    return last
