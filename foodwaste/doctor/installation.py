"""What ships with foodwaste and what the system lends it: files, profiles, font, HEIC."""

from __future__ import annotations

import sys
from time import monotonic

from foodwaste.doctor.check import Check, install_again, pip
from foodwaste.errors import FoodwasteError
from foodwaste.resources import resource_dir

#: The pictures that the first command of the README reads.
_SAMPLES = ("steel/before.jpg", "steel/after.jpg")
#: The doctor waits longer than the budget: the first start after installing reads every library
#: from disk, and being slow is a finding, not a failure.
_PATIENCE_S = 60.0


def check_shipped_files() -> Check:
    """Calibration, models and samples: whether the installation is whole."""
    try:
        calibration = resource_dir("calibration")
        models = resource_dir("models")
        samples = resource_dir("samples")
    except FileNotFoundError as error:
        return Check("shipped files", "missing", str(error), install_again())
    absent = [name for name in _SAMPLES if not (samples / name).is_file()]
    if not list(calibration.glob("*.yaml")):
        absent.append("calibration/*.yaml")
    if absent:
        return Check("shipped files", "missing", f"absent: {', '.join(absent)}", install_again())
    size_mb = sum(path.stat().st_size for path in models.rglob("*") if path.is_file()) / 1e6
    return Check("shipped files", "ok", f"{calibration.parent} (models {size_mb:.1f} MB)")


def check_sample() -> Check:
    """The main job itself, on the shipped sample: that it works here, and how quickly."""
    begun = monotonic()
    from foodwaste.pipeline import DEFAULT_BUDGET_S, Analyzer, Job

    before, after = (resource_dir("samples") / name for name in _SAMPLES)
    analyzer = Analyzer()
    loaded = monotonic()
    job = Job(image=str(after), before=str(before), budget_s=_PATIENCE_S)
    report = analyzer.analyze(job)
    detail = f"loaded in {loaded - begun:.1f} s, analysed in {report.elapsed_s:.2f} s"
    if report.status != "ok":
        return Check("sample tray", "missing", f"{report.reason}", install_again())
    if report.elapsed_s > DEFAULT_BUDGET_S:
        mend = "close other programs, or give more time with --budget"
        return Check("sample tray", "warn", detail, mend)
    return Check("sample tray", "ok", detail)


def check_profiles() -> list[Check]:
    """Every shipped profile is read and validated."""
    from foodwaste.profile import available_profiles, load_profile

    checks = []
    for name in available_profiles():
        try:
            loaded = load_profile(name)
        except FoodwasteError as error:
            checks.append(Check(f"profile {name}", "missing", str(error), install_again()))
            continue
        picture = loaded.empty_picture
        if picture is not None and not picture.is_file():
            detail = f"its empty tray's picture is absent: {picture}"
            checks.append(Check(f"profile {name}", "missing", detail, install_again()))
            continue
        wells = len(loaded.profile.layout.compartments)
        checks.append(Check(f"profile {name}", "ok", f"{wells} compartments"))
    return checks


def check_models() -> list[Check]:
    """The embedded networks that ship: file and hash agree with the card."""
    from foodwaste.models.hashing import sha256_file
    from foodwaste.models.registry import file_of, known_models

    shipped = resource_dir("models")
    checks = []
    for name, known in sorted(known_models().items()):
        if known.folder != shipped:
            continue
        path = file_of(known)
        if not path.is_file():
            checks.append(Check(f"model {name}", "missing", f"{path} is absent", install_again()))
        elif sha256_file(path) != known.card.sha256:
            checks.append(Check(f"model {name}", "missing", f"{path} is damaged", install_again()))
        else:
            size_mb = path.stat().st_size / 1e6
            checks.append(Check(f"model {name}", "ok", f"{size_mb:.1f} MB, hash agrees"))
    return checks


def check_font() -> Check:
    """Whether the audit sheet can write Korean."""
    from foodwaste.fonts import korean_font

    found = korean_font()
    if found is not None:
        return Check("Korean font", "ok", str(found.path))
    detail = "none found: audit sheets are in Latin letters only"
    if sys.platform == "linux":
        mend = "sudo apt install fonts-noto-cjk   (or: sudo dnf install google-noto-sans-cjk-fonts)"
    else:
        mend = "install Noto Sans KR, or export FOODWASTE_FONT=/path/to/font.ttf"
    return Check("Korean font", "warn", detail, mend)


def check_heic() -> Check:
    """Whether photographs as phones write them can be read."""
    mend = pip("install", "--upgrade", "pillow-heif")
    try:
        import pillow_heif

        decoders = pillow_heif.libheif_info().get("decoders", {})
    except (ImportError, OSError) as error:
        return Check("HEIC", "missing", f"cannot be read ({error})", mend)
    if not decoders:
        return Check("HEIC", "missing", "pillow-heif was built without a decoder", mend)
    return Check("HEIC", "ok", ", ".join(sorted(map(str, decoders))))
