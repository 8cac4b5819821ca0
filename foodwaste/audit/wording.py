"""What the sheet says, in words a kitchen uses; no pixels here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from foodwaste.evidence import ESTIMATORS
from foodwaste.pipeline import Analysis
from foodwaste.report import CompartmentReport, TrayReport

ESTIMATOR_NAMES = {"backprojection": "colour", "depth": "depth", "quantity": "quantity"}
_COMPARED = {
    "before": "the before picture",
    "meal": "the reference tray of this meal",
    "serving": "the standard serving",
}
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Said:
    """One estimator's line: its ratio, confidence and weight (``None``: it gave none)."""

    estimator: str
    ratio: float | None
    confidence: float
    weight: float | None
    notes: tuple[str, ...] = ()


def percent(share: float) -> str:
    """``0.494`` as ``49 %``."""
    return f"{100 * share:.0f} %"


def interval_text(interval: tuple[float, float]) -> str:
    """``(0.33, 0.51)`` as ``33 – 51 %``."""
    return f"{100 * interval[0]:.0f} – {100 * interval[1]:.0f} %"


def file_name(source: str) -> str:
    """The last part of a path; ``-`` is standard input."""
    return "standard input" if source == "-" else PurePath(source).name or source


def compared_with(report: TrayReport) -> str:
    """What this report's ratios are relative to."""
    found = {item.reference for item in report.compartments if item.reference is not None}
    names = [_COMPARED[key] for key in _COMPARED if key in found]
    if not names:
        return "compared with nothing"
    text = "compared with " + " and ".join(names)
    return f"{text} ({file_name(report.before)})" if "before" in found and report.before else text


def names_in(analysis: Analysis) -> list[str]:
    """Every text on the sheet that somebody else chose."""
    report, profile = analysis.report, analysis.profile.profile
    names = [file_name(report.image), profile.title, profile.name]
    names += [] if report.before is None else [file_name(report.before)]
    for name, well in profile.layout.compartments.items():
        serving = profile.servings.get(name)
        names += [name, well.label.en, well.label.ko or ""]
        names.append((serving.dish if serving else None) or "")
    return names + [item.dish or "" for item in report.compartments]


def stages_text(report: TrayReport) -> str:
    """Elapsed time and where it went."""
    total = f"{report.elapsed_s:.2f} s"
    parts = [f"{stage.name} {stage.elapsed_s:.2f}" for stage in report.stages]
    return f"{total}   ({', '.join(parts)})" if parts else total


def estimators_that_ran(analysis: Analysis) -> list[str]:
    """Names of the estimators that judged this tray, in their fixed order."""
    ran = set(analysis.findings or {})
    for item in analysis.report.compartments:
        ran |= set(item.evidence)
    return [name for name in ESTIMATORS if name in ran]


def what_was_said(item: CompartmentReport) -> list[Said]:
    """Each estimator's line for one compartment."""
    return [
        Said(name, found.leftover_ratio, found.confidence, item.weights.get(name), found.notes)
        for name in ESTIMATORS
        if (found := item.evidence.get(name)) is not None
    ]


def why_not_measured(item: CompartmentReport) -> str:
    """The reason for a missing ratio, in a few words."""
    reasons = [_plain(note) for note in item.notes]
    return "; ".join(reasons) if reasons else "no estimator could judge it"


def remarks(item: CompartmentReport) -> list[str]:
    """What is worth knowing about a measured compartment, beside its estimators' own notes."""
    return [_plain(note) for note in item.notes]


def volume_is_measured(analysis: Analysis, compartment_id: str) -> bool:
    """Whether an estimator measured the volume itself, rather than a share of the serving."""
    for finding in (analysis.findings or {}).values():
        evidence = finding.evidence.get(compartment_id)
        if evidence is not None and evidence.volume_ml is not None:
            return True
    return False


def footnotes(analysis: Analysis, shown: dict[str, str]) -> list[str]:
    """What holds for the whole sheet. ``shown`` maps compartment ids to the names used."""
    report = analysis.report
    notes = [*report.notes]
    measured = [item for item in report.compartments if item.leftover_ratio is not None]
    no_volume = [shown[item.id] for item in measured if item.volume_ml is None]
    no_mass = [shown[item.id] for item in measured if item.mass_g is None]
    if no_volume:
        notes.append(
            f"Volume not measured ({_listed(no_volume)}): depth was not used there, "
            "and the profile gives no serving in ml."
        )
    if no_mass:
        notes.append(
            f"Mass not measured ({_listed(no_mass)}): the profile gives neither "
            "a serving in grams nor the dish's density."
        )
    if any(
        item.volume_ml is not None and not volume_is_measured(analysis, item.id)
        for item in measured
    ):
        notes.append("≈: a share of the standard serving, not a volume seen in the picture.")
    ran = estimators_that_ran(analysis)
    idle = [ESTIMATOR_NAMES[name] for name in ESTIMATORS if name not in ran]
    if idle:
        notes.append(f"Estimators that did not run: {', '.join(idle)}.")
    return notes


def _plain(note: str) -> str:
    """A report's note in the sheet's words: estimators as it names them, shares in percent."""
    for name, plain in ESTIMATOR_NAMES.items():
        if note.startswith(f"{name}: "):
            said = note.removeprefix(f"{name}: ")
            note = said if said.startswith(plain) else f"{plain}: {said}"
    return note.replace("read as 1", "read as 100 %")


def _listed(names: list[str]) -> str:
    return ", ".join(names)
