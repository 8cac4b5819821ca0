"""Imports go down the layers, and the default path carries no training library."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "foodwaste"
SAMPLE = PROJECT / "samples" / "steel" / "after.jpg"

#: Rooms from the top down. A room imports from rows below its own and from itself: never
#: upwards, never sideways. A new room is entered here when it is made.
LAYERS = (
    {"cli"},
    {"batch", "calibrate", "train", "tune"},
    {"evaluate", "doctor"},
    {"render"},
    {"pool"},
    {"audit"},
    {"pipeline"},
    {"fusion"},
    {"comparison", "conformal"},
    {"backprojection", "depth", "quantity"},
    {"models"},
    {"tray"},
    {"imaging", "profile"},
    {"evidence", "report", "resources", "fonts"},
    {"errors"},
)
RANK = {room: row for row, rooms in enumerate(LAYERS) for room in rooms}

#: Where a heavy library may be imported at module level. Everywhere else it is imported by the
#: function that needs it, or not at all.
HOMES = {
    "torch": {"train", "models"},
    "torchvision": {"train", "models"},
    "timm": {"train", "models"},
    "mitsuba": {"render"},
    "drjit": {"render"},
    "optuna": {"tune"},
    "scipy": set(),  # no dependency
}
#: Never loaded to analyze a picture.
TRAINING_LIBRARIES = ("torch", "torchvision", "timm", "mitsuba", "optuna", "onnx")


def module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def room_of(module: str) -> str | None:
    """``foodwaste.tray.frame`` lives in ``tray``; the package itself in no room."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


@cache
def imports_of(module: str, *, at_import: bool) -> frozenset[str]:
    """Modules that ``module`` imports: all of them, or those it loads when imported itself."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(SOURCES[module].read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in SOURCES else str(node.module))
        deferred = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        only_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not (at_import and (deferred or only_types)):
            pending += ast.iter_child_nodes(node)
    return frozenset(found)


@cache
def loaded_with(module: str) -> frozenset[str]:
    """Everything that importing ``module`` loads, libraries by their first name."""
    seen: set[str] = set()
    pending = [module]
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in SOURCES:
            pending += imports_of(name, at_import=True)
            pending += [parent for parent in SOURCES if name.startswith(parent + ".")]
    return frozenset(name if name in SOURCES else name.split(".")[0] for name in seen)


def test_every_room_has_its_row():
    rooms = {room_of(module) for module in SOURCES} - {None}
    assert rooms <= set(RANK), f"give it a row in LAYERS: {rooms - set(RANK)}"


def test_imports_go_only_downwards():
    upwards = [
        f"{module} imports {imported}"
        for module in SOURCES
        for imported in imports_of(module, at_import=False)
        if imported.startswith("foodwaste.")
        and room_of(module) not in (None, room_of(imported))
        and {room_of(module), room_of(imported)} <= set(RANK)
        and RANK[room_of(imported)] <= RANK[room_of(module)]
    ]
    assert not upwards


def test_heavy_libraries_are_imported_at_module_level_only_at_home():
    strangers = [
        f"{module} imports {library}"
        for module in SOURCES
        for library in imports_of(module, at_import=True)
        if room_of(module) not in HOMES.get(library.split(".")[0], {room_of(module)})
    ]
    assert not strangers


def test_importing_a_room_never_loads_a_library_that_is_at_home_elsewhere():
    loads = [
        f"importing {module} loads {library}"
        for module in SOURCES
        for library in loaded_with(module) & set(HOMES)
        if room_of(module) not in HOMES[library] | {"train", "tune"}
    ]
    assert not loads


@pytest.mark.parametrize("module", ["foodwaste.models", "foodwaste.cli.main"])
def test_packages_that_everybody_imports_are_light(module):
    assert not loaded_with(module) & set(TRAINING_LIBRARIES)


def test_no_circle_of_imports_between_rooms():
    # Follows from the layers; kept because the layers' table can be edited.
    edges = {
        (room_of(module), room_of(imported))
        for module in SOURCES
        for imported in imports_of(module, at_import=False)
        if imported.startswith("foodwaste.")
    }
    assert not [(a, b) for a, b in edges if a != b and (b, a) in edges]


def loaded_by(program: str, *arguments: str) -> set[str]:
    """First names of all modules that a fresh interpreter has loaded after ``program``."""
    report = "import json, sys; sys.__stderr__.write('\\n' + json.dumps(sorted(sys.modules)))"
    program = f"import sys\ntry:\n    {program}\nexcept SystemExit:\n    pass\n{report}"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    return {name.split(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


RUN_COMMAND = "from foodwaste.cli.main import main; sys.argv[0] = 'foodwaste'; main()"
#: What a worker does, from its preloaded modules to the sheet, here in one process.
RUN_WORK = (
    "import foodwaste.pool.preload; from foodwaste.pool.tray_work import TrayWork; "
    "list(TrayWork({}).rungs({'image': sys.argv[1], 'audit': sys.argv[2]}, 60.0))"
)


@pytest.mark.parametrize("arguments", [["--help"], ["analyze", "--help"], ["--version"]])
def test_help_loads_neither_training_nor_picture_libraries(arguments):
    loaded = loaded_by(RUN_COMMAND, *arguments)
    assert "typer" in loaded
    assert not loaded & {*TRAINING_LIBRARIES, "cv2", "numpy", "onnxruntime", "PIL"}


def test_the_analyze_command_loads_no_training_library(tmp_path):
    sheet = tmp_path / "sheet.png"
    loaded = loaded_by(RUN_COMMAND, "analyze", str(SAMPLE), "--json", "--audit", str(sheet))
    assert "foodwaste" in loaded
    assert not loaded & set(TRAINING_LIBRARIES)


def test_the_worker_that_analyzes_loads_no_training_library(tmp_path):
    sheet = tmp_path / "sheet.png"
    loaded = loaded_by(RUN_WORK, str(SAMPLE), str(sheet))
    assert sheet.is_file()
    assert {"cv2", "onnxruntime", "PIL"} <= loaded
    assert not loaded & set(TRAINING_LIBRARIES)


def test_everything_on_the_default_path_loads_no_training_library():
    edges = {"train", "tune", "render", "models"}
    modules = [name for name in SOURCES if room_of(name) not in edges] + ["foodwaste.models"]
    loaded = loaded_by("[__import__(name) for name in sys.argv[1:]]", *modules)
    assert not loaded & set(TRAINING_LIBRARIES)
