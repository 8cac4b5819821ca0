"""The tray network on rendered meals that it never saw, and on the real development trays.

Figures by which checkpoints are ranked while training; what is published is measured by
``foodwaste evaluate`` through the whole product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from foodwaste import backprojection
from foodwaste.depth.registration import places_of_dishes, registered_places
from foodwaste.depth.tray_inputs import (
    FOLD,
    MEAN,
    STD,
    known_planes,
)
from foodwaste.depth.volume import wells_of
from foodwaste.evaluate.judge import rectified_tray
from foodwaste.profile import Profile, load_profile
from foodwaste.train.pack import Pack, read_pack
from foodwaste.train.tray_network import TrayReadings
from foodwaste.train.tray_scores import Readings, mean_scores, score_meal, well_sums
from foodwaste.tray.frame import Frame
from foodwaste.tray.types import RectifiedTray

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]

#: Probability from which a pixel's height counts.
FOOD_THRESHOLD = 0.5
_REAL_RATIO = 0.5


#: What is known of a state, given what was seen on the served one.
Teller = Callable[[int, Map | None], Map]


def read(network: nn.Module, rgb: Sequence[Rgb], tell: Teller) -> list[Readings]:
    """Runs the network in full precision on the states of one tray, the served one first.

    What it sees on the first goes in beside the others.
    """
    device = next(network.parameters()).device
    shipped = TrayReadings(network).eval()
    found: list[Readings] = []
    served: Map | None = None
    with torch.inference_mode():
        for state, picture in enumerate(rgb):
            image = torch.from_numpy(np.array(picture)).to(device)
            told = tell(state, served)
            folded = functional.pixel_unshuffle(to_image(image[None]), FOLD)
            answers = shipped(folded, torch.from_numpy(told)[None].to(device))
            height, _, food, _ = (functional.pixel_shuffle(each, FOLD)[:, 0] for each in answers)
            likely, high = food[0].cpu().numpy(), height[0].cpu().numpy()
            served = likely * high if served is None else served
            mm = np.where(likely >= FOOD_THRESHOLD, high, 0.0)
            found.append(Readings(mm.astype(np.float32), likely))
    return found


def to_image(rgb: torch.Tensor) -> torch.Tensor:
    """``(N, H, W, 3) uint8`` as the network's first input."""
    return (rgb.permute(0, 3, 1, 2).float() / 255.0 - MEAN) / STD


def held_out_figures(network: nn.Module, folders: Sequence[Path], name: str) -> dict[str, float]:
    """Mean errors over packed held-out meals, knowing what the product would tell of each.

    Returns:
        The figures of :func:`foodwaste.train.tray_scores.score_meal`, each as ``NAME/figure``.
    """
    scores = []
    for folder in folders:
        pack = read_pack(folder)
        scores.append(score_meal(pack, read(network, list(pack.rgb[1:]), partial(known_of, pack))))
    return {f"{name}/{key}": value for key, value in mean_scores(scores).items()}


def known_of(
    pack: Pack,
    state: int,
    served_height_mm: NDArray[np.floating] | None = None,
    *,
    empty: bool = False,
    others: bool = True,
) -> Map:
    """The network's second input for a state as the product would give it.

    Args:
        pack: the meal.
        state: 0 for the served one, which has no served picture beside it.
        served_height_mm: what was seen on the served tray; for other states.
        empty: with the empty tray's picture.
        others: with the served picture or, without one, the colours.
    """
    before = served_height_mm if others and state > 0 else None
    colour = pack.colour[0, state + 1].astype(np.float32) / 255.0
    rgb, served_rgb = np.asarray(pack.rgb[state + 1]), np.asarray(pack.rgb[1])
    places = None
    if before is not None:
        places = pack.places(state, before)
        places = registered_places(places, rgb, served_rgb, before, np.asarray(pack.wells))
    return known_planes(
        rgb,
        pack.surface_from(state),
        empty_rgb=np.asarray(pack.rgb[0]) if empty else None,
        served_rgb=None if before is None else served_rgb,
        food=colour if others and before is None else None,
        served_height_mm=before,
        places=places,
    )


@dataclass(frozen=True)
class RealTrays:
    """``steel-tray``: one real meal, full, nominally half eaten, and the clean tray."""

    pictures: tuple[Rgb, Rgb, Rgb]
    known: Mapping[str, Teller]
    frame: Frame

    def figures(self, network: nn.Module) -> tuple[dict[str, float], Rgb]:
        """Error of the half tray's ratios and reading of the empty tray's, in points; a panel.

        Once knowing the served tray alone, once the clean one as well.
        """
        figures: dict[str, float] = {}
        panel: Rgb = np.zeros((0, 0, 3), np.uint8)
        wells = wells_of(self.frame)
        for name, known in self.known.items():
            found = read(network, self.pictures, known)
            full, half, clean = (well_sums(each.height_mm, wells) for each in found)
            full = np.maximum(full, 1.0)
            figures[f"{name}/half_error"] = float(100 * np.abs(half / full - _REAL_RATIO).mean())
            figures[f"{name}/empty_worst"] = float(100 * (clean / full).max())
            for index, well in enumerate(self.frame.rim_masks):
                figures[f"{name}/half_{well}"] = float(half[index] / full[index])
            panel = panel_of(self.pictures, found)
        return figures, panel


def real_trays(folder: Path) -> RealTrays:
    """Finds and rectifies the three pictures of the development set ``steel-tray``."""
    loaded = load_profile("steel-5")
    full, half, empty = (
        rectified_tray(folder / f"{name}.png", loaded) for name in ("full", "half", "empty")
    )
    trays = (full, half, empty)
    known = {
        name: partial(_real_known, trays, picture, _colours(trays, picture, loaded.profile))
        for name, picture in (("real", None), ("real-empty", empty.rgb))
    }
    return RealTrays((full.rgb, half.rgb, empty.rgb), known, full.frame)


def _real_known(
    trays: Sequence[RectifiedTray],
    empty: Rgb | None,
    colours: Sequence[Map],
    state: int,
    served_height_mm: Map | None,
) -> Map:
    tray, served = trays[state], trays[0]
    before = None if state == 0 else served_height_mm
    return known_planes(
        tray.rgb,
        tray.empty_surface().height_mm,
        empty_rgb=empty,
        food=colours[state] if before is None else None,
        served_rgb=None if before is None else served.rgb,
        served_height_mm=before,
        places=None if before is None else places_of_dishes(tray, served, before),
    )


def _colours(trays: Sequence[RectifiedTray], empty: Rgb | None, profile: Profile) -> list[Map]:
    references = backprojection.learn_references(profile, trays[0], empty)
    found = [backprojection.estimate(tray, profile, references) for tray in trays]
    return [each.maps["food"].astype(np.float32) for each in found]


def panel_of(pictures: Sequence[Rgb], found: Sequence[Readings], *, most_mm: float = 40.0) -> Rgb:
    """Pictures over their heights (white is ``most_mm``) with food's probability in green."""
    rows = []
    for rgb, reading in zip(pictures, found, strict=True):
        height = np.clip(reading.height_mm / most_mm, 0.0, 1.0)
        shown = np.stack([height, np.maximum(height, 0.5 * reading.food), height], axis=-1)
        rows.append(np.concatenate([rgb, np.rint(255 * shown).astype(np.uint8)], axis=1))
    return np.concatenate(rows)
