"""A soup's surface: flat but for its edge, and lamps in it stay where they are mirrored."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from foodwaste.profile import load_profile
from foodwaste.render.canvas import Canvas
from foodwaste.render.denoise import Features, denoise
from foodwaste.render.dish import DishSpec
from foodwaste.render.food_table import BY_NAME
from foodwaste.render.grid import volume_ml
from foodwaste.render.liquid import lay_liquid
from foodwaste.render.residue import residue_of
from foodwaste.render.spec import draw_scene
from foodwaste.render.tray import empty_tray

BROTH = np.full(3, 0.4, np.float32)


@pytest.fixture(scope="module")
def soup_well():
    """An empty well for soup: ``soup_well()``."""
    spec = draw_scene(3, "steel-5", 2)
    tray = empty_tray(load_profile("steel-5").profile.layout, spec.step_mm, spec.tray)
    well = tray.wells["soup"]
    return lambda: Canvas(well, tray.z_mm[well.window.index])


def soup(seed, kind="red soup"):
    return DishSpec(
        compartment="soup", kind=kind, seed=seed, serving_ml=220.0, centre=(0.0, 0.0),
        spread=0.9, mode="level", direction_rad=0.4, keep=(1.0, 0.4), residue=0.6, shade=0.5,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_a_soup_stands_higher_at_its_edge_and_is_flat_a_centimetre_off(soup_well, seed):
    canvas = soup_well()
    level = lay_liquid(canvas, soup(seed), BY_NAME["red soup"], BROTH, 0)
    above = canvas.top_mm - level
    # Pieces stand out of it and lift it around them; most of a soup is far from any.
    away = cv2.distanceTransform(canvas.liquid.astype(np.uint8), cv2.DIST_L2, 5)
    away *= canvas.grid.step_mm
    edge, middle = canvas.liquid & (away < 1.5), canvas.liquid & (away > 10.0)
    assert np.median(above[edge]) > 0.15
    assert above[edge].max() < 2.5
    assert abs(np.median(above[middle])) < 0.1


@pytest.mark.parametrize("share", [0.2, 0.6, 1.0])
def test_what_climbs_the_wall_is_hardly_any_soup(soup_well, share):
    canvas = soup_well()
    dish = dataclasses.replace(soup(1), keep=(share,))
    lay_liquid(canvas, dish, BY_NAME["red soup"], BROTH, 0)
    volume = volume_ml(canvas.food_mm, canvas.grid.step_mm)
    # Pieces that stand out of the soup are volume as well: never less than was poured.
    assert share * 220.0 - 1.0 <= volume <= share * 220.0 + 25.0


def test_some_soups_leave_the_wall_wet_where_they_stood_and_not_above(soup_well):
    coated = 0
    for seed in range(12):
        # Hardly any other residue, so that what is wet is the coat.
        dish = dataclasses.replace(soup(seed), residue=0.05)
        served, now = soup_well(), soup_well()
        lay_liquid(served, dish, BY_NAME["red soup"], BROTH, 0)
        level = lay_liquid(now, dish, BY_NAME["red soup"], BROTH, 1)
        left = residue_of(now, served.food_mm, dish, BY_NAME["red soup"], 1, level)
        stood_at = float(np.median(served.top_mm[served.food_mm > 0]))
        wall = now.well.rim_mm > 0
        wet = wall & (now.tray_mm > level + 1) & (now.tray_mm < stood_at - 2)
        coated += left.cover[wet].mean() > 0.2
        assert left.cover[wall & (now.tray_mm > stood_at + 1.5)].mean() < 0.1
    assert 2 <= coated <= 10


def test_a_lamp_in_a_flat_soup_does_not_run_out_into_it():
    rng = np.random.default_rng(0)
    radiance = np.full((60, 80, 3), 0.05) * rng.normal(1, 0.1, (60, 80, 1))
    lamp = (slice(20, 40), slice(30, 50))
    radiance[lamp] = 0.5 * rng.normal(1, 0.2, (20, 20, 1))
    normal = np.zeros((60, 80, 3), np.float32)
    normal[..., 2] = 1
    flat = Features(np.full((60, 80, 3), 0.1, np.float32), normal, np.full((60, 80), 2, np.uint8))
    seen = denoise(radiance.astype(np.float32), flat).mean(-1)
    assert seen[24:36, 34:46].mean() == pytest.approx(0.5, rel=0.1)
    # Two pixels beside the lamp it is broth again; the noise in either is mostly gone.
    assert seen[17, 32:48].mean() < 0.10
    assert seen[24:36, 34:46].std() < 0.05
    assert seen[:12].std() < 0.003
