"""Scenes and files, generated and seeded; encoded by Pillow, never by the code under test."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

#: What a camera held at that orientation stores, so that the scene is shown upright.
STORED = {
    1: lambda scene: scene,
    2: lambda scene: scene[:, ::-1],
    3: lambda scene: scene[::-1, ::-1],
    4: lambda scene: scene[::-1],
    5: lambda scene: scene.transpose(1, 0, 2),
    6: lambda scene: np.rot90(scene, 1),
    7: lambda scene: scene[::-1, ::-1].transpose(1, 0, 2),
    8: lambda scene: np.rot90(scene, -1),
}

#: First column, first row and steps of each pass of an interlaced PNG.
ADAM7 = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]


@pytest.fixture(scope="session")
def make_scene():
    """Smooth, coloured, and without symmetry: each of its orientations looks different."""

    def make(width=232, height=168, seed=7):
        rng = np.random.default_rng(seed)
        coarse = rng.integers(20, 235, size=(7, 9, 3)).astype(np.float32)
        scene = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.clip(scene, 0, 255).astype(np.uint8)

    return make


@pytest.fixture(scope="session")
def scene(make_scene):
    picture = make_scene()
    picture.flags.writeable = False
    return picture


@pytest.fixture(scope="session")
def encode():
    """Bytes of an RGB array or a Pillow image in any format, with an EXIF orientation."""
    pillow_heif.register_heif_opener()
    made = {}

    def encode(picture, format_name, orientation=None, **options):
        if not isinstance(picture, np.ndarray):
            return encode_anew(picture, format_name, orientation, **options)
        # Encoding HEIC takes ten times as long as all else: no file is made twice.
        key = (picture.tobytes(), picture.shape, format_name, orientation, repr(options))
        if key not in made:
            made[key] = encode_anew(picture, format_name, orientation, **options)
        return made[key]

    def encode_anew(picture, format_name, orientation=None, **options):
        if not isinstance(picture, Image.Image):
            picture = Image.fromarray(np.ascontiguousarray(picture))
        if orientation is not None:
            exif = Image.Exif()
            exif[0x0112] = orientation
            # As bytes: pillow-heif writes no rotation property for an Exif object.
            options["exif"] = exif.tobytes()
        buffer = io.BytesIO()
        picture.save(buffer, format_name, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture(scope="session")
def encode_held(encode):
    """Bytes of a picture of ``scene`` taken with the camera held at ``orientation``."""

    def encode_held(scene, format_name, orientation, **options):
        return encode(STORED[orientation](scene), format_name, orientation, **options)

    return encode_held


@pytest.fixture(scope="session")
def png_from_samples():
    """PNG bytes from raw samples ``(H, W, C)``, for kinds that Pillow does not write."""

    def chunk(kind, payload):
        checksum = struct.pack(">I", zlib.crc32(kind + payload))
        return struct.pack(">I", len(payload)) + kind + payload + checksum

    def png(samples, colour, *, interlaced=False):
        height, width = samples.shape[:2]
        bits = samples.dtype.itemsize * 8
        passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
        rows = [
            b"\0" + row.astype(samples.dtype.newbyteorder(">")).tobytes()
            for x, y, step_x, step_y in passes
            for row in samples[y::step_y, x::step_x]
        ]
        header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
        return b"".join(
            [
                b"\x89PNG\r\n\x1a\n",
                chunk(b"IHDR", header),
                chunk(b"IDAT", zlib.compress(b"".join(rows))),
                chunk(b"IEND", b""),
            ]
        )

    return png


@pytest.fixture
def without_rights():
    """A context in which a root's tests act as a user to whom permissions apply."""

    @contextlib.contextmanager
    def as_nobody():
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    return as_nobody
