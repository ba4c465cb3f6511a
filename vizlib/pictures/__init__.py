"""Bytes -> a trusted picture -> bytes: the one room through which pictures come in and go out."""

from vizlib.pictures._formats import ENDINGS
from vizlib.pictures.archive import MAX_GIVEN, printable
from vizlib.pictures.given import Picture, Pictures, as_picture
from vizlib.pictures.jpeg import recompressed
from vizlib.pictures.npz import is_npz
from vizlib.pictures.opening import open_picture, reduced
from vizlib.pictures.samples import sample_photographs, sample_textures
from vizlib.pictures.unpacking import Unpacked, unpacked, unpacked_pictures
from vizlib.pictures.writing import encode_movie, encode_png, read_recipe

__all__ = [
    "ENDINGS",
    "MAX_GIVEN",
    "Picture",
    "Pictures",
    "Unpacked",
    "as_picture",
    "encode_movie",
    "encode_png",
    "is_npz",
    "open_picture",
    "printable",
    "read_recipe",
    "recompressed",
    "reduced",
    "sample_photographs",
    "sample_textures",
    "unpacked",
    "unpacked_pictures",
]
