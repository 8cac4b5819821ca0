"""What can be wrong with a model."""

from __future__ import annotations

from foodwaste.errors import ExitCode, FoodwasteError, ModelMissing


class ModelDamaged(ModelMissing):
    """Weights or code are there but not what they should be: wrong hash, truncated, wrong net."""


class ParityFailed(FoodwasteError):  # noqa: N818 - names the finding
    """An exported model does not answer as the original does; the file has been deleted."""

    exit_code = ExitCode.SOME_FAILED
