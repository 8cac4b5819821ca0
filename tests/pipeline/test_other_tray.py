"""A tray that is not the profile's is not measured as if it were, and is called by its name."""

from __future__ import annotations

import pytest

from foodwaste.errors import TrayNotFound
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.sight import look
from foodwaste.profile import load_profile

WHITE_TRAYS = [f"white-tray-{number}.jpg" for number in range(1, 9)]
STEEL_TRAYS = ["full.png", "half.png", "empty.png", "empty_side.png"]


def seen(path, profile):
    layout = load_profile(profile).profile.layout
    return look(str(path), layout, Budget.unlimited(), max_mpixels=100.0)


@pytest.mark.parametrize("name", ["before.jpg", "after.jpg", "empty.jpg"])
@pytest.mark.parametrize(("tray", "other"), [("steel", "white"), ("white", "steel")])
def test_a_sample_of_the_other_tray_is_told_by_name(project, tray, other, name):
    path = project / "samples" / tray / name
    assert seen(path, f"{tray}-5").location.score > 0.3
    with pytest.raises(TrayNotFound, match=rf"give --profile {tray}-5\)"):
        seen(path, f"{other}-5")


@pytest.mark.parametrize("name", WHITE_TRAYS)
def test_no_real_white_tray_passes_for_one_of_steel(photographs, name):
    with pytest.raises(TrayNotFound, match=r"give --profile white-5\)"):
        seen(photographs / "tray-look" / name, "steel-5")


@pytest.mark.parametrize("name", STEEL_TRAYS)
def test_no_real_steel_tray_passes_for_a_white_one(photographs, name):
    path = photographs / "steel-tray" / name
    assert seen(path, "steel-5").location.score > 0.21
    with pytest.raises(TrayNotFound, match=r"give --profile steel-5\)"):
        seen(path, "white-5")


def test_a_tray_of_no_shipped_profile_is_answered_with_what_can_be_done(photographs):
    with pytest.raises(TrayNotFound, match="foodwaste calibrate"):
        seen(photographs / "tray-look" / "steel-tray-six-wells.jpg", "steel-5")
