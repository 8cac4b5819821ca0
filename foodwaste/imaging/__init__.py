"""The only door for pictures: bytes in, one upright RGB array out."""

from foodwaste.imaging.load import MAX_MPIXELS, MIN_SIDE_PX, load
from foodwaste.imaging.picture import Picture
from foodwaste.imaging.save import encode_jpeg, encode_png, save_png

__all__ = [
    "MAX_MPIXELS",
    "MIN_SIDE_PX",
    "Picture",
    "encode_jpeg",
    "encode_png",
    "load",
    "save_png",
]
