"""The best strategies for letters of one piece: prices and pricing in turns."""

from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr

from rdtheory.checks import Array
from rdtheory.side.certificate import Maps, Pair
from rdtheory.side.prices import Centre, Columns, best_prices
from rdtheory.side.pricing import Priced, ascend, price, served

COARSE = 1e-2
"""Nats to which prices are known while strategies are still missing."""

FIRST = 0.1
"""Of the barrier, to begin with."""

UNUSED = (1e-6, 1e-9)
"""Masses of strategies that may be left out, where that costs next to nothing."""

MIXTURES = 64
"""Of letters, at which strategies are looked for."""

ROUNDS = 200
"""Of prices and pricing, at most; a dozen do."""


@dataclass(frozen=True, eq=False)
class Found:
    """An encoder of few strategies, and what it proves.

    Parameters
    ----------
    maps : (j, k) t(y)
    encoder : (n, j) q(t|x)
    nats : I(X; T|Y) + E d / beta of it
    bound : nats that no encoder is below
    looked : branches of strategies that were looked at
    """

    maps: Maps
    encoder: Array
    nats: float
    bound: float
    looked: int


def best_strategies(pair: Pair, gap: float, max_branches: int) -> Found:
    """Return an encoder within so many nats of the best, as far as the branches allow."""
    near = pair.surplus.argmin(axis=1)
    constants = np.repeat(np.unique(near)[:, None], pair.given.shape[1], axis=1)
    silent = silent_map(pair)
    columns = served(pair, np.unique(np.vstack([constants, silent]), axis=0))
    u, mu, known, looked = np.zeros(pair.p.size), FIRST, max(gap, COARSE), 0
    starts = _starts(pair)
    priced, tried = Priced(np.inf, columns.maps[:0], 0, -np.inf), 0
    while True:
        centre = best_prices(pair, columns, known, u, mu)
        columns = Columns(columns.maps, columns.costs, centre.laws.log_s)
        u, tried = centre.u, tried + 1
        new = _unknown(ascend(pair, u, np.vstack([centre.laws.v, starts]), 0.2 * known), columns)
        if not new.size and known > gap:
            known, mu = gap, 0.1 * known
            continue
        spent = looked >= max_branches or tried >= ROUNDS
        if not new.size or spent:
            priced = price(pair, u, 0.2 * gap, 1 if spent else max_branches - looked)
            new, looked = _unknown(priced.found, columns), looked + priced.looked
            if not new.size or spent:
                break
        columns, mu = served(pair, new).joined(columns), 10.0 * known
    return _cleaned(pair, columns, centre, priced, looked, silent, gap)


def _unknown(maps: Maps, columns: Columns) -> Maps:
    """Return strategies without those that are in use: where prices end early they come again."""
    known = {row.tobytes() for row in columns.maps}
    kept = [row.tobytes() not in known for row in maps]
    return maps[np.array(kept, dtype=np.bool_)]


def _starts(pair: Pair) -> Array:
    """Return laws of x to look for strategies at, (j, n): each x as y blurs it, and mixtures."""
    blurred = pair.given @ (pair.given.T * pair.p / np.exp(pair.log_y)[:, None])
    shares = np.random.default_rng(0).dirichlet(np.full(pair.p.size, 0.2), size=MIXTURES)
    return np.vstack([blurred, shares @ blurred, shares])


def silent_map(pair: Pair) -> Maps:
    """Return the strategy that is best where nothing is sent, (1, k)."""
    return np.asarray((pair.finite @ pair.p).argmin(axis=1)[None])


def _cleaned(
    pair: Pair, columns: Columns, centre: Centre, priced: Priced, looked: int, silent: Maps,
    gap: float,
) -> Found:  # fmt: skip
    """Return the encoder without strategies that it hardly uses, or the silent one if as good."""
    encoder, maps = centre.encoder, columns.maps
    cost = float(pair.p @ pair.costs(silent)[0])
    nats = nats_of(pair, encoder, columns.costs)
    bound = float(pair.p @ centre.u) - priced.most
    if cost <= nats:
        return Found(silent, np.ones((pair.p.size, 1)), cost, min(bound, cost), looked)
    for least in UNUSED:
        kept = centre.masses > least
        rows = encoder[:, kept]
        if kept.all() or not (rows.sum(axis=1) > 0.0).all():
            continue
        rows = rows / rows.sum(axis=1, keepdims=True)
        fewer = nats_of(pair, rows, columns.costs[kept])
        if fewer <= nats + 0.2 * gap:
            encoder, nats, maps = rows, fewer, maps[kept]
            break
    maps, encoder = joined(maps, encoder)  # pieces of one strategy, never of one y
    return Found(maps, encoder, nats, min(bound, nats), looked)


def joined(maps: Maps, encoder: Array) -> tuple[Maps, Array]:
    """Return strategies (j, k), each once, and the encoder (n, j) with equal ones made one."""
    maps, place = np.unique(maps, axis=0, return_inverse=True)
    made = np.zeros((len(encoder), len(maps)))
    np.add.at(made.T, place.ravel(), encoder.T)
    return maps, made


def nats_of(pair: Pair, encoder: Array, costs: Array) -> float:
    """Return I(X; T|Y) + E c(X, T) of an encoder."""
    paid = (encoder * np.where(encoder > 0.0, costs.T, 0.0)).sum(axis=1)
    return told(pair.p[:, None] * pair.given, encoder) + float(pair.p @ paid)


def told(joint: Array, encoder: Array) -> float:
    """Return I(X; T|Y) of p(x, y), (n, k), and q(t|x), (n, j), in nats."""
    total = 0.0
    for column in joint.T:
        used = column > 0.0
        if not used.any():
            continue
        mass = column[used, None] * encoder[used]
        seen = mass.sum(axis=0) / column[used].sum()
        total += float(rel_entr(mass, column[used, None] * seen).sum())
    return max(0.0, total)
