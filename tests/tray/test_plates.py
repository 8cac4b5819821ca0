"""Free plates: found, matched, and brought to their slots, drawn and photographed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from foodwaste.evaluate.datasets import open_dataset
from foodwaste.profile import load_profile
from foodwaste.tray.frame import frame_of
from foodwaste.tray.plate_matching import match_plates
from foodwaste.tray.plate_slots import (
    plates_layout,
    plates_on_board,
    rectify_mask,
    rectify_plates,
)
from foodwaste.tray.plates import Plate, find_plates

RED, GREEN = (190, 60, 40), (60, 120, 40)


def table(plates, size=(960, 720), seed=0):
    """A beige table with white plates: ``((x, y), (a, b), angle, food colour, food share)``."""
    rng = np.random.default_rng(seed)
    picture = np.full((size[1], size[0], 3), (186, 170, 150), np.uint8)
    for centre, axes, angle, colour, share in plates:
        box = (centre, (2 * axes[0], 2 * axes[1]), angle)
        cv2.ellipse(
            picture, (centre, (2 * axes[0] + 8, 2 * axes[1] + 8), angle), (120, 110, 100), -1
        )
        cv2.ellipse(picture, box, (236, 236, 240), -1, cv2.LINE_AA)
        if share > 0:
            inner = (centre, (1.3 * axes[0] * share**0.5, 1.3 * axes[1] * share**0.5), angle)
            cv2.ellipse(picture, inner, colour, -1, cv2.LINE_AA)
    noisy = picture + rng.normal(0, 3, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def round_plates(*radii):
    """Plates in a row, side by side."""
    return [
        Plate((150.0 + 260.0 * i, 300.0), (float(r), float(r)), 0.0, 1.0)
        for i, r in enumerate(radii)
    ]


def test_plates_are_found_with_their_ellipse():
    drawn = [((260, 380), (170, 150), 20, RED, 0.5), ((690, 330), (150, 150), 0, GREEN, 0.6)]
    found = find_plates(table(drawn))
    assert len(found) == 2
    for plate, (centre, axes, _, _, _) in zip(found, drawn, strict=True):
        assert plate.centre_px == pytest.approx(centre, abs=4)
        assert sorted(plate.axes_px) == pytest.approx(sorted(axes), abs=5)


def test_a_rim_is_told_from_the_edges_of_what_the_plate_stands_on():
    # A board ends beside the plate, a note lies under its other side, food reaches over the rim.
    picture = np.full((720, 960, 3), (236, 236, 236), np.uint8)
    picture[:, 300:] = (176, 160, 140)
    picture[60:260, 250:400] = (230, 230, 40)
    cv2.ellipse(picture, ((480, 360), (408, 388), 10), (120, 112, 100), -1, cv2.LINE_AA)
    cv2.ellipse(picture, ((480, 360), (400, 380), 10), (226, 228, 232), -1, cv2.LINE_AA)
    cv2.circle(picture, (590, 430), 95, RED, -1, cv2.LINE_AA)
    noisy = picture + np.random.default_rng(0).normal(0, 3, picture.shape)
    (plate,) = find_plates(np.clip(noisy, 0, 255).astype(np.uint8))
    assert plate.centre_px == pytest.approx((480, 360), abs=4)
    assert sorted(plate.axes_px) == pytest.approx([190, 200], abs=5)


def test_a_table_without_plates_has_none():
    assert find_plates(table([])) == ()


def test_a_moved_plate_is_matched_by_what_lies_on_it():
    before = table([((260, 380), (150, 150), 0, RED, 0.6), ((690, 330), (150, 150), 0, GREEN, 0.6)])
    after = table([((260, 380), (150, 150), 0, GREEN, 0.2), ((690, 330), (150, 150), 0, RED, 0.3)])
    plates = find_plates(before)
    matched = match_plates(before, plates, after, find_plates(after))
    for plate, other in zip(plates, matched, strict=True):
        assert (plate.centre_px[0] < 480) == (other.centre_px[0] > 480)


def test_a_plate_that_is_gone_leaves_its_slot_unseen():
    before = table([((260, 380), (150, 150), 0, RED, 0.6), ((690, 330), (150, 150), 0, GREEN, 0.6)])
    after = table([((690, 330), (150, 150), 0, GREEN, 0.3)])
    plates = find_plates(before)
    matched = match_plates(before, plates, after, find_plates(after))
    assert sorted(plate is None for plate in matched) == [False, True]
    tray = rectify_plates(after, matched, plates_layout(plates))
    gone = f"plate-{matched.index(None) + 1}"
    assert not tray.valid[tray.frame.rim_masks[gone]].any()


def test_an_ellipse_becomes_its_slots_circle():
    picture = table([((480, 360), (200, 180), 30, RED, 0.5)])
    plates = find_plates(picture)
    tray = rectify_plates(picture, plates, plates_layout(plates))
    slot = tray.frame.rim_masks["plate-1"]
    red = (tray.rgb[..., 0] > 140) & (tray.rgb[..., 1] < 120) & slot
    # The food is drawn with 0.65 of the axes, times the root of its share.
    assert red.sum() / slot.sum() == pytest.approx(0.65**2 * 0.5, abs=0.03)
    rows, columns = np.nonzero(red)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), rel=0.06)


@pytest.mark.parametrize("count", range(1, 7))
def test_slots_do_not_touch(count):
    layout = plates_layout(round_plates(*[120, 120, 80, 120, 60, 120][:count]))
    assert len(layout.compartments) == count
    taken = sum(mask.astype(int) for mask in frame_of(layout).rim_masks.values())
    assert taken.max() == 1


def test_plates_stand_apart_even_where_they_were_seen_in_one_place():
    same = [Plate((300.0, 300.0), (100.0, 100.0), 0.0, 1.0)] * 2
    taken = sum(mask.astype(int) for mask in frame_of(plates_layout(same)).rim_masks.values())
    assert taken.max() == 1


def test_the_largest_plate_is_a_dinner_plate_and_the_others_keep_their_proportion():
    layout = plates_layout(round_plates(100, 75))
    radii = [well.rim_radius_mm for well in layout.compartments.values()]
    assert radii == pytest.approx([110, 82.5])


def test_two_plates_are_as_large_in_the_frame_as_on_the_rendered_canteen_tray():
    learned = frame_of(load_profile("canteen-plates").profile.layout)
    seen = frame_of(plates_layout(round_plates(120, 118)))
    assert seen.mm_per_px == pytest.approx(learned.mm_per_px, rel=0.02)


def test_plates_keep_their_places_beside_each_other():
    layout = plates_layout(round_plates(100, 100))
    (left, _), (right, _) = (w.rim_polygon_mm[0] for w in layout.compartments.values())
    assert left < right


def test_more_plates_than_slots_are_refused():
    with pytest.raises(ValueError, match="1 to 6"):
        plates_layout(round_plates(*[50] * 7))


def test_around_plates_lies_the_table_for_a_network_and_bare_rim_for_colour():
    picture = table([((480, 360), (200, 180), 30, RED, 0.5)])
    plates = find_plates(picture)
    layout = plates_layout(plates)
    on_board, on_rims = (f(picture, plates, layout) for f in (plates_on_board, rectify_plates))
    slot = on_board.frame.rim_masks["plate-1"]
    corner = (slice(0, 40), slice(0, 40))
    assert np.median(on_board.rgb[corner], axis=(0, 1)) == pytest.approx([186, 170, 150], abs=4)
    assert np.median(on_rims.rgb[corner], axis=(0, 1)) == pytest.approx([236, 236, 240], abs=4)
    assert (on_board.rgb[slot] == on_rims.rgb[slot]).all()


def test_a_mask_lies_where_its_pixels_lie():
    picture = table([((480, 360), (200, 180), 30, RED, 0.5)])
    plates = find_plates(picture)
    layout = plates_layout(plates)
    mask = (picture[..., 0] > 140) & (picture[..., 1] < 120)
    tray = rectify_plates(picture, plates, layout)
    red = (tray.rgb[..., 0] > 140) & (tray.rgb[..., 1] < 120)
    found = rectify_mask(mask, plates, layout)
    assert (found & red).sum() / (found | red).sum() > 0.97
    assert not rectify_mask(mask, [None], layout).any()


def test_all_plates_of_the_real_canteen_trays_are_found_and_matched(photographs):
    dataset = open_dataset(str(photographs / "canteen-tray"), load_profile("steel-5").profile)
    assert [len(tray.labels) for tray in dataset.trays] == [2, 2, 2, 3, 3, 3]
    labels = [label for tray in dataset.trays[:3] for label in tray.labels]
    pesto = [label.leftover_ratio for label in labels if label.dish == "pasta with pesto"]
    assert pesto == pytest.approx([0.78, 0.43, 0.0], abs=0.05)
