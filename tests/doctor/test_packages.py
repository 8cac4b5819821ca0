"""Findings about installed packages, on real metadata folders put first on the path."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from foodwaste.doctor import Check, worst
from foodwaste.doctor.packages import (
    check_dependencies,
    check_extras,
    check_opencv,
    check_torch_pair,
)

PACKAGE = Path(__file__).resolve().parents[2] / "foodwaste"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Makes a package look installed: its metadata, as pip leaves it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(name, version, requires=()):
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {line}" for line in requires]
        (folder / "METADATA").write_text("\n".join([*lines, "", ""]))
        return folder

    return install


def by_name(checks):
    return {check.name: check for check in checks}


def test_what_is_there_and_new_enough_is_ok(install):
    install("foodwaste", "9.9.9", ["alpha>=1.2", "beta (>=2)", 'gamma>=1; extra == "render"'])
    install("alpha", "1.10.1")
    install("beta", "2.0rc1")
    found = by_name(check_dependencies())
    assert found["alpha"] == Check("alpha", "ok", "1.10.1")
    assert found["beta"].status == "ok"
    assert "gamma" not in found


def test_what_is_absent_or_too_old_comes_with_its_command(install):
    install("foodwaste", "9.9.9", ["alpha>=1.10", "delta-package>=3.1,<4"])
    install("alpha", "1.9")
    found = by_name(check_dependencies())
    assert found["alpha"].status == "missing"
    assert found["alpha"].mend == f"{sys.executable} -m pip install --upgrade 'alpha>=1.10'"
    assert found["delta-package"].detail == "not installed"
    assert found["delta-package"].mend == f"{sys.executable} -m pip install 'delta-package>=3.1'"


def test_an_absent_extra_is_no_fault_but_comes_with_its_command(install):
    install("foodwaste", "9.9.9", ['epsilon>=1; extra == "render"', 'pytest; extra == "test"'])
    (check,) = check_extras()
    assert check.name == "optional: render"
    assert check.status == "ok"
    assert check.mend == f"{sys.executable} -m pip install epsilon"


def test_two_opencv_packages_are_told_and_both_replaced(install):
    assert check_opencv().status == "ok"
    install("opencv-python-headless", "4.9.0.80")
    install("opencv-python", "4.10.0.84")
    check = check_opencv()
    assert check.status == "warn"
    assert "opencv-python 4.10.0.84, opencv-python-headless 4.9.0.80" in check.detail
    assert check.mend.count("pip") == 2
    assert "uninstall -y opencv-python opencv-python-headless" in check.mend


def test_an_opencv_that_lacks_a_system_library_comes_with_the_command_for_it(tmp_path):
    said = "libGL.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "cv2.py").write_text(f"raise ImportError({said!r})")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from foodwaste.doctor.packages import check_opencv; found = check_opencv();"
        "print(found.status, found.detail, found.mend, sep='|')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, check=True, timeout=60
    )
    status, detail, mend = done.stdout.decode().strip().split("|")
    assert status == "missing"
    assert said in detail
    assert mend == "sudo apt install libgl1 libglib2.0-0"


def test_torch_and_torchvision_of_this_environment_belong_together():
    assert check_torch_pair().status == "ok"


@pytest.mark.parametrize(
    ("torch", "torchvision", "built_for", "said"),
    [
        ("2.6.0", "0.20.1", "2.5.1", "built for torch 2.5.1"),
        ("2.5.1+cpu", "0.20.1", "2.5.1", "different indexes"),
        ("2.5.1+cpu", "0.20.1+cu124", "2.5.1", "different indexes"),
    ],
)
def test_a_torch_from_elsewhere_is_told(torch, torchvision, built_for, said, install):
    install("torch", torch)
    install("torchvision", torchvision, ["numpy", f"torch (=={built_for})"])
    check = check_torch_pair()
    assert check.status == "warn"
    assert said in check.detail
    assert check.mend.endswith("install --force-reinstall torch torchvision")


@pytest.mark.parametrize("local", ["", "+cpu"])
def test_a_matching_pair_from_one_index_is_ok(local, install):
    install("torch", f"2.5.1{local}")
    install("torchvision", f"0.20.1{local}", ["torch==2.5.1"])
    assert check_torch_pair().status == "ok"


def test_the_worst_finding_counts():
    ok, warn = Check("a", "ok", ""), Check("b", "warn", "")
    missing = Check("c", "missing", "")
    assert worst([ok, missing, warn]) == "missing"
    assert worst([warn, ok]) == "warn"
    assert worst([]) == "ok"


def test_the_doctor_comes_even_when_nothing_else_is_installed(tmp_path):
    # Only the package itself and the standard library: -S leaves site-packages out.
    shutil.copytree(PACKAGE, tmp_path / "foodwaste", ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "foodwaste-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: foodwaste\nVersion: 1.0\nRequires-Dist: numpy>=1.26\n\n"
    )
    program = (
        "import sys, json; from dataclasses import asdict; sys.path.insert(0, sys.argv[1]);"
        "from foodwaste.doctor import examine;"
        "print(json.dumps([asdict(check) for check in examine()]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(tmp_path)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    found = {check["name"]: check for check in json.loads(done.stdout)}
    assert found["numpy"]["status"] == "missing"
    assert "pip install 'numpy>=1.26'" in found["numpy"]["mend"]
    assert found["one OpenCV"]["status"] == "missing"
    assert found["profiles"]["status"] == "missing"
    assert found["shipped files"]["status"] == "missing"
    assert found["python"]["status"] in ("ok", "warn")
    assert all(check["mend"] for check in found.values() if check["status"] == "missing")
