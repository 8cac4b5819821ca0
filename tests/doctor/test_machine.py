"""Findings about the machine, from files laid out as the kernel does."""

from __future__ import annotations

import tempfile

import pytest

from foodwaste.doctor.machine import (
    check_cores,
    check_memory,
    check_model_folder,
    check_python,
    check_temporary_folder,
)


@pytest.fixture
def memory(tmp_path):
    def memory(available_mb, limits=()):
        (tmp_path / "meminfo").write_text(
            f"MemTotal: 99999999 kB\nMemAvailable: {available_mb * 1024} kB\n"
        )
        for name, text in limits:
            file = tmp_path / "cgroup" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return check_memory(proc=tmp_path, cgroup=tmp_path / "cgroup")

    return memory


def test_plenty_of_memory_is_ok(memory):
    check = memory(8000, [("memory.max", "max\n")])
    assert (check.status, check.detail) == ("ok", "8000 MB available")


def test_little_memory_is_told(memory):
    assert memory(300).status == "warn"


@pytest.mark.parametrize("name", ["memory.max", "memory/memory.limit_in_bytes"])
def test_a_containers_limit_counts_over_what_is_free(name, memory):
    check = memory(8000, [(name, f"{256 << 20}\n")])
    assert check.status == "warn"
    assert "limited to 256 MB" in check.detail
    assert check.mend is not None


def test_no_limit_in_the_old_notation_is_no_limit(memory):
    assert memory(8000, [("memory/memory.limit_in_bytes", "9223372036854771712\n")]).status == "ok"


def test_this_interpreter_and_its_cores_are_reported():
    assert check_python().status == "ok"
    assert int(check_cores().detail.split()[0]) >= 1


def test_a_model_folder_that_does_not_exist_yet_can_be_made(tmp_path, monkeypatch):
    monkeypatch.setenv("FOODWASTE_MODELS", str(tmp_path / "a" / "b"))
    assert check_model_folder().status == "ok"
    assert not (tmp_path / "a").exists()


def test_a_model_folder_below_a_file_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FOODWASTE_MODELS", str(tmp_path / "file" / "models"))
    check = check_model_folder()
    assert check.status == "warn"
    assert check.mend.startswith("export FOODWASTE_MODELS=")


def test_the_temporary_folder_is_named():
    assert check_temporary_folder().detail == tempfile.gettempdir()
