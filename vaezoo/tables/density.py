"""p(x|z) of a row of a table, from a decoder's outputs: densities, draws and shares. NumPy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.layout import TINY, Group, Layout

_LOG_2PI = math.log(2 * math.pi)
_FEW = 256  # rows
_STEEP = 60.0
_erf = np.frompyfunc(math.erf, 1, 1)


@dataclass(frozen=True)
class Mixtures:
    """Of the columns of numbers, in their mapped units.

    Attributes:
        which: logits of special values and of all others, [N, V, S + 1].
        weights: log-probabilities of the components, [N, V, K].
        loc: [N, V, K].
        log_scale: [N, V, K].
    """

    which: Array
    weights: Array
    loc: Array
    log_scale: Array


class RowDensity:
    """Distributions of N rows, each cell by itself given z.

    A number is one of its special values, or comes from a mixture after the column's map m:

        p(x) = sum_k w_k N(m(x); l_k, s_k^2) m'(x),   P(x) = sum_k w_k [F_k(x + h) - F_k(x - h)]

    the latter where it is rounded, F_k a logistic distribution function of m(x) and h half of the
    step; the least and the greatest value take the tails. A label has probabilities; where gaps
    are learned, so has it that a cell is there.

    Args:
        layout: of the outputs.
        outputs: [N, size].
    """

    def __init__(self, layout: Layout, outputs: Array) -> None:
        self.layout, self.outputs = layout, outputs

    def __len__(self) -> int:
        return len(self.outputs)

    def mixtures(self) -> Mixtures:
        """Of the columns of numbers."""
        raw = self._raw_mixtures()
        return Mixtures(log_softmax(raw.which), log_softmax(raw.weights), raw.loc, raw.log_scale)

    def _raw_mixtures(self) -> Mixtures:
        """With logits instead of log-probabilities."""
        layout = self.layout
        size = layout.numbers.fill.shape[1]
        raw = self.outputs[:, : layout.numbers_stop]
        raw = raw.reshape(len(raw), len(layout.numbers), layout.per_number)
        which, weights, loc, log_scale = np.split(
            raw, size + layout.num_components * np.arange(3), axis=2
        )
        which = (
            which + layout.numbers.fill.astype(raw.dtype) if layout.numbers.special.size else which
        )
        return Mixtures(which, weights, loc, log_scale)

    def labels(self, group: Group) -> Array:
        """Log-probabilities of the labels of a group, [N, V, C]."""
        return log_softmax(self._logits(group))

    def _logits(self, group: Group) -> Array:
        raw = self.outputs[:, group.start : group.stop]
        raw = raw.reshape(len(raw), *group.fill.shape)
        return raw + group.fill.astype(raw.dtype) if group.fill.any() else raw

    def log_prob(self, x: Array) -> Array:
        """log p of each cell in nats, [N, V], for encoded rows, float64; whether a cell is there
        or not does not matter."""
        layout = self.layout
        parts = [self._of_numbers(x[:, layout.numbers.places])] if len(layout.numbers) else []
        for group in layout.groups:
            codes = np.clip(np.rint(x[:, group.places]), 0, group.fill.shape[1] - 1).astype(int)
            found = np.take_along_axis(self.labels(group), codes[..., None], axis=2)
            parts.append(found[..., 0].astype(np.float64))
        return np.concatenate(parts, axis=1)[:, layout.order]

    def log_prob_of_gaps(self, x: Array) -> Array:
        """log p that a cell is there, or is missing, of each column whose gaps are learned, in
        nats, [N, M]."""
        layout = self.layout
        logits = self.outputs[:, layout.gaps_start :].astype(np.float64)
        seen = x[:, len(layout.schema.learned) :][:, layout.gap_columns]
        return seen * logits - np.logaddexp(0, logits)

    def _of_numbers(self, x: Array) -> Array:
        numbers, mixtures = self.layout.numbers, self.mixtures()
        usual = mixtures.which[..., -1] + self._of_mixture(x, mixtures)
        is_special = numbers.is_special(x)
        special = np.where(is_special, mixtures.which[..., :-1], -np.inf)
        found = np.logaddexp.reduce(special, axis=2, initial=-np.inf)
        rounded = (numbers.half > 0) & (x >= numbers.low) & (x <= numbers.high)
        usual = np.where(is_special.any(axis=2) & ~rounded, -np.inf, usual)
        return np.asarray(np.logaddexp(usual, found), np.float64)

    def _of_mixture(self, x: Array, mixtures: Mixtures) -> Array:
        numbers = self.layout.numbers
        mass = self._log_mass(x, mixtures)
        density = self._log_density(x, mixtures)
        parts = np.where(numbers.half[:, None] > 0, mass, density)
        return np.asarray(np.logaddexp.reduce(mixtures.weights + parts, axis=2))

    def _log_density(self, x: Array, mixtures: Mixtures) -> Array:
        numbers, scale = self.layout.numbers, mixtures.log_scale.astype(np.float64)
        distance = (numbers.mapped(x)[..., None] - mixtures.loc) * np.exp(-scale)
        density = -0.5 * distance**2 - scale - 0.5 * _LOG_2PI
        return density + numbers.log_slope(x)[..., None]

    def _log_mass(self, x: Array, mixtures: Mixtures) -> Array:
        """log [F((x + h - l) / s) - F((x - h - l) / s)], after the map."""
        numbers, rate = self.layout.numbers, np.exp(-mixtures.log_scale.astype(np.float64))
        half = numbers.half
        lower = (numbers.mapped(x - half)[..., None] - mixtures.loc) * rate
        width = numbers.width(x)[..., None] * rate
        above, below = -np.logaddexp(0, -lower - width), -np.logaddexp(0, lower)
        inside = above + below + np.log(np.maximum(-np.expm1(-width), TINY))
        is_least = (x < numbers.low + half)[..., None]
        is_most = (x > numbers.high - half)[..., None]
        edge = np.where(is_least, np.where(is_most, 0.0, above), np.where(is_most, below, inside))
        return np.asarray(edge)

    def share_below(self, limits: Array) -> Array:
        """P(x <= limit) of the mixtures of numbers, without special values, [N, V]; limits [V]."""
        numbers, mixtures = self.layout.numbers, self.mixtures()
        y = numbers.mapped(limits + numbers.half)
        distance = (y[:, None] - mixtures.loc) * np.exp(-mixtures.log_scale.astype(np.float64))
        logistic = 0.5 + 0.5 * np.tanh(distance / 2)
        normal = 0.5 + 0.5 * _erf(distance / math.sqrt(2)).astype(np.float64)
        shares = np.where(numbers.half[:, None] > 0, logistic, normal)
        below = (np.exp(mixtures.weights) * shares).sum(axis=2)
        return np.where(limits >= numbers.high, 1.0, np.where(limits < numbers.low, 0.0, below))

    def sample(self, rng: np.random.Generator, *, gaps: bool = True) -> Array:
        """A draw of each row, encoded, float64, [N, width]: with numbers that are not rounded yet;
        with gaps, where they are learned, unless all cells are wanted."""
        layout, outputs = self.layout, _transposed(self.outputs)
        rows = np.ones((layout.schema.width, len(self)))  # columns lie together: many times as fast
        if len(layout.numbers):
            rows[layout.numbers.places] = self._draw_numbers(outputs[: layout.numbers_stop], rng)
        for group in layout.groups:
            logits = outputs[group.start : group.stop].reshape(*group.fill.shape, -1)
            rows[group.places] = choose(_filled(logits, group.fill), rng)
        if gaps and len(layout.gaps):
            logits = outputs[layout.gaps_start :]
            seen = rng.random(logits.shape, np.float32) < 0.5 + 0.5 * np.tanh(logits / 2)
            rows[len(layout.schema.learned) + layout.gap_columns] = seen
            rows[layout.gaps] *= seen
        return rows.T

    def _draw_numbers(self, outputs: Array, rng: np.random.Generator) -> Array:
        """[V, N], of outputs [V * per_number, N]."""
        numbers, size = self.layout.numbers, self.layout.numbers.fill.shape[1]
        outputs = outputs.reshape(len(numbers), self.layout.per_number, -1)
        which, weights, loc, log_scale = np.split(
            outputs, size + self.layout.num_components * np.arange(3), axis=1
        )
        place = choose(weights, rng)
        drawn = _at(place, loc) + np.exp(_at(place, log_scale)) * self._noise(rng)
        x = numbers.unmapped(drawn.T.astype(np.float64))
        x = np.clip(x, numbers.low, numbers.high).T
        if not numbers.special.size:
            return x
        place = choose(_filled(which, numbers.fill), rng)
        for index, special in enumerate(numbers.special.T):
            x = np.where(place == index, special[:, None], x)
        return x

    def _noise(self, rng: np.random.Generator) -> Array:
        """Logistic for numbers that are rounded, normal for others, [V, N]."""
        half = self.layout.numbers.half
        noise = np.empty((len(half), len(self)), np.float32)
        rounded, others = np.flatnonzero(half > 0), np.flatnonzero(half <= 0)
        uniform = rng.random((len(rounded), len(self)), np.float32)
        uniform = np.clip(uniform, 1e-7, 1 - 1e-7)
        noise[rounded] = np.log(uniform) - np.log1p(-uniform)
        noise[others] = rng.standard_normal((len(others), len(self)), np.float32)
        return noise

    def centre(self) -> Array:
        """A typical row, encoded, [N, width]: of numbers the likeliest special value where these
        have more than half, else the mixture's mean before the inverse of the map; the likeliest
        labels; all cells but those that are likely missing."""
        layout = self.layout
        rows = np.ones((len(self), layout.schema.width))
        if len(layout.numbers):
            rows[:, layout.numbers.places] = self._centre_of_numbers()
        for group in layout.groups:
            rows[:, group.places] = self.labels(group).argmax(axis=2)
        if len(layout.gaps):
            seen = self.outputs[:, layout.gaps_start :] > 0
            rows[:, len(layout.schema.learned) + layout.gap_columns] = seen
        return rows

    def _centre_of_numbers(self) -> Array:
        numbers, mixtures = self.layout.numbers, self.mixtures()
        mean = (np.exp(mixtures.weights) * mixtures.loc).sum(axis=2).astype(np.float64)
        x = np.clip(numbers.unmapped(mean), numbers.low, numbers.high)
        if not numbers.special.size:
            return x
        best = mixtures.which[..., :-1].argmax(axis=2)
        special = numbers.special[np.arange(len(numbers)), best]
        return np.where(mixtures.which[..., -1] < math.log(0.5), special, x)


def log_softmax(logits: Array) -> Array:
    """Log-probabilities on the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def choose(logits: Array, rng: np.random.Generator) -> Array:
    """A place on the second axis by its probability, from one uniform number each, [V, N] of
    [V, C, N]."""
    powers = np.exp(_bounded(logits))
    uniform = rng.random((len(logits), logits.shape[2]), np.float32) * powers.sum(axis=1)
    place, below = np.zeros(uniform.shape, np.int32), np.zeros(uniform.shape, powers.dtype)
    for index in range(logits.shape[1] - 1):
        below += powers[:, index]
        place += below <= uniform
    return place


def _at(place: Array, values: Array) -> Array:
    """The values at these places of the second axis, [V, N] of [V, C, N]."""
    found = values[:, 0].copy()
    for index in range(1, values.shape[1]):
        np.copyto(found, values[:, index], where=place == index)
    return found


def _filled(logits: Array, fill: Array) -> Array:
    return logits + fill.astype(logits.dtype)[..., None] if fill.any() else logits


def _bounded(logits: Array) -> Array:
    """Logits with the same probabilities, whose powers are finite numbers."""
    if logits.size and (logits.max() > _STEEP or logits[:, 0].min() < -_STEEP):
        return np.asarray(logits - logits.max(axis=1, keepdims=True))
    return logits


def _transposed(x: Array) -> Array:
    """A copy that is written a few rows at a time, which stay in the processor's cache."""
    found = np.empty(x.shape[::-1], x.dtype)
    for start in range(0, len(x), _FEW):
        found[:, start : start + _FEW] = x[start : start + _FEW].T
    return found
