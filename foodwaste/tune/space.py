"""The search space: every parameter of the colour estimator, and how it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foodwaste.profile import BackprojectionParameters

if TYPE_CHECKING:
    from optuna import Trial

#: ``threshold`` and ``use_percentile`` are one choice of four.
_METHODS = ("fixed", "otsu", "triangle", "percentile")
_KERNELS = (0, 3, 5, 7, 9, 13)


def suggest(trial: Trial) -> BackprojectionParameters:
    """Draws one set of parameters.

    A parameter that the choice before it makes idle is still drawn, so that every trial has
    the same parameters and their importance can be told.
    """
    method = trial.suggest_categorical("threshold_method", _METHODS)
    return BackprojectionParameters(
        channels=trial.suggest_categorical("channels", ("S+V", "H+S", "H+V", "H", "S", "H+S+V")),
        hue_bins=trial.suggest_int("hue_bins", 4, 90, log=True),
        saturation_bins=trial.suggest_int("saturation_bins", 4, 96, log=True),
        value_bins=trial.suggest_int("value_bins", 4, 96, log=True),
        smoothing_bins=trial.suggest_float("smoothing_bins", 0.0, 4.0),
        ridge_share=trial.suggest_float("ridge_share", 0.0, 1.0),
        match_colour=trial.suggest_float("match_colour", 0.0, 1.0),
        match_level=trial.suggest_float("match_level", 0.0, 1.0),
        blur_kernel_px=trial.suggest_categorical("blur_kernel_px", _KERNELS),
        threshold="fixed" if method == "percentile" else method,
        use_percentile=method == "percentile",
        fixed_threshold=trial.suggest_int("fixed_threshold", 1, 254),
        food_percent=trial.suggest_float("food_percent", 1.0, 99.0),
        open_kernel_px=trial.suggest_categorical("open_kernel_px", _KERNELS),
        open_iterations=trial.suggest_int("open_iterations", 0, 5),
        close_kernel_px=trial.suggest_categorical("close_kernel_px", _KERNELS),
        close_iterations=trial.suggest_int("close_iterations", 0, 5),
        min_object_mm2=trial.suggest_float("min_object_mm2", 0.0, 300.0),
        film_share=trial.suggest_float("film_share", 0.0, 2.0),
        other_share=trial.suggest_float("other_share", 0.0, 2.0),
        use_texture=trial.suggest_categorical("use_texture", (True, False)),
        texture_low_percent=trial.suggest_float("texture_low_percent", 0.0, 30.0),
        texture_high_percent=trial.suggest_float("texture_high_percent", 70.0, 100.0),
        area_exponent=trial.suggest_float("area_exponent", 1.0, 1.5),
        specular_value_min=trial.suggest_int("specular_value_min", 0, 255),
        specular_saturation_max=trial.suggest_int("specular_saturation_max", 0, 255),
    )


def drawn_from(parameters: BackprojectionParameters) -> dict[str, Any]:
    """The draw that gives these parameters: the search starts from it.

    Values outside the space are left to chance.
    """
    values = parameters.model_dump()
    percentile = values.pop("use_percentile")
    method = values.pop("threshold")
    values["threshold_method"] = "percentile" if percentile else method
    for name in ("blur_kernel_px", "open_kernel_px", "close_kernel_px"):
        if values[name] not in _KERNELS:
            del values[name]
    return values
