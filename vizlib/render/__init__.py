"""Numbers -> pictures on screen: pure functions from tensors or arrays to uint8 arrays (H, W, 3).

Scaling for display happens in this room and nowhere else; every scale can be read and shared.
"""

from vizlib.render.heat import Image8, color_stops, colorbar, heat, scale_of, scales_of
from vizlib.render.images import difference, enlarge, fitted, from_image, outline, overlay, to_image
from vizlib.render.labeled import Words, labeled
from vizlib.render.poster import poster
from vizlib.render.sheet import Grid, contact_sheet, kernels, mosaic

__all__ = [
    "Grid",
    "Image8",
    "Words",
    "color_stops",
    "colorbar",
    "contact_sheet",
    "difference",
    "enlarge",
    "fitted",
    "from_image",
    "heat",
    "kernels",
    "labeled",
    "mosaic",
    "outline",
    "overlay",
    "poster",
    "scale_of",
    "scales_of",
    "to_image",
]
