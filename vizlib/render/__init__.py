"""Numbers -> pictures on screen: pure functions from tensors or arrays to uint8 arrays (H, W, 3).

Scaling for display happens in this room and nowhere else; every scale can be read and shared.
"""

from vizlib.render.heat import Array, Image8, color_stops, colorbar, heat, scale_of, scales_of
from vizlib.render.images import difference, enlarge, fitted, from_image, outline, overlay, stretched, to_image
from vizlib.render.labeled import Words, labeled
from vizlib.render.page_colors import OTHER, SOURCE, TARGET, page_colors, rgb
from vizlib.render.poster import poster
from vizlib.render.sheet import Grid, contact_sheet, kernels, mosaic, whole_filters, wide_columns
from vizlib.render.table import table

__all__ = [
    "OTHER",
    "SOURCE",
    "TARGET",
    "Array",
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
    "page_colors",
    "poster",
    "rgb",
    "scale_of",
    "scales_of",
    "stretched",
    "table",
    "to_image",
    "whole_filters",
    "wide_columns",
]
