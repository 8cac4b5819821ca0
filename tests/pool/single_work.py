"""Tray work for ``answer_within``: real reports, and faults named by the picture's file name."""

from __future__ import annotations

import time
from pathlib import Path

from faulty_work import FAULTS

from foodwaste.errors import ModelMissing
from foodwaste.report import TrayReport


class SingleWork:
    """``settings["depth"]`` chooses how loading goes."""

    def __init__(self, settings):
        depth = settings.get("depth", "off")
        if depth == "hangs":
            time.sleep(3600)
        if depth == "missing":
            raise ModelMissing("no weights: run 'foodwaste models fetch'")

    def rungs(self, payload, budget_s):
        name = Path(payload["image"]).stem
        for step in name.split("+"):
            if step == "rung":
                yield report(payload, "fallback", "before depth")
            elif step in FAULTS:
                FAULTS[step]()
        data = Path(payload["image"]).read_bytes() if Path(payload["image"]).exists() else b""
        yield report(payload, "ok", None, notes=(f"{len(data)} bytes",))

    def fallback(self, payload):
        return report(payload, "fallback", "asked for")


def report(payload, status, reason, notes=()):
    return TrayReport(
        image=payload["image"],
        before=payload.get("before"),
        profile="steel-5",
        status=status,
        reason=reason,
        elapsed_s=0.0,
        notes=notes,
    ).model_dump(mode="json", by_alias=True)
