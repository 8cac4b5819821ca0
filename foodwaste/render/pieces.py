"""Heaps of pieces: dropped one by one into the well, and taken away again by eating."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foodwaste.render.canvas import Canvas, pick
from foodwaste.render.dish import DishSpec
from foodwaste.render.food_kind import FoodKind, PieceShape
from foodwaste.render.heap import well_box
from foodwaste.render.noise import fractal_noise
from foodwaste.render.seeds import part_rng
from foodwaste.render.shapes import Piece

_MAX_PIECES = 420
#: Volume is measured only now and then while pieces are dropped.
_CHECK_EVERY = 4
_SETTLING_ROUNDS = 5
#: Pieces that fall anew may sink into each other; the fall that comes nearest to the volume aimed
#: at is taken, of so many.
_STIRRING_TRIES = 4


def draw_piece(rng: np.random.Generator, shape: PieceShape, x_mm: float, y_mm: float) -> Piece:
    """One piece of a shape record, at a place, with everything else drawn."""
    shares = np.array([tone.share for tone in shape.tones])
    tone = shape.tones[int(rng.choice(len(shares), p=shares / shares.sum()))]
    colour = pick(tone, float(rng.uniform())) * rng.uniform(0.9, 1.1)
    red, green, blue = (float(c) for c in np.clip(colour, 0.002, 0.92))
    # Limp strands lie down; short stiff pieces stand as they fell.
    tilt = shape.tilt * (0.2 if shape.shape == "strand" else 0.6)
    return Piece(
        x_mm=x_mm,
        y_mm=y_mm,
        angle=float(rng.uniform(0, 2 * np.pi)),
        shape=shape.shape,
        pattern=shape.pattern,
        length_mm=float(rng.uniform(*shape.length_mm)),
        width_mm=float(rng.uniform(*shape.width_mm)),
        thick_mm=float(rng.uniform(*shape.thick_mm)),
        bend_mm=float(rng.uniform(*shape.bend)),
        tilt_u=float(rng.normal(0, tilt)),
        tilt_v=float(rng.normal(0, tilt)),
        colour=(red, green, blue),
        phase=(float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0, 2 * np.pi))),
        stay=float(rng.uniform()),
    )


def _drop_places(
    rng: np.random.Generator, canvas: Canvas, dish: DishSpec, count: int
) -> list[tuple[float, float]]:
    cx, cy, ax, ay = well_box(canvas)
    cx, cy = cx + 0.35 * dish.centre[0] * ax, cy + 0.35 * dish.centre[1] * ay
    radius = np.sqrt(rng.uniform(size=count)) * dish.spread * 0.8
    turn = rng.uniform(0, 2 * np.pi, count)
    return list(zip(cx + ax * radius * np.cos(turn), cy + ay * radius * np.sin(turn), strict=True))


def pack(canvas: Canvas, dish: DishSpec, food: FoodKind) -> list[Piece]:
    """Drops pieces into the canvas until the serving's volume is there; returns them in order."""
    rng = part_rng(dish.seed, "pieces")
    shares = np.array([shape.share for shape in food.pieces])
    which = rng.choice(len(shares), size=_MAX_PIECES, p=shares / shares.sum())
    places = _drop_places(rng, canvas, dish, _MAX_PIECES)
    rough = float(part_rng(dish.seed, "rough").uniform(*food.rough))
    in_rows = food.pieces[0].shape == "slab"
    pieces: list[Piece] = []
    for index in range(_MAX_PIECES):
        shape = food.pieces[which[index]]
        piece = draw_piece(rng, shape, *places[index])
        if shape.shape == "strand":
            piece = _kept_inside(piece, canvas)
        if in_rows:
            piece = _in_row(piece, index, canvas, dish)
        if index == 0:
            piece = replace(piece, tilt_u=0.0, tilt_v=0.0)
        canvas.stamp(piece, rough, food.soft)
        pieces.append(piece)
        if (index < 24 or index % _CHECK_EVERY == 0) and canvas.volume_ml >= dish.serving_ml:
            break
    return [replace(p, stay=s) for p, s in zip(pieces, _stay(pieces, dish), strict=True)]


def _kept_inside(piece: Piece, canvas: Canvas) -> Piece:
    """Long strands fold into the well: their middle stays near its middle."""
    cx, cy, ax, ay = well_box(canvas)
    near = float(np.clip(1.25 - piece.length_mm / (1.6 * (ax + ay)), 0.3, 1.0))
    return replace(piece, x_mm=cx + near * (piece.x_mm - cx), y_mm=cy + near * (piece.y_mm - cy))


def _in_row(piece: Piece, index: int, canvas: Canvas, dish: DishSpec) -> Piece:
    """Cut slices lie side by side, as the knife left them; a second layer crosses the first."""
    cx, cy, ax, ay = well_box(canvas)
    cos, sin = abs(np.cos(dish.direction_rad)), abs(np.sin(dish.direction_rad))
    room = 1.55 * min(ax / max(cos, 1e-3), ay / max(sin, 1e-3))
    in_a_row = max(1, min(4, int(room / piece.length_mm)))
    layer, place = divmod(index, in_a_row)
    angle = dish.direction_rad + layer * np.pi / 2
    slide = (place - (in_a_row - 1) / 2) * piece.length_mm * 1.02
    jitter = 0.08 * (piece.stay - 0.5)
    width = min(piece.width_mm, 1.55 * min(ax, ay))
    return replace(
        piece,
        x_mm=cx + 0.2 * dish.centre[0] * ax + slide * np.cos(angle),
        y_mm=cy + 0.2 * dish.centre[1] * ay + slide * np.sin(angle),
        angle=angle + jitter,
        width_mm=width,
    )


