"""Installed packages, by their metadata: of all of them only OpenCV is imported (0.1 s)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

from foodwaste.doctor.check import Check, pip

_OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
_REQUIREMENT = re.compile(r"^([\w.-]+)(?:\[[\w,]*\])?\s*\(?([^;()]*)\)?\s*(?:;(.*))?$")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")


def check_dependencies() -> list[Check]:
    """Every package that foodwaste needs: whether it is there, and new enough."""
    try:
        requirements = metadata.requires("foodwaste") or []
    except metadata.PackageNotFoundError:
        detail = "foodwaste is not installed as a package, only its folder is on the path"
        return [Check("foodwaste", "warn", detail, pip("install", "-e", "."))]
    checks = [Check("foodwaste", "ok", metadata.version("foodwaste"))]
    for name, least, extra in map(_parse, requirements):
        if extra is None:
            checks.append(_check_requirement(name, least))
    return checks


def check_extras() -> list[Check]:
    """Optional parts: whether what they need is there. Their absence is no fault."""
    try:
        requirements = [_parse(text) for text in metadata.requires("foodwaste") or []]
    except metadata.PackageNotFoundError:
        return []
    checks = []
    for extra in sorted({extra for _, _, extra in requirements if extra and extra != "test"}):
        needed = [name for name, _, owner in requirements if owner == extra]
        absent = [name for name in needed if _version(name) is None]
        detail = ", ".join(f"{name} {_version(name) or 'is not installed'}" for name in needed)
        mend = pip("install", *absent) if absent else None
        checks.append(Check(f"optional: {extra}", "ok", detail, mend))
    return checks


def check_opencv() -> Check:
    """Exactly one OpenCV package: they overwrite each other's files."""
    installed = [name for name in _OPENCV if _version(name) is not None]
    if not installed:
        mend = pip("install", "opencv-python")
        return Check("one OpenCV", "missing", "no OpenCV package is installed", mend)
    detail = ", ".join(f"{name} {_version(name)}" for name in installed)
    if len(installed) == 1:
        return _check_opencv_imports(detail)
    # Both must go first: removing one takes files of the other along.
    mend = f"{pip('uninstall', '-y', *installed)} && {pip('install', 'opencv-python')}"
    return Check("one OpenCV", "warn", f"{detail}: they overwrite each other's files", mend)


def check_torch_pair() -> Check:
    """Whether torch and torchvision are built for each other and come from one index."""
    torch, torchvision = _version("torch"), _version("torchvision")
    mend = pip("install", "--force-reinstall", "torch", "torchvision")
    if torch is None or torchvision is None:
        absent = "torch" if torch is None else "torchvision"
        return Check("torch pair", "missing", f"{absent} is not installed", mend)
    detail = f"torch {torch}, torchvision {torchvision}"
    wanted = _exact_requirement("torchvision", "torch")
    if wanted is not None and wanted != torch.partition("+")[0]:
        return Check("torch pair", "warn", f"{detail}, which is built for torch {wanted}", mend)
    if torch.partition("+")[2] != torchvision.partition("+")[2]:
        return Check("torch pair", "warn", f"{detail}: from different indexes", mend)
    return Check("torch pair", "ok", detail)


def _check_opencv_imports(detail: str) -> Check:
    """OpenCV with windows needs the system's OpenGL, which a bare server lacks."""
    try:
        import cv2  # noqa: F401 - only whether it can be
    except ImportError as error:
        if ".so" in str(error):
            mend = "sudo apt install libgl1 libglib2.0-0"
        else:
            mend = pip("install", "--force-reinstall", "opencv-python")
        return Check("one OpenCV", "missing", f"{detail}: {error}", mend)
    return Check("one OpenCV", "ok", detail)


def _check_requirement(name: str, least: str | None) -> Check:
    version = _version(name)
    if version is None and name in _OPENCV:
        others = [other for other in _OPENCV if _version(other) is not None]
        if others:
            return Check(name, "ok", f"{others[0]} {_version(others[0])} in its place")
    wanted = f"{name}>={least}" if least else name
    if version is None:
        return Check(name, "missing", "not installed", pip("install", wanted))
    if least is not None and _release(version) < _release(least):
        detail = f"{version} is older than {least}"
        return Check(name, "missing", detail, pip("install", "--upgrade", wanted))
    return Check(name, "ok", version)


def _parse(requirement: str) -> tuple[str, str | None, str | None]:
    """Name, least version and extra of one line of metadata (PEP 508, as far as we use it)."""
    match = _REQUIREMENT.match(requirement)
    if match is None:
        return requirement, None, None
    name, versions, marker = match.groups()
    least = re.search(r">=\s*([\w.]+)", versions)
    extra = _EXTRA.search(marker or "")
    return name, least and least.group(1), extra and extra.group(1)


def _exact_requirement(package: str, dependency: str) -> str | None:
    for name, version in _exact_requirements(package):
        if name == dependency:
            return version
    return None


def _exact_requirements(package: str) -> Iterator[tuple[str, str]]:
    for line in metadata.requires(package) or []:
        match = _REQUIREMENT.match(line)
        if match is not None and match.group(2).startswith("=="):
            yield match.group(1), match.group(2)[2:].strip()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without pre-release, local tag, or zeros at the end."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in match.group().split(".")] if match else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
