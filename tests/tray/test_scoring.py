"""Scores of places in a picture: also when there is no place to score."""

from __future__ import annotations

import numpy as np
import pytest

from foodwaste.profile import load_profile
from foodwaste.tray.edges import find_edges
from foodwaste.tray.scoring import agreement, score
from foodwaste.tray.template import template_of
from foodwaste.tray.view import whole_view


@pytest.fixture(scope="module")
def layout():
    return load_profile("steel-5").profile.layout


def test_no_places_give_no_scores(layout):
    edges = find_edges(whole_view(np.full((300, 400, 3), 128, np.uint8), side_px=400))
    template = template_of(layout, spacing_mm=12.0)
    gain, seen = agreement(edges, np.zeros((0, 3, 3)), template)
    assert gain.shape == seen.shape == (0, 9)
    assert score(edges, np.zeros((0, 3, 3)), template).shape == (0,)
