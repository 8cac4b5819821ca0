"""Tray work that answers at once, from the picture's bytes alone: equal pictures, equal reports.

A picture whose first line names a fault misbehaves (``tests/faults/faulty_work.py``).
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from faulty_work import FAULTS

from foodwaste.errors import ModelMissing
from foodwaste.report import CompartmentReport, TrayReport, TrayTotals

FACTORY = "quick_work:QuickWork"


class QuickWork:
    def __init__(self, settings):
        if settings["depth"].startswith("midas:"):
            raise ModelMissing("no weights: run 'foodwaste models fetch DPT_Large'")

    def rungs(self, payload, budget_s):
        yield self._report(payload)

    def fallback(self, payload):
        return self._report({**payload, "calm": True}, status="fallback", reason="asked for")

    def _report(self, payload, status="ok", reason=None):
        common = {"image": payload["image"], "before": payload["before"], "profile": "steel-5"}
        try:
            data = Path(payload["image"]).read_bytes()
        except OSError as error:
            reason = f"{payload['image']}: {error.strerror.lower()}"
            return _plain(status="failed", reason=reason, failure="unreadable", **common)
        word = data.split(b"\n", 1)[0].decode("utf-8", "replace")
        if word == "unreadable":
            return _plain(status="failed", reason="no", failure="unreadable", **common)
        if word.startswith("slow"):
            time.sleep(float(word.split()[1]))
        elif word in FAULTS and not payload.get("calm"):
            FAULTS[word]()
        ratio = hashlib.sha256(data).digest()[0] / 255
        well = CompartmentReport(
            id="rice",
            dish="쌀밥 <b>",
            leftover_ratio=round(ratio, 4),
            interval=(0.0, 1.0),
            mass_g=100.0,
            reference="before" if payload["before"] else "serving",
        )
        empty = CompartmentReport(id="soup", notes=("glare",))
        return _plain(
            status=status,
            reason=reason,
            compartments=(well, empty),
            tray=TrayTotals(leftover_ratio=round(ratio, 4), interval=(0.0, 1.0)),
            **common,
        )


def _plain(**fields):
    return TrayReport(elapsed_s=0.0, **fields).model_dump(mode="json", by_alias=True)
