"""What whole int8 sums cost and save on this processor, for the networks that ship. One thread.

    python benchmarks/int8_overflow.py [--pictures N]

Without VNNI, ONNX Runtime's quick sums of uint8 times int8 are cut off at 16 bits. Each network
looks at drawn trays with these and with whole sums (as the product does); how far both are from
the same graph in full precision, node by node, and the times.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np
import onnxruntime

from foodwaste.models.drawn_trays import drawn_trays
from foodwaste.models.onnx_session import session_options
from foodwaste.models.preprocess import to_input
from foodwaste.models.timing import median_seconds
from foodwaste.resources import resource_dir

NETWORKS = ("tray-embedded", "quantity-embedded")


def session(name: str, *, whole: bool, fused: bool = True) -> onnxruntime.InferenceSession:
    options = session_options(1, whole_sums=whole)
    if not fused:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    file = resource_dir("models") / f"{name}.int8.onnx"
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def measure(name: str, pictures: np.ndarray) -> None:
    from foodwaste.models.registry import open_model

    card = open_model(name).card
    size = (card.preprocessing.width_px, card.preprocessing.height_px)
    seen = np.stack([cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in pictures])
    sessions = {
        "cut off": session(name, whole=False),
        "whole": session(name, whole=True),
        "node by node": session(name, whole=True, fused=False),
    }
    feeds = []
    for row in range(len(seen)):
        feed = {"image": to_input(seen[row : row + 1], card.preprocessing)}
        for each in sessions["whole"].get_inputs()[1:]:
            feed[each.name] = np.zeros((1, *each.shape[1:]), np.float32)
        feeds.append(feed)
    first = card.outputs[0]
    answers = {
        how: np.stack([each.run([first], feed)[0] for feed in feeds])
        for how, each in sessions.items()
    }
    truth = answers.pop("node by node")
    quick = list(answers)
    times = median_seconds([lambda h=how: sessions[h].run(None, feeds[0]) for how in quick], 20)
    for how, seconds in zip(quick, times, strict=True):
        off = np.abs(answers[how] - truth).mean() / np.abs(truth).mean()
        print(f"{name}, sums {how}: {first} off by {off:.2%} of its mean, {seconds * 1e3:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pictures", type=int, default=8)
    arguments = parser.parse_args()
    pictures = drawn_trays(arguments.pictures)
    for name in NETWORKS:
        measure(name, pictures)


if __name__ == "__main__":
    main()
