"""The foods of a Korean school menu, as data. Colours are linear sRGB reflectances.

Densities are of the food as it lies in the well, voids included: a cup's weight over its 236.6 ml
(``USDA``: household measures of the National Nutrient Database, SR Legacy), mass over volume in
the ECUSTFD measurements (Liang & Li, arXiv 1705.07632), or an estimate, marked as one.
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
