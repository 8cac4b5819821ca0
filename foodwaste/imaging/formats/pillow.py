"""Pillow's decoder, for what OpenCV cannot or should not read. Imported only when needed."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from foodwaste.errors import ImageError
from foodwaste.imaging.formats.opencv import on_white
from foodwaste.imaging.picture import RgbImage

if TYPE_CHECKING:
    from PIL.Image import Image

#: What Pillow's plugins raise on damaged input (found by feeding them cut and altered files).
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError)


def decode(data: bytes, format_name: str, factor: int = 1) -> RgbImage:
    """First frame as stored, ``(H, W, 3)`` uint8 RGB, transparency laid on white.

    ``factor`` 2, 4 or 8 uses the JPEG decoder's own scaling; other formats ignore it.

    Raises:
        ImageError: the file is damaged.
    """
    with warnings.catch_warnings():
        # Bad EXIF and the like are announced as warnings; nobody can act on them.
        warnings.simplefilter("ignore")
        try:
            image = _open(data, format_name)
            if factor > 1:
                image.draft(None, (-(-image.width // factor), -(-image.height // factor)))
            image.load()
            return _to_rgb8(image)
        except _DAMAGE as error:
            reason = " ".join(str(error).split())
            raise ImageError(f"the {format_name} data is damaged ({reason})") from error
        except MemoryError as error:
            raise ImageError("not enough memory for this picture") from error


def _open(data: bytes, format_name: str) -> Image:
    # The plugin's class rather than Image.open: that imports every plugin (20 ms) and refuses
    # pictures over its own limit, where ours has been checked already and can be raised.
    from PIL import GifImagePlugin, JpegImagePlugin, TiffImagePlugin, WebPImagePlugin

    plugins: dict[str, Callable[[BinaryIO], Image]] = {
        "JPEG": JpegImagePlugin.JpegImageFile,
        "GIF": GifImagePlugin.GifImageFile,
        "TIFF": TiffImagePlugin.TiffImageFile,
        "WebP": WebPImagePlugin.WebPImageFile,
    }
    return plugins[format_name](io.BytesIO(data))


def _to_rgb8(image: Image) -> RgbImage:
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA"))
        return on_white(np.ascontiguousarray(rgba[:, :, :3]), rgba[:, :, 3])
    if image.mode not in ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr"):
        raise ImageError(f"pixels of the kind {image.mode!r} are not supported")
    return np.array(image.convert("RGB"))
