"""The saliency methods: one line each, in the order of the screen."""

from __future__ import annotations

from typing import Literal

from vizlib.method import Menu
from vizlib.saliency.class_activation import (
    finer_cam,
    grad_cam,
    grad_cam_pp,
    guided_grad_cam,
    hires_cam,
    layer_cam,
    score_cam,
)
from vizlib.saliency.gradients import (
    deconvnet,
    expected_gradients,
    gradient,
    gradient_x_input,
    guided,
    integrated_gradients,
    smoothgrad,
)
from vizlib.saliency.perturbation import occlusion, rise
from vizlib.saliency.relevance import lrp

MENU = Menu(
    "saliency method",
    gradient.METHOD,
    gradient_x_input.METHOD,
    guided.METHOD,
    deconvnet.METHOD,
    smoothgrad.METHOD,
    integrated_gradients.METHOD,
    expected_gradients.METHOD,
    grad_cam.METHOD,
    guided_grad_cam.METHOD,
    grad_cam_pp.METHOD,
    layer_cam.METHOD,
    hires_cam.METHOD,
    score_cam.METHOD,
    finer_cam.METHOD,
    occlusion.METHOD,
    rise.METHOD,
    lrp.METHOD,
)
MethodName = Literal[  # the menu's keys, for editors
    "gradient",
    "gradient_x_input",
    "guided",
    "deconvnet",
    "smoothgrad",
    "integrated_gradients",
    "expected_gradients",
    "grad_cam",
    "guided_grad_cam",
    "grad_cam_pp",
    "layer_cam",
    "hires_cam",
    "score_cam",
    "finer_cam",
    "occlusion",
    "rise",
    "lrp",
]


def saliency_methods() -> list[str]:
    """The names that `saliency`, `explain` and `explaining` know, in the dashboard's order.

    gradient: how much the score moves with each pixel (Simonyan et al. 2013). No knobs.
    gradient_x_input: the gradient times the pixel's own value, as if the network were linear (Shrikumar et al. 2016).
        No knobs.
    guided: the gradient, but at every activation only evidence for the score passes (Springenberg et al. 2014). No
        knobs.
    deconvnet: the network run backward, with a ReLU on what comes back at every activation (Zeiler and Fergus 2013). No
        knobs.
    smoothgrad: the mean gradient over noisy copies (Smilkov et al. 2017). `samples=50` copies, `noise=0.15` as a share
        of the picture's range of values, `seed=0`; `kind="gradients"`, or the mean of their "squares", or their
        "variance".
    integrated_gradients: each pixel's share of the change of the score since a baseline (Sundararajan et al. 2017).
        `steps=50` points on the path; `baseline="black"`, "gray", "white", "blurred", "mean" or "references", or
        a picture.
    expected_gradients: each pixel's share of the difference to the mean score of `references` (Erion et al. 2019,
        GradientSHAP). `samples=100` places on the paths from them, `noise=0.0` on the picture, `seed=0`.
    grad_cam: the places of a late layer that are evidence for the score (Selvaraju et al. 2016). `layer`, by default
        the last maps, after their activation; `keep_negative=False`, or True to show evidence against it too.
    guided_grad_cam: guided backpropagation, kept where Grad-CAM finds the class (Selvaraju et al. 2016). `layer`.
    grad_cam_pp: Grad-CAM that counts small and repeated objects in full (Chattopadhyay et al. 2017). `layer`.
    layer_cam: each place weighted by its own positive gradient, also in early layers (Jiang et al. 2021). `layer`.
    hires_cam: each place of the layer times its gradient, signed (Draelos and Carin 2020). `layer`.
    score_cam: the maps weighted by the score of the picture behind them, without gradients (Wang et al. 2019). `layer`.
    finer_cam: why this class and not another (Zhang et al. 2025). `layer`, `against`, and `alpha=1.0`, the share of the
        other score that is taken off.
    occlusion: how much the score falls when a window hides the pixel (Zeiler and Fergus 2013). `window=0` px, 0 for a
        seventh of the picture, `stride=0` px, 0 for half the window; `fill="gray"`, "black", "blurred" or "mean".
    rise: how much higher the score is when a random mask keeps the pixel (Petsiuk et al. 2018). `masks=1000` of
        `cells=7` on each side, each kept with the probability `keep=0.5`, `seed=0`.
    lrp: the score itself, shared out layer by layer among the pixels (Bach et al. 2015). `rules="epsilon plus flat"`,
        or "epsilon" for all layers; `epsilon=1e-6`.

    Example:
        >>> import vizlib
        >>> vizlib.saliency_methods()  # doctest: +NORMALIZE_WHITESPACE
        ['gradient', 'gradient_x_input', 'guided', 'deconvnet', 'smoothgrad', 'integrated_gradients',
         'expected_gradients',
         'grad_cam', 'guided_grad_cam', 'grad_cam_pp', 'layer_cam', 'hires_cam', 'score_cam', 'finer_cam',
         'occlusion', 'rise',
         'lrp']
    """
    return [method.key for method in MENU]
