"""The development pictures ``steel-tray``: one meal on a steel tray, full, half and empty.

The ratios are nominal: half of every dish was left by eye, nothing was weighed.
"""

from __future__ import annotations

from pathlib import Path

from foodwaste.evaluate.labels import Dataset, DatasetError, Label, LabelledTray

_RATIOS = {"full.png": 1.0, "half.png": 0.5, "empty.png": 0.0}
_COMPARTMENTS = ("rice", "soup", "side-1", "side-2", "side-3")
#: ``full`` against itself is 1 whatever is measured: it says nothing.
_AFTER = ("half.png", "empty.png")


def read_steel_tray(folder: Path) -> Dataset:
    """Two labelled trays of one meal, against ``full.png``.

    Raises:
        DatasetError: a picture is missing.
    """
    for name in _RATIOS:
        if not (folder / name).is_file():
            raise DatasetError(f"{folder}: no {name}; is this the folder 'steel-tray'?")
    trays = tuple(
        LabelledTray(
            after=folder / name,
            before=folder / "full.png",
            meal="steel-tray",
            labels=tuple(
                Label(id_, leftover_ratio=_RATIOS[name], nominal=True) for id_ in _COMPARTMENTS
            ),
            empty=folder / "empty.png",
        )
        for name in _AFTER
    )
    note = "ratios are nominal (judged by eye), one meal: no interval over meals can be given"
    return Dataset("steel-tray", trays, (note,))
