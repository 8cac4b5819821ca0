"""The foods of a Korean school menu, as data. Colours are linear sRGB reflectances.

Densities are of the food as it lies in the well, voids included. ``FAO`` is the FAO/INFOODS
Density Database, version 2.0 (2012), by its nearest entry; ``EC`` is the mean of mass over volume
of that food in the ECUSTFD measurements (Liang & Li, arXiv 1705.07632); ``apparent`` is one of
these for the solid, times the packing share given (random loose packing of flat or long pieces
fills 0.55-0.7 of the space; German & Park, Handbook of Mathematical Relations in Particulate
Materials Processing, 2008).
"""

from __future__ import annotations

from foodwaste.render import foods_mains, foods_rice_and_soup, foods_starches, foods_vegetables
from foodwaste.render.food_kind import FoodKind

FOODS: tuple[FoodKind, ...] = tuple(
    sorted(
        (
            *foods_rice_and_soup.FOODS,
            *foods_vegetables.FOODS,
            *foods_mains.FOODS,
            *foods_starches.FOODS,
        ),
        key=lambda food: food.code,
    )
)
BY_NAME = {food.name: food for food in FOODS}
BY_CODE = {food.code: food for food in FOODS}
