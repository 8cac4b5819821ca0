"""MiDaS from checkout to analysis: load, run, export, parity, speed, memory. Made-up weights.

    python benchmarks/midas.py CHECKOUTS [--room DIR] [--names DPT_Large ...] [--rounds N]

CHECKOUTS holds checkouts of intel-isl/MiDaS (as MiDaS) and rwightman/gen-efficientnet-pytorch
(as gen-efficientnet-pytorch) at the pinned revisions. Weights are made up, saved and loaded
again as a checkpoint: what is measured here (loading, exporting, matching, time, memory) does
not depend on their values. What int8 costs in accuracy does: no limit is set to it here, and
'foodwaste models export NAME --quantize dynamic' measures it with the published ones. No
socket is opened.

For each network: torch.hub load, export in full precision, parity, export in int8, then in
turn one-thread times of torch eager, ONNX and int8, and each one's memory in a fresh worker.
At the end 'foodwaste analyze --depth midas:NAME' on the shipped sample, for each.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import formula_weights

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "steel" / "after.jpg"
BEFORE = SAMPLE.with_name("before.jpg")
KINDS = {"DPT_Large": "dynamic", "DPT_Hybrid": "dynamic", "MiDaS_small": "static"}

WORKER = """
import sys
from pathlib import Path
import cv2
cv2.setNumThreads(1)
import foodwaste.pipeline
from foodwaste import models
from foodwaste.models.drawn_trays import drawn_trays
session = models.open(sys.argv[1])
for _ in range(3):
    session.run(drawn_trays(1))
status = Path("/proc/self/status").read_text().splitlines()
fields = dict(line.split(":", 1) for line in status if ":" in line)
print(fields["VmRSS"].split()[0], fields["VmHWM"].split()[0])
"""


def refuse_sockets(*_: object, **__: object) -> None:
    raise RuntimeError("a socket was opened")


def save_made_up(name: str, checkouts: Path, room: Path) -> object:
    """Made-up weights as a file in the hub cache, and the card that fits them."""
    import torch

    from foodwaste.models import hub
    from foodwaste.models.catalogue import BUILT_IN
    from foodwaste.models.hashing import sha256_file
    from foodwaste.models.hub_code import find_code

    card = next(card for card in BUILT_IN if card.name == name)
    path = room / "torch" / "hub" / "checkpoints" / card.source.weights_file
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        code, pinned = find_code(card.source.code, hub_dir=checkouts, mend="")
        if not pinned:
            print(f"note: {code} is not the pinned revision")
        nested = {
            each.repository: find_code(each, hub_dir=checkouts, mend="")[0]
            for each in card.source.nested
        }
        network = hub.build(card.source, code, nested)
        formula_weights.fill(network)
        torch.save(network.state_dict(), path)
    return card.model_copy(update={"sha256": sha256_file(path)})


def measure(name: str, checkouts: Path, room: Path, rounds: int) -> None:
    from foodwaste.models import ParityFailed
    from foodwaste.models import open as open_model
    from foodwaste.models.bench import measure as measure_times
    from foodwaste.models.bench import measure_peak
    from foodwaste.models.drawn_trays import drawn_trays
    from foodwaste.models.export import export_onnx
    from foodwaste.models.registry import known_models, open_original

    session = open_original(save_made_up(name, checkouts, room), hub_dir=checkouts)
    print(f"{name}: loaded through torch.hub, strictly, with sockets blocked")
    pictures, calibration = drawn_trays(3), drawn_trays(8, seed=1)
    for kind in ("none", KINDS[name]):
        label = "fp32" if kind == "none" else f"int8 {kind}"
        if f"{name}.{'fp32' if kind == 'none' else 'int8'}" in known_models():
            continue
        try:
            done = export_onnx(
                session,
                room / "models",
                pictures,
                quantised=kind,
                calibration=calibration,
                effect_limit=float("inf"),
            )
            print(f"{name}: {label}: kept, {done.card.size_mb:.0f} MB: {done.parity}")
        except ParityFailed as refusal:
            print(f"{name}: {label}: not kept: {refusal}")
    names = [each for each in (f"{name}.fp32", f"{name}.int8") if each in known_models()]
    sessions = [session, *(open_model(each) for each in names)]
    timings = measure_times(sessions, measure_peak(), rounds=rounds)
    for each in timings:
        share = "" if each.share is None else f", {each.share:.0%} of this core's peak"
        ratio = timings[0].ms / each.ms
        print(f"{each.name:<20} {each.backend:<12} {each.ms:8.0f} ms  {ratio:5.2f}x{share}")


def memory(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORKER, name], capture_output=True, text=True, check=True
    )
    now, most = (int(value) / 1024 for value in done.stdout.split()[-2:])
    print(f"{name:<20} worker: {now:.0f} MB resident, {most:.0f} MB at most while loading")


def analyze(name: str) -> None:
    command = [sys.executable, "-m", "foodwaste.cli.main", "analyze", str(SAMPLE), "--json"]
    command += ["--before", str(BEFORE), "--depth", f"midas:{name}", "--budget", "60"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"analyze --depth midas:{name}: exit {done.returncode}: {done.stderr.strip()}")
        return
    report = json.loads(done.stdout)
    stages = {stage["name"]: round(stage["elapsed_s"], 2) for stage in report["stages"]}
    print(f"analyze --depth midas:{name}: {report['status']}, stages {stages}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--room", type=Path, default=Path("out/midas"))
    parser.add_argument("--names", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    room = options.room.resolve()
    os.environ["TORCH_HOME"] = str(room / "torch")
    os.environ["FOODWASTE_MODELS"] = str(room / "models")

    import cv2

    socket.socket.connect = refuse_sockets
    cv2.setNumThreads(1)
    for name in options.names:
        measure(name, options.checkouts.resolve(), room, options.rounds)
    for name in options.names:
        for ending in ("fp32", "int8"):
            if (room / "models" / f"{name}.{ending}.json").is_file():
                memory(f"{name}.{ending}")
    for name in options.names:
        analyze(name)


if __name__ == "__main__":
    main()
