"""Draws what is served in each well and how it is eaten."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foodwaste.profile import Compartment, Layout
from foodwaste.render.dish import EATING_MODES, DishSpec
from foodwaste.render.food_kind import FoodKind, Slot
from foodwaste.render.food_table import FOODS
from foodwaste.render.hard import HardCases
from foodwaste.render.seeds import part_rng

#: Wells smaller than this are never the rice's: plates and big wells take mains.
_BIG_WELL_ML = 300.0
_EMPTY_FROM_START = 0.04
#: Share of dishes that are stirred about, whether or not much of them is eaten, and how much of
#: such a dish then lies elsewhere.
_STIRRED_SHARE, _STIRRED = 0.3, (0.25, 1.0)


def slot_of(name: str, well: Compartment) -> Slot:
    """What kind of food a well is for."""
    if well.liquid:
        return "soup"
    return "rice" if name.startswith("rice") else "side"


def draw_menu(seed: int, layout: Layout, states: int, hard: HardCases) -> tuple[DishSpec, ...]:
    """One dish for (nearly) every well, with ``states`` after-states each."""
    dishes = []
    used: set[str] = set()
    for name, well in layout.compartments.items():
        rng = part_rng(seed, "menu", name)
        food = _choose(rng, slot_of(name, well), hard, used)
        used.add(food.name)
        if rng.random() < _EMPTY_FROM_START:
            continue
        dish = _draw_dish(rng, name, well, food, states, hard)
        dishes.append(replace(dish, stirred=_draw_stirred(part_rng(seed, "stirred", name))))
    return tuple(dishes)


def _choose(rng: np.random.Generator, slot: Slot, hard: HardCases, used: set[str]) -> FoodKind:
    fitting = [f for f in FOODS if slot in f.slots and f.name not in used]
    weights = np.ones(len(fitting))
    for index, food in enumerate(fitting):
        if slot == "rice" and food.form == "grains":
            weights[index] = 12.0 if food.name == "white rice" else 5.0
            if food.name == "white rice" and hard.white_rice:
                weights[index] = 1e6
        if food.dark and hard.dark_food:
            weights[index] = 4.0
        if food.red and hard.red_residue:
            weights[index] = 4.0
    return fitting[int(rng.choice(len(fitting), p=weights / weights.sum()))]


def _draw_dish(
    rng: np.random.Generator,
    name: str,
    well: Compartment,
    food: FoodKind,
    states: int,
    hard: HardCases,
) -> DishSpec:
    serving = float(rng.uniform(*food.serving_ml))
    if slot_of(name, well) == "side" and well.capacity_ml > _BIG_WELL_ML:
        serving *= float(rng.uniform(1.4, 2.4))
    if food.form == "liquid":
        serving = min(serving, float(rng.uniform(0.6, 0.95)) * well.capacity_ml)
        if hard.brim_full:
            serving = float(rng.uniform(0.92, 1.0)) * well.capacity_ml
    else:
        serving = min(serving, 1.05 * well.capacity_ml)
        if hard.brim_full:
            serving = float(rng.uniform(0.85, 1.15)) * well.capacity_ml
        elif rng.random() < 0.06:
            serving *= float(rng.uniform(0.2, 0.5))
    residue = float(np.clip(food.residue_strength * rng.uniform(0.3, 2.0), 0, 1))
    if hard.red_residue and food.red:
        residue = float(rng.uniform(0.6, 1.0))
    if hard.loose_grains and food.form == "grains":
        residue = float(rng.uniform(0.6, 1.0))
    if rng.random() < 0.12:
        residue *= 0.1
    return DishSpec(
        compartment=name,
        kind=food.name,
        seed=int(rng.integers(2**31)),
        serving_ml=serving,
        centre=(float(rng.normal(0, 0.12)), float(rng.normal(0, 0.12))),
        spread=float(rng.uniform(0.72, 1.12)),
        mode=EATING_MODES[int(rng.choice(len(EATING_MODES), p=_mode_shares(food)))],
        direction_rad=float(rng.uniform(0, 2 * np.pi)),
        keep=_keep(rng, states, hard),
        residue=residue,
        shade=float(rng.uniform()),
    )


def _draw_stirred(rng: np.random.Generator) -> float:
    return float(rng.uniform(*_STIRRED)) if rng.random() < _STIRRED_SHARE else 0.0


def _mode_shares(food: FoodKind) -> list[float]:
    """A heap of grains is mostly eaten from one side; of pieces any is taken."""
    others = len(EATING_MODES) - 1
    side = 0.36 if food.form == "grains" else 1.0 / (others + 1)
    return [side if mode == "side" else (1.0 - side) / others for mode in EATING_MODES]


def _keep(rng: np.random.Generator, states: int, hard: HardCases) -> tuple[float, ...]:
    """Shares left, never rising: untouched, eaten clean, nearly, and all between."""
    kind = rng.choice(
        4, p=[0.10, 0.20, 0.12, 0.58] if not hard.near_empty else [0.05, 0.25, 0.40, 0.30]
    )
    if kind == 0:
        last = 1.0
    elif kind == 1:
        last = 0.0
    elif kind == 2:
        last = float(rng.uniform(0.015, 0.10))
    else:
        last = float(rng.uniform(0.1, 0.97))
    between = np.sort(rng.uniform(last, 1.0, max(0, states - 1)))[::-1]
    return (1.0, *(float(k) for k in between), last)[: states + 1]
