"""Rendered meals prepared once for training: plain arrays that are mapped, not decoded.

Decoding three JPEGs and one compressed truth takes 25 ms a sample, the colour estimator more;
a mapped array costs nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foodwaste import backprojection
from foodwaste.depth.parallax import Eye, served_places
from foodwaste.depth.volume import wells_of
from foodwaste.pipeline.served import as_rectified
from foodwaste.profile import Layout, Profile, load_profile
from foodwaste.render.store import MEAL_FILE
from foodwaste.train.rendered import Meal, Truth, read_picture, read_truth
from foodwaste.tray.camera import camera_above
from foodwaste.tray.empty_surface import EmptySurface, empty_surface
from foodwaste.tray.frame import Frame, frame_of

Map = NDArray[np.float32]

#: Bits of ``classes``: food that is seen, what is left of it, food that something lies on, and
#: wells whose dish lies otherwise than it was served.
FOOD, RESIDUE, HIDDEN, MOVED = 1, 2, 4, 8
#: What is packed; another one's arrays are left alone.
_FORMAT = b"4"


@dataclass(frozen=True)
class Pack:
    """One meal of S states (the served one first), mapped read-only.

    Attributes:
        rgb: ``(1 + S, 288, 384, 3) uint8``; the empty tray first.
        height_mm: ``(S, 288, 384) float16``, of food, under a spoon or a napkin as well: it is
            left there all the same.
        classes: ``(S, 288, 384) uint8``, bits :data:`FOOD`, :data:`RESIDUE`, :data:`HIDDEN` and
            :data:`MOVED`.
        colour: ``(2, 1 + S, 288, 384) uint8``: 255 times the colour estimator's probability
            of food, knowing the served tray, and knowing nothing; the empty tray first.
        surface_mm: ``(2 + S, 288, 384) float16``: the empty surface from the usual place above,
            then for each of ``rgb`` from where rectification would put its camera.
        eyes_px: ``(1 + S, 4) float32``: that place, for each of ``rgb``: x and y of the point below
            and the height over the rim plane, in the frame's pixels, and how many mm these have.
        wells: ``(288, 384) uint8``, 1 + the index of the well a pixel's food counts for.
    """

    rgb: NDArray[np.uint8]
    height_mm: NDArray[np.float16]
    classes: NDArray[np.uint8]
    colour: NDArray[np.uint8]
    surface_mm: NDArray[np.float16]
    eyes_px: NDArray[np.float32]
    wells: NDArray[np.uint8]

    def surface_from(self, state: int) -> NDArray[np.float16]:
        """The empty surface as it is seen in a state's picture; -1 is the clean tray's."""
        surface: NDArray[np.float16] = self.surface_mm[state + 2]
        return surface

    def places(self, state: int, height_mm: NDArray[np.floating]) -> Map | None:
        """Where in the served picture what a state shows is found; -1 is the clean tray.

        ``height_mm`` is what is thought to have been served.
        """
        now, served = (Eye(*self.eyes_px[at, :3].tolist()) for at in (state + 1, 1))
        return served_places(
            now,
            served,
            surface_mm=self.surface_from(state),
            served_surface_mm=self.surface_from(0),
            served_height_mm=height_mm,
            mm_per_px=float(self.eyes_px[1, 3]),
        )


def pack_folder(meal: Meal, cache: Path) -> Path:
    """Prepares a meal unless it has been; returns the folder of its arrays."""
    # By content: a folder may have been rendered anew under its old name.
    content = _FORMAT + (meal.folder / MEAL_FILE).read_bytes() + meal.empty.read_bytes()
    name = hashlib.sha256(content).hexdigest()[:16]
    final = cache / f"{meal.profile}-{name}"
    if final.is_dir():
        return final
    # A folder of its own: two runs may share the cache and come to the same meal at once.
    with tempfile.TemporaryDirectory(prefix=f".{final.name}.", dir=cache) as own:
        partial = Path(own) / final.name
        partial.mkdir()
        for key, array in _arrays(meal, seed=int(name[:8], 16)).items():
            np.save(partial / f"{key}.npy", array)
        try:
            partial.rename(final)
        except OSError:
            if not final.is_dir():
                raise
    return final


def read_pack(folder: Path) -> Pack:
    """Maps the arrays of a packed meal."""
    return Pack(
        **{
            name: np.load(folder / f"{name}.npy", mmap_mode="r")
            for name in Pack.__dataclass_fields__
        }
    )


@lru_cache
def is_steel(profile: str) -> bool:
    """Whether the tray of this profile is of steel."""
    return load_profile(profile).profile.layout.material == "steel"


def _arrays(meal: Meal, seed: int) -> dict[str, NDArray[Any]]:
    profile = load_profile(meal.profile).profile
    frame = frame_of(profile.layout)
    empty = read_picture(meal.empty)
    pictures = [empty, *(read_picture(state.picture) for state in meal.states)]
    truths = [read_truth(state) for state in meal.states]
    cameras = [meal.empty_camera, *(state.camera for state in meal.states)]
    surfaces = [nominal_surface(frame)]
    surfaces += [empty_surface(frame, camera) for camera in cameras]
    names = list(profile.layout.compartments)
    wells = wells_of(frame)
    stirred = np.isin(wells, [1 + names.index(each) for each in meal.stirred])
    eyes = [(*dataclasses.astuple(Eye.of(each, frame)), frame.mm_per_px) for each in cameras]
    return {
        "rgb": np.stack(pictures),
        "height_mm": np.stack([t.height_mm for t in truths]),
        "classes": np.stack([_classes(t, stirred & (at > 0)) for at, t in enumerate(truths)]),
        # Half of the sites have an empty picture: its colours are used where there is one.
        "colour": np.stack(
            [
                _colour(profile, pictures, pictures[1], empty if seed % 2 else None),
                _colour(profile, pictures, None, None),
            ]
        ),
        "surface_mm": np.stack([each.height_mm for each in surfaces]).astype(np.float16),
        "eyes_px": np.array(eyes, np.float32),
        "wells": wells,
    }


def _classes(truth: Truth, moved: NDArray[np.bool_]) -> NDArray[np.uint8]:
    hidden = ~truth.food & (truth.height_mm > 0)
    bits = FOOD * truth.food + RESIDUE * truth.residue + HIDDEN * hidden + MOVED * moved
    return np.asarray(bits, np.uint8)


def _colour(
    profile: Profile,
    pictures: list[NDArray[np.uint8]],
    served: NDArray[np.uint8] | None,
    empty: NDArray[np.uint8] | None,
) -> NDArray[np.uint8]:
    tray = None if served is None else as_rectified(served, profile)
    references = backprojection.learn_references(profile, tray, empty)
    maps = []
    for rgb in pictures:
        found = backprojection.estimate(as_rectified(rgb, profile), profile, references)
        maps.append(np.rint(255.0 * found.maps["food"].astype(np.float32)).astype(np.uint8))
    return np.stack(maps)


def nominal_surface(frame: Frame) -> EmptySurface:
    """The empty tray as it is seen from the usual place above it."""
    return _surface_of(frame.layout.model_dump_json())


@lru_cache(maxsize=8)
def _surface_of(layout_json: str) -> EmptySurface:
    layout = Layout.model_validate_json(layout_json)
    return empty_surface(frame_of(layout), camera_above(layout.width_mm, layout.height_mm))
