r"""The strategy that given prices value most, without making all of them.

There are m^k strategies t, and nu_t of `certificate` is wanted of the one where it is largest. With
v, the law of x at some s, in hand the best t says at every y what has least sum_x v(x) p(y|x) d(x,
t(y)): the choice splits over y. That, and the best s for that t, in turns climb to good strategies;
that no better one is left out is proved by branch and bound. A branch has t(y) fixed at some y; at
the others every x is granted its own least d(x, m), so that nu of the branch bounds nu of all
strategies in it. The branches of largest bound are looked at first: what is proved when there are
to be no more is the bound of the best that is left. Where strategies rise with y (see `ordered`)
branches are narrower.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array
from rdtheory.side.certificate import Climb, Maps, Pair, climb
from rdtheory.side.ordered import Rising, flags_between, rises
from rdtheory.side.prices import Columns

Flags = npt.NDArray[np.bool_]

BATCH = 256
"""Branches that are looked at together."""

FEW = 12
"""Strategies that are worth more than is known, after which to look for better prices first."""

TURNS, MOST = 20, 20
"""Of a climb from one strategy to the next, and strategies that it hands on, at most."""

OPEN = -1
"""Of a strategy in a branch, where it is not fixed yet."""


@dataclass(frozen=True, eq=False)
class Priced:
    """What the prices say.

    Parameters
    ----------
    most : no strategy's nu is above
    found : strategies whose nu is above what was asked, (j, k)
    looked : branches that were looked at
    best : the largest nu of those found
    """

    most: float
    found: Maps
    looked: int
    best: float


def options(pair: Pair) -> list[Maps]:
    """Return what is worth saying at every y: no option that is nowhere better than another."""
    kept = []
    for table, finite in zip(pair.parts, pair.finite, strict=True):  # (m, n)
        good: list[int] = []
        for m in np.argsort(finite.sum(axis=1), kind="stable"):
            if not any((table[other] <= table[m]).all() for other in good):
                good.append(int(m))
        kept.append(np.sort(np.array(good, dtype=np.int64)))
    return kept


def served(pair: Pair, maps: Maps) -> Columns:
    """Return strategies as columns, one for each piece of the letters that they may serve.

    Letters are of one piece where y may confuse them, or confuse both with a third.
    """
    costs = pair.costs(maps)
    if np.isfinite(costs).all():
        return Columns(maps, costs, np.tile(pair.log_y, (len(maps), 1)))
    kept, rows = [], []
    for number, row in enumerate(costs):
        for piece in pieces(pair.given * np.isfinite(row)[:, None]):
            kept.append(number)
            rows.append(np.where(piece, row, np.inf))
    return Columns(maps[kept], np.array(rows), np.tile(pair.log_y, (len(kept), 1)))


def pieces(table: Array) -> list[Flags]:
    """Return the letters x of each connected piece of a table (n, k), as flags (n,)."""
    left, found = np.asarray(table.any(axis=1)), []
    while left.any():
        piece: Flags = np.zeros(left.size, dtype=np.bool_)
        piece[int(left.argmax())] = True
        while True:
            more = np.asarray(table[:, table[piece].any(axis=0)].any(axis=1))
            if (more == piece).all():
                break
            piece = more
        found.append(piece)
        left &= ~piece
    return found


@dataclass(eq=False)
class Search:
    """Branches still to be looked at, the strategies found, and the bound so far."""

    pair: Pair
    log_a: Array
    limit: float
    said: list[Maps]
    most: float = -np.inf
    found: dict[bytes, Maps] = field(default_factory=dict)
    tried: set[bytes] = field(default_factory=set)
    best: float = -np.inf

    @cached_property
    def rising(self) -> Rising | None:
        """What strategies may cost where only rising ones matter."""
        return Rising(self.pair) if rises(self.pair) else None

    @cached_property
    def table(self) -> Array:
        """Costs of what is said at each y, (k, m + 1, n); the least, of OPEN, are the last."""
        parts = self.pair.parts
        free = [parts[y, some].min(axis=0) for y, some in enumerate(self.said)]
        return np.concatenate([parts, np.array(free)[:, None]], axis=1)

    def allowed(self, maps: Maps) -> tuple[Flags, Array]:
        """Return what branches may say, (j, k, m), and the least costs of that, (j, k, n)."""
        k, m, _ = self.pair.parts.shape
        if self.rising is not None:
            low, high = self.rising.between(maps, OPEN)
            return flags_between(low, high, m), self.rising.parts(low, high)
        flags = np.zeros((k, m), dtype=np.bool_)
        for y, some in enumerate(self.said):
            flags[y, some] = True
        fixed = maps[:, :, None] == np.arange(m)
        return np.where((maps == OPEN)[:, :, None], flags, fixed), self.table[np.arange(k), maps]

    def climbed(self, costs: Array, log_s: Array | None) -> Climb:
        """Return bounds on nu of branches, by their costs (j, n)."""
        return climb(self.pair, self.log_a - costs, log_s, enough=self.limit)

    def look(self, maps: Maps, log_s: Array) -> tuple[Maps, Array, Array]:
        """Look at branches; return their children, where these begin, and bounds on them."""
        flags, free = self.allowed(maps)
        laws = self.climbed(free.sum(axis=1), log_s)
        wide = laws.upper > self.limit
        self.most = max([self.most, *laws.upper[~wide]])
        maps, upper, log_s, v = maps[wide], laws.upper[wide], laws.log_s[wide], laws.v[wide]
        flags, free = flags[wide], free[wide]
        scores = np.where(flags, np.einsum("jx,ymx->jym", v, self.pair.finite), np.inf)
        self._try(scores.argmin(axis=2))
        granted = scores.min(axis=2) - np.einsum("jx,jyx->jy", v, free)
        granted[maps != OPEN] = -np.inf
        children, starts, bounds = [], [], []
        for row, where in enumerate(granted.argmax(axis=1)):
            if maps[row, where] != OPEN:  # a strategy whole
                self.most = max(self.most, upper[row])
                self.best = max(self.best, upper[row])
                self.found.setdefault(maps[row].tobytes(), maps[row])
                continue
            said = np.flatnonzero(flags[row, where])
            child = np.repeat(maps[row : row + 1], said.size, axis=0)
            child[:, where] = said
            children.append(child)
            starts += [log_s[row]] * len(child)
            bounds += [upper[row]] * len(child)
        empty = np.empty((0, maps.shape[1]))
        return (
            np.concatenate(children) if children else empty.astype(np.int64),
            np.array(starts) if starts else empty, np.array(bounds),
        )  # fmt: skip

    def _try(self, maps: Maps) -> None:
        """Keep those strategies whose nu is above the limit."""
        new = {row.tobytes(): row for row in maps if row.tobytes() not in self.tried}
        self.tried |= new.keys()
        if new:
            rows = np.array(list(new.values()))
            laws = self.climbed(self.pair.costs(rows), None)
            self.best = max(self.best, laws.lower.max())
            for row in rows[laws.lower > self.limit]:
                self.found[row.tobytes()] = row


def ascend(pair: Pair, u: Array, v: Array, limit: float) -> Maps:
    """Return strategies whose nu_t(u) is above a limit, the best ones for laws v (j, n), improved.

    All v are tried, each with the best t and then the best law for that t, until none changes.
    """
    log_a = np.log(pair.p) + u
    good: dict[bytes, tuple[float, Maps]] = {}
    tried: set[bytes] = set()
    for _ in range(TURNS):
        maps = np.unique((v @ pair.finite.transpose(0, 2, 1)).argmin(axis=2).T, axis=0)
        maps = np.array([row for row in maps if row.tobytes() not in tried])
        if not maps.size:
            break
        tried |= {row.tobytes() for row in maps}
        laws = climb(pair, log_a - pair.costs(maps), apart=1e-9)
        good |= {row.tobytes(): (level, row) for level, row in zip(laws.lower, maps, strict=True)
                 if level > limit}  # fmt: skip
        v = laws.v
    best = sorted(good.values(), key=lambda one: -one[0])[:MOST]
    return np.array([row for _, row in best], dtype=np.int64).reshape(-1, pair.given.shape[1])


def price(pair: Pair, u: Array, limit: float, max_branches: int, *, enough: int = FEW) -> Priced:
    """Look for strategies whose nu_t(u) is above a limit; bound that of all others.

    Parameters
    ----------
    u : (n,) prices
    limit : nats above 0 that do not matter
    max_branches : cap; what is left open then counts with its bound
    enough : strategies after which the search ends early
    """
    search = Search(pair, np.log(pair.p) + u, limit, options(pair))
    maps = np.full((1, pair.given.shape[1]), OPEN)
    log_s, bounds, looked = pair.log_y[None], np.array([np.inf]), 0
    while len(maps) and looked < max_branches:
        order = np.argsort(bounds, kind="stable")
        maps, log_s, bounds = maps[order], log_s[order], bounds[order]
        last = slice(max(0, len(maps) - BATCH), None)
        children, starts, above = search.look(maps[last], log_s[last])
        looked += len(maps[last])
        maps = np.concatenate([maps[: last.start], children])
        log_s = np.concatenate([log_s[: last.start], starts])
        bounds = np.concatenate([bounds[: last.start], above])
        if len(search.found) >= enough:
            break
    most = max([search.most, *bounds])
    found = np.array(list(search.found.values()), dtype=np.int64).reshape(-1, maps.shape[1])
    return Priced(float(most), found, looked, search.best)
