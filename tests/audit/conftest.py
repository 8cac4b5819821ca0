"""Analyses of drawn trays, as the pipeline would hand them to the sheet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from foodwaste import backprojection
from foodwaste.audit.canvas import Canvas
from foodwaste.evidence import Evidence, Finding
from foodwaste.imaging import Picture
from foodwaste.pipeline import Analysis
from foodwaste.pipeline.served import Served, as_rectified
from foodwaste.pipeline.sight import Sight
from foodwaste.profile import Compartment, Label, Layout, LoadedProfile, Profile, Serving
from foodwaste.report import (
    CompartmentReport,
    EvidenceReport,
    StageTime,
    TrayReport,
    TrayTotals,
)
from foodwaste.tray import frame_of

KOREAN = "아주매운제육볶음과쌈채소그리고된장소스를곁들인오늘의특별반찬"


def grid_layout(count: int, *, ko: str | None = "반찬") -> Layout:
    """``count`` wells in rows of at most three."""
    columns = min(3, count)
    rows = -(-count // columns)
    width, height = (375 - 20) / columns, (290 - 20) / rows
    wells = {}
    for index in range(count):
        x, y = 12 + width * (index % columns), 12 + height * (index // columns)
        w, h = width - 8, height - 8
        wells[f"well-{index + 1}"] = Compartment(
            label=Label(en=f"well {index + 1}", ko=None if ko is None else f"{ko} {index + 1}"),
            rim_polygon_mm=((x, y), (x + w, y), (x + w, y + h), (x, y + h)),
            rim_radius_mm=12,
            floor_polygon_mm=(
                (x + 10, y + 10),
                (x + w - 10, y + 10),
                (x + w - 10, y + h - 10),
                (x + 10, y + h - 10),
            ),
            depth_mm=25,
            capacity_ml=100,
            liquid=index == 1,
        )
    return Layout(
        width_mm=375,
        height_mm=290,
        rim_height_mm=30,
        corner_radius_mm=20,
        material="steel",
        compartments=wells,
    )


@dataclass(frozen=True)
class Case:
    """What a drawn analysis looks like; every field is one way in which reports differ."""

    wells: int = 5
    reference: str = "before"
    served_picture: bool = True
    findings: bool = True
    unmeasured: tuple[str, ...] = ()
    estimators: tuple[str, ...] = ("backprojection",)
    amounts: bool = True
    status: str = "ok"
    reason: str | None = None
    image: str = "/somewhere/after.jpg"
    dish: str | None = "rice"
    ko: str | None = "반찬"
    ratio: float = 0.42
    notes: tuple[str, ...] = ()


def food_disc(frame, compartment_id: str) -> np.ndarray:
    """``(H, W) bool``: a disc of food in the middle of a well."""
    rows, columns = np.nonzero(frame.rim_masks[compartment_id])
    disc = np.zeros(frame.shape, np.uint8)
    cv2.circle(disc, (int(columns.mean()), int(rows.mean())), 18, 1, -1)
    return disc.astype(bool)


def make_analysis(case: Case) -> Analysis:
    layout = grid_layout(case.wells, ko=case.ko)
    servings = {name: Serving(dish=case.dish, volume_ml=60) for name in layout.compartments}
    profile = Profile(
        name="drawn", title="A drawn tray", layout=layout, servings=servings if case.dish else {}
    )
    frame = frame_of(layout)
    rng = np.random.default_rng(7)
    rgb = np.full((*frame.shape, 3), 170, np.uint8)
    rgb += rng.integers(0, 20, rgb.shape, dtype=np.uint8)
    food = np.zeros(frame.shape, bool)
    for name in layout.compartments:
        if name not in case.unmeasured:
            food |= food_disc(frame, name)
    rgb[food] = (150, 60, 30)
    residue = np.roll(food, 25, axis=1) & ~food & np.any(list(frame.rim_masks.values()), axis=0)
    tray = as_rectified(rgb, profile)
    items = tuple(_item(case, name) for name in layout.compartments)
    measured = [item for item in items if item.leftover_ratio is not None]
    report = TrayReport(
        image=case.image,
        before="/somewhere/before.jpg" if case.reference == "before" else None,
        profile="drawn",
        status=case.status,
        reason=case.reason,
        elapsed_s=0.123,
        stages=(StageTime(name="imaging", elapsed_s=0.02),),
        compartments=items,
        tray=TrayTotals(leftover_ratio=case.ratio, interval=(0.3, 0.6))
        if measured
        else TrayTotals(),
        notes=case.notes,
    )
    maps = {"food_mask": food, "residue": residue, "food": food.astype(np.float32)}
    evidence = {
        item.id: Evidence(0.4, 0.7, 0.1, volume_ml=30.0 if case.amounts else None)
        for item in measured
    }
    findings = {"backprojection": Finding(evidence, maps)}
    served = Served(
        case.reference,
        tray if case.served_picture else None,
        backprojection.ColourReferences(None, None),
        findings if case.served_picture else {},
    )
    picture = Picture(rgb, (384, 288), 1.0, 1, "PNG", False, (), "0" * 64)
    return Analysis(
        lambda: report,
        LoadedProfile(profile, Path("drawn.yaml")),
        Sight(picture, tray),
        served,
        findings if case.findings else None,
    )


def _item(case: Case, name: str) -> CompartmentReport:
    if name in case.unmeasured:
        return CompartmentReport(
            id=name, dish=case.dish, notes=("backprojection: out of the picture",)
        )
    said = {
        estimator: EvidenceReport(
            amount=0.4, leftover_ratio=case.ratio, confidence=0.7, notes=("glare",)
        )
        for estimator in case.estimators
    }
    return CompartmentReport(
        id=name,
        dish=case.dish,
        leftover_ratio=case.ratio,
        interval=(max(0.0, case.ratio - 0.2), min(1.0, case.ratio + 0.2)),
        confidence=0.66,
        volume_ml=30.0 if case.amounts else None,
        mass_g=24.0 if case.amounts else None,
        reference=case.reference,
        weights={estimator: 1 / len(case.estimators) for estimator in case.estimators},
        evidence=said,
    )


@pytest.fixture
def analysis_of():
    """Makes an analysis: ``analysis_of(wells=9, reference="serving", ...)``; see ``Case``."""
    return lambda **fields: make_analysis(Case(**fields))


@pytest.fixture
def written(monkeypatch):
    """Every text that reaches a sheet: ``(text, left, top, right, bottom)`` in pixels."""
    found = []
    original = Canvas.text

    def text(self, x, y, text, size, colour, *, bold=False, align="left"):
        original(self, x, y, text, size, colour, bold=bold, align=align)
        shown = self.lettering.showable(text)
        if shown.strip():
            anchor = {"left": "ls", "middle": "ms", "right": "rs"}[align]
            left, top, right, bottom = self.lettering.font(size, bold=bold).getbbox(
                shown, anchor=anchor
            )
            found.append((shown, x + left, y + top, x + right, y + bottom))

    monkeypatch.setattr(Canvas, "text", text)
    return found
