"""docs/profiles.md knows every field that a profile can have."""

from __future__ import annotations

import re
import typing

import pytest
from pydantic import BaseModel

from foodwaste.profile import Profile, available_profiles


def fields_of(model: type[BaseModel]) -> set[str]:
    """Names of all fields as written in YAML, through all nested models."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names.add(field.alias or name)
        pending = [field.annotation]
        while pending:
            annotation = pending.pop()
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                names |= fields_of(annotation)
            pending += typing.get_args(annotation)
    return names


@pytest.mark.parametrize("field", sorted(fields_of(Profile) | {"parent"}))
def test_every_field_of_a_profile_is_on_the_page(project, field):
    page = (project / "docs" / "profiles.md").read_text("utf-8")
    assert re.search(rf"`([^`\n]*\.)?{field}(\.[^`\n]*)?`", page)


@pytest.mark.parametrize("name", available_profiles())
def test_every_shipped_profile_is_on_the_page(project, name):
    assert f"`{name}`" in (project / "docs" / "profiles.md").read_text("utf-8")