def _stay(pieces: list[Piece], dish: DishSpec) -> list[float]:
    """Who stays longest, 0..1: by layer, by side, or by chance, always with some chance in it."""
    count = max(1, len(pieces) - 1)
    rng = part_rng(dish.seed, "eating")
    chance = rng.uniform(size=len(pieces))
    if dish.mode == "top":
        order = [1 - i / count for i in range(len(pieces))]
    elif dish.mode in ("side", "scoops", "pushed"):
        cos, sin = np.cos(dish.direction_rad), np.sin(dish.direction_rad)
        along = np.array([p.x_mm * cos + p.y_mm * sin for p in pieces])
        span = float(np.ptp(along)) or 1.0
        order = list((along.max() - along) / span)
    else:
        order = list(rng.uniform(size=len(pieces)))
    return [0.75 * o + 0.25 * float(c) for o, c in zip(order, chance, strict=True)]


def remaining(pieces: list[Piece], keep: float) -> list[Piece]:
    """The pieces left when a share ``keep`` of their solid volume is left, in dropping order.

    The last one to go is there in part, shortened to what its share allows.
    """
    total = sum(p.solid_mm3 for p in pieces)
    budget = keep * total
    left: dict[int, Piece] = {}
    for index in sorted(range(len(pieces)), key=lambda i: -pieces[i].stay):
        piece = pieces[index]
        if budget <= 0.15 * piece.solid_mm3:
            break
        if budget < piece.solid_mm3:
            share = budget / piece.solid_mm3
            piece = replace(piece, width_mm=piece.width_mm * share) if share > 0.3 else piece
        left[index] = piece
        budget -= piece.solid_mm3
    return [left[i] for i in sorted(left)]


def stirred_about(
    canvas: Canvas, dish: DishSpec, pieces: list[Piece], rng: np.random.Generator
) -> list[Piece]:
    """The pieces of a stirred dish in a new order: those that were moved lie on the others."""
    places = _drop_places(rng, canvas, dish, len(pieces))
    turned = rng.uniform(0, 2 * np.pi, len(pieces))
    picked = rng.uniform(size=len(pieces)) < dish.stirred
    still = [piece for piece, there in zip(pieces, picked, strict=True) if not there]
    moved = []
    for index in rng.permutation(np.flatnonzero(picked)):
        x, y = places[index]
        piece = replace(pieces[index], x_mm=x, y_mm=y, angle=float(turned[index]))
        moved.append(_kept_inside(piece, canvas) if piece.shape == "strand" else piece)
    return still + moved


def lay_pieces(
    canvas: Canvas, dish: DishSpec, food: FoodKind, pieces: list[Piece], state: int,
    served_ml: float,
) -> None:  # fmt: skip
    """Lays what is left of the packed pieces in ``state`` (above 0) into an empty canvas."""
    keep = dish.keep[state]
    if keep <= 0:
        return
    rough = float(part_rng(dish.seed, "rough").uniform(*food.rough))
    cx, cy, ax, ay = well_box(canvas)
    pull = 0.0
    if keep < 1 and dish.mode == "pushed":
        pull = 0.45 * (1 - keep)
    elif keep < 1 and dish.mode == "spread":
        pull = -0.25 * (1 - keep)
    goal_x = cx - 0.45 * ax * np.cos(dish.direction_rad) * (pull > 0)
    goal_y = cy - 0.45 * ay * np.sin(dish.direction_rad) * (pull > 0)
    # Pieces settle anew when others are taken away, and may then lie higher: more is taken until
    # what is left is what was aimed at.
    target, share = keep * served_ml, keep

    def lay(pieces: list[Piece], share: float) -> float:
        canvas.clear()
        for piece in remaining(pieces, share):
            moved = replace(
                piece,
                x_mm=piece.x_mm + pull * (goal_x - piece.x_mm),
                y_mm=piece.y_mm + pull * (goal_y - piece.y_mm),
            )
            canvas.stamp(moved, rough, food.soft)
        return canvas.volume_ml

    if dish.stirred:
        rng = part_rng(dish.seed, "stirred pieces", state)
        orders = [stirred_about(canvas, dish, pieces, rng) for _ in range(_STIRRING_TRIES)]
        pieces = min(orders, key=lambda order: abs(lay(order, keep) - target))
        left_ml = lay(pieces, share)
        if 0 < left_ml < 0.96 * target:
            share = min(share * target / left_ml, 1.0)
    for _ in range(_SETTLING_ROUNDS):
        left_ml = lay(pieces, share)
        if left_ml <= 1.04 * target:
            break
        share *= 0.98 * target / left_ml


def sauce_over(canvas: Canvas, dish: DishSpec, food: FoodKind, state: int) -> None:
    """Lets sauce cling to the surface: wet, in patches, more of it in the hollows."""
    if food.sauce is None or food.sauce_cover <= 0:
        return
    # Sauce goes where its pieces went.
    stirred = state > 0 and dish.stirred > 0
    rng = part_rng(dish.seed, "sauce", state) if stirred else part_rng(dish.seed, "sauce")
    patch = fractal_noise(rng, canvas.grid, 6.0, 3)
    cover = food.sauce_cover * rng.uniform(0.5, 1.6)
    threshold = float(np.quantile(patch, 1 - np.clip(cover, 0.01, 0.95)))
    weight = np.clip((patch - threshold) * 1.6, 0, 1) * rng.uniform(0.55, 0.95)
    canvas.tint(weight.astype(np.float32), food.sauce, dish.shade, 0.12)
    flakes = fractal_noise(rng, canvas.grid, 1.6, 1)
    if food.red:
        canvas.tint((flakes > 2.0).astype(np.float32) * 0.8, food.sauce, 0.3, None)
