"""Remembers what today's dishes look like, from the photograph of the served tray."""

from __future__ import annotations

from collections.abc import Mapping

from foodwaste.errors import ModelMissing
from foodwaste.profile import MenuPrototypes, Profile
from foodwaste.profile.menu import menu_prototypes
from foodwaste.tray.types import RectifiedTray


def dishes_served(profile: Profile, measured: Mapping[str, object]) -> dict[str, str]:
    """By compartment, the named dishes of which something was seen in the photograph."""
    return {
        name: serving.dish
        for name, serving in profile.servings.items()
        if serving.dish is not None and name in measured
    }


def photographed_menu(tray: RectifiedTray, dishes: Mapping[str, str]) -> MenuPrototypes | None:
    """One prototype per dish; ``None`` without a dish or where no quantity network is installed.

    Args:
        tray: the served tray.
        dishes: the dish's name by compartment.
    """
    if not dishes:
        return None
    from foodwaste.quantity import open_quantity
    from foodwaste.quantity.dishes import embedding_id

    try:
        estimator = open_quantity()
    except ModelMissing:
        # Prototypes are an addition: a site without the network measures its tray all the same.
        return None
    seen = estimator.embeddings(tray)
    directions = {dish: seen[name] for name, dish in dishes.items() if name in seen}
    return menu_prototypes(embedding_id(estimator.session.card), directions) if directions else None
