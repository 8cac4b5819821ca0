"""The height network looks at a tray twice: what it is told then, what is made of both looks."""

import numpy as np
import pytest

from foodwaste.depth.tray_inputs import KNOWN, known_planes, turned_planes
from foodwaste.depth.two_looks import look_twice

SHAPE = (8, 12)


def a_tray(rng):
    return {
        "rgb": rng.integers(0, 256, (*SHAPE, 3), dtype=np.uint8),
        "empty_surface_mm": rng.normal(-10, 5, SHAPE).astype(np.float32),
        "empty_rgb": rng.integers(0, 256, (*SHAPE, 3), dtype=np.uint8),
        "served_rgb": rng.integers(0, 256, (*SHAPE, 3), dtype=np.uint8),
        "food": rng.random(SHAPE).astype(np.float32),
        "served_height_mm": rng.normal(20, 5, SHAPE).astype(np.float32),
    }


def test_planes_turned_are_the_planes_of_the_turned_tray():
    tray = a_tray(np.random.default_rng(0))
    turned = {name: np.ascontiguousarray(each[::-1, ::-1]) for name, each in tray.items()}
    planes, wanted = known_planes(**tray), known_planes(**turned)
    np.testing.assert_allclose(turned_planes(planes), wanted, atol=1e-5)
    np.testing.assert_array_equal(turned_planes(turned_planes(planes)), planes)


class Slanting:
    """Says of every pixel how far right it lies in the picture, and how bright it is."""

    def __init__(self):
        self.pictures = None

    def run(self, rgb, extras):
        self.pictures, self.known = rgb, extras[KNOWN]
        right = np.broadcast_to(np.arange(SHAPE[1], dtype=np.float32), (len(rgb), *SHAPE))
        return {"right": right, "bright": rgb.mean(axis=3, dtype=np.float32)}


def test_what_depends_on_the_side_cancels_and_what_is_seen_stays():
    session, tray = Slanting(), a_tray(np.random.default_rng(1))
    rgb, known = tray["rgb"], known_planes(**tray)
    said = look_twice(session, rgb, known)
    assert said["right"] == pytest.approx(np.full(SHAPE, (SHAPE[1] - 1) / 2))
    np.testing.assert_allclose(said["bright"], rgb.mean(axis=2), rtol=1e-6)
    np.testing.assert_array_equal(session.pictures[1], rgb[::-1, ::-1])
    np.testing.assert_array_equal(session.known[0], known)
