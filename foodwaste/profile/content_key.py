"""A frozen model's contents as a key for caches, written out once for each object."""

from __future__ import annotations

from collections import OrderedDict

from pydantic import BaseModel

_MOST_KEPT = 64
#: Kept with their objects, so that no other object can take over an identity.
_kept: OrderedDict[int, tuple[BaseModel, str]] = OrderedDict()


def content_key(model: BaseModel) -> str:
    """The model's JSON: equal for equal models.

    A picture asks for it some fifty times, of two or three models; writing it out each time
    took a millisecond.
    """
    known = _kept.get(id(model))
    if known is not None:
        return known[1]
    key = model.model_dump_json()
    _kept[id(model)] = (model, key)
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return key
