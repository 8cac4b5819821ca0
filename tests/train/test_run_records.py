"""The runs that the shipped weights came from: their configurations can still be read."""

from pathlib import Path

import pytest
import yaml

from foodwaste.train.quantity_config import QuantityConfig
from foodwaste.train.tray_config import TrayConfig

RUNS = Path(__file__).parents[2] / "models" / "runs"
RECORDS = sorted(RUNS.glob("*.yaml"))


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_runs_configuration_can_be_read(record):
    config = TrayConfig if record.stem.startswith("tray") else QuantityConfig
    assert config.model_validate(yaml.safe_load(record.read_text())).trainer.steps > 0


def test_both_networks_have_runs():
    assert {record.stem.rsplit("-", 1)[0] for record in RECORDS} == {
        "tray-embedded",
        "quantity-embedded",
    }
