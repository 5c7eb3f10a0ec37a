"""The cells of a table's rows, each by itself given z."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd

from vaezoo.protocols import Array
from vaezoo.tables.density import RowDensity
from vaezoo.tables.layout import TINY, Group, Layout, Numbers

_LOG_2PI = math.log(2 * math.pi)


class TableCells(tfd.Distribution):
    """Scalar distributions of the numbers that rows are encoded as; see `RowDensity`.

    A cell that is missing has a log-probability of 0, and so has the mask of a gap that is not
    learned.

    Args:
        layout: of the outputs.
        outputs: in the columns' units, [..., size].
        data_shape: of an encoded row, which may have several axes.
    """

    def __init__(self, layout: Layout, outputs: tf.Tensor, data_shape: tuple[int, ...]) -> None:
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters={"layout": layout, "outputs": outputs, "data_shape": data_shape},
            name=type(self).__name__,
        )
        self.layout, self.outputs, self.data_shape = layout, outputs, data_shape

    @classmethod
    def _parameter_properties(
        cls, dtype: tf.DType, num_classes: int | None = None
    ) -> dict[str, object]:
        return {"outputs": tfp.util.ParameterProperties(event_ndims=1)}

    def _batch_shape(self) -> tf.TensorShape:
        return self.outputs.shape[:-1].concatenate(self.data_shape)

    def _batch_shape_tensor(self, **_: object) -> tf.Tensor:
        return tf.concat([tf.shape(self.outputs)[:-1], self.data_shape], axis=0)

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([], tf.int32)

    def _log_prob(self, x: tf.Tensor) -> tf.Tensor:
        x = self._flat(x)
        layout, num = self.layout, len(self.layout.schema.learned)
        parts = (
            [self._of_numbers(_columns(x, layout.numbers.places))] if len(layout.numbers) else []
        )
        parts += [self._of_labels(group, _columns(x, group.places)) for group in layout.groups]
        cells = _columns(tf.concat(parts, axis=-1), layout.order)
        cells *= observed(layout, x)
        found = tf.concat([cells, self._of_gaps(x[..., num:], cells[..., :1])], axis=-1)
        return self._shaped(found)

    def _flat(self, x: tf.Tensor) -> tf.Tensor:
        """[..., *data_shape] as [..., width]."""
        rank = len(self.data_shape)
        if rank == 1:
            return x
        return tf.reshape(x, tf.concat([tf.shape(x)[:-rank], [self.layout.schema.width]], axis=0))

    def _shaped(self, x: tf.Tensor) -> tf.Tensor:
        """The inverse of it."""
        if len(self.data_shape) == 1:
            return x
        return tf.reshape(x, tf.concat([tf.shape(x)[:-1], self.data_shape], axis=0))

    def _of_labels(self, group: Group, x: tf.Tensor) -> tf.Tensor:
        log_probabilities = tf.nn.log_softmax(self._logits(group))
        codes = tf.one_hot(tf.cast(tf.round(x), tf.int32), group.fill.shape[1])
        return tf.reduce_sum(codes * log_probabilities, axis=-1)

    def _logits(self, group: Group) -> tf.Tensor:
        raw = _rows(self.outputs[..., group.start : group.stop], len(group.places))
        return raw + tf.constant(group.fill, tf.float32)

    def _of_gaps(self, seen: tf.Tensor, cells: tf.Tensor) -> tf.Tensor:
        """Of the whole mask: 0 where a gap is not learned; of the leading axes of `cells`."""
        layout, zeros = self.layout, tf.zeros_like(cells) * seen
        if not len(layout.gaps):
            return zeros
        logits = self.outputs[..., layout.gaps_start :]
        found = _columns(seen, layout.gap_columns) * logits - tf.nn.softplus(logits)
        place = np.zeros((len(layout.gaps), len(layout.schema.with_gaps)), np.float32)
        place[np.arange(len(layout.gaps)), layout.gap_columns] = 1
        return tf.tensordot(found, place, 1) + zeros

    def _of_numbers(self, x: tf.Tensor) -> tf.Tensor:
        numbers = self.layout.numbers
        which, weights, loc, log_scale = self._mixtures()
        parts = _log_parts(numbers, x, loc, log_scale)
        usual = which[..., -1] + tf.reduce_logsumexp(weights + parts, axis=-1)
        if not numbers.special.size:
            return usual
        is_special = special_numbers(numbers, x)
        special = tf.reduce_sum(tf.where(is_special, which[..., :-1], 0.0), axis=-1)
        both = tf.math.log(tf.exp(special) + tf.exp(usual) + TINY)
        inside = (numbers.half > 0) & (x >= _f(numbers.low)) & (x <= _f(numbers.high))
        found = tf.where(inside, both, special)
        return tf.where(tf.reduce_any(is_special, axis=-1), found, usual)

    def _mixtures(self) -> tuple[tf.Tensor, ...]:
        """Log-probabilities of special values, of components, their locations and log-scales."""
        layout = self.layout
        rows = _rows(self.outputs[..., : layout.numbers_stop], len(layout.numbers))
        sizes = [layout.numbers.fill.shape[1], *[layout.num_components] * 3]
        which, weights, loc, log_scale = tf.split(rows, sizes, axis=-1)
        which = tf.nn.log_softmax(which + _f(layout.numbers.fill))
        return which, tf.nn.log_softmax(weights), loc, log_scale

    def _mean(self) -> tf.Tensor:
        layout, parts = self.layout, []
        if len(layout.numbers):
            parts.append(self._centre_of_numbers())
        for group in layout.groups:
            parts.append(tf.cast(tf.argmax(self._logits(group), axis=-1), tf.float32))
        cells = _columns(tf.concat(parts, axis=-1), layout.order)
        gaps = tf.zeros_like(cells[..., : len(layout.schema.with_gaps)])
        if len(layout.gaps):
            likely = self.outputs[..., layout.gaps_start :] > 0
            place = np.zeros((len(layout.gaps), len(layout.schema.with_gaps)), np.float32)
            place[np.arange(len(layout.gaps)), layout.gap_columns] = 1
            gaps += tf.tensordot(tf.cast(likely, tf.float32) - 1, place, 1)
        return self._shaped(tf.concat([cells, 1 + gaps], axis=-1))

    def _centre_of_numbers(self) -> tf.Tensor:
        numbers = self.layout.numbers
        which, weights, loc, _ = self._mixtures()
        x = _unmapped(numbers, tf.reduce_sum(tf.exp(weights) * loc, axis=-1))
        x = tf.clip_by_value(x, _f(numbers.low), _f(numbers.high))
        if not numbers.special.size:
            return x
        best = tf.one_hot(tf.argmax(which[..., :-1], axis=-1), numbers.special.shape[1])
        special = tf.reduce_sum(best * _f(np.nan_to_num(numbers.special)), axis=-1)
        return tf.where(which[..., -1] < math.log(0.5), special, x)

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        """By NumPy, from a number that the seed decides: not within compiled graphs."""
        number = tf.random.stateless_uniform([], seed, 0, 2**31 - 1, tf.int32)

        def draw(outputs: Array, number: Array, n: Array) -> Array:
            rows = np.broadcast_to(outputs, (int(n), *outputs.shape)).reshape(-1, self.layout.size)
            drawn = RowDensity(self.layout, rows).sample(np.random.default_rng(int(number)))
            drawn = self.layout.schema.nearest(drawn)
            return drawn.reshape(int(n), *outputs.shape[:-1], *self.data_shape).astype(np.float32)

        x = tf.numpy_function(draw, [self.outputs, number, n], tf.float32)
        return tf.ensure_shape(x, [None, *self.batch_shape])


def _log_parts(numbers: Numbers, x: tf.Tensor, loc: tf.Tensor, log_scale: tf.Tensor) -> tf.Tensor:
    """log p of each component: masses where numbers are rounded, else densities, [..., V, K]."""
    rate = tf.exp(-log_scale)
    lower = (mapped(numbers, x - _f(numbers.half))[..., None] - loc) * rate
    width = _width(numbers, x)[..., None] * rate
    above, below = tf.math.log_sigmoid(lower + width), tf.math.log_sigmoid(-lower)
    inside = above + below + tf.math.log(tf.maximum(-tf.math.expm1(-width), TINY))
    is_least = (x < _f(numbers.low + numbers.half))[..., None]
    is_most = (x > _f(numbers.high - numbers.half))[..., None]
    both = tf.where(is_most, tf.zeros_like(above), above)
    mass = tf.where(is_least, both, tf.where(is_most, below, inside))
    distance = (mapped(numbers, x)[..., None] - loc) * rate
    density = -0.5 * distance**2 - log_scale - 0.5 * _LOG_2PI + _log_slope(numbers, x)[..., None]
    return tf.where((numbers.half > 0)[:, None], mass, density)


def special_numbers(numbers: Numbers, x: tf.Tensor) -> tf.Tensor:
    """Which special value each number is, bool, [..., V, S]."""
    return x[..., None] == _f(np.nan_to_num(numbers.special, nan=np.inf))


def mapped(numbers: Numbers, x: tf.Tensor) -> tf.Tensor:
    """`Numbers.mapped`."""
    above, below = _room(numbers, x)
    logit = tf.math.log(above) - tf.math.log(below)
    return tf.where(numbers.is_log, tf.math.log(above), tf.where(numbers.is_logit, logit, x))


def _log_slope(numbers: Numbers, x: tf.Tensor) -> tf.Tensor:
    above, below = _room(numbers, x)
    logit, zeros = tf.math.log(1 / above + 1 / below), tf.zeros_like(x)
    return tf.where(numbers.is_log, -tf.math.log(above), tf.where(numbers.is_logit, logit, zeros))


def _width(numbers: Numbers, x: tf.Tensor) -> tf.Tensor:
    step = _f(2 * np.maximum(numbers.half, TINY))
    above, below = _room(numbers, x - step / 2)
    log = tf.math.log1p(step / above)
    logit = log + tf.math.log1p(step / tf.maximum(below - step, TINY))
    return tf.where(numbers.is_log, log, tf.where(numbers.is_logit, logit, step))


def _room(numbers: Numbers, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    above = tf.maximum(x - _f(numbers.floor) + _f(numbers.shift), TINY)
    return above, tf.maximum(_f(numbers.ceiling) - x + _f(numbers.shift), TINY)


def _unmapped(numbers: Numbers, y: tf.Tensor) -> tf.Tensor:
    start = _f(numbers.floor - numbers.shift)
    log = start + tf.exp(tf.minimum(y, 80.0))
    logit = start + _f(numbers.ceiling - numbers.floor + 2 * numbers.shift) * tf.sigmoid(y)
    return tf.where(numbers.is_log, log, tf.where(numbers.is_logit, logit, y))


def observed(layout: Layout, x: tf.Tensor) -> tf.Tensor:
    """1 where a cell is there, 0 where it is missing, of encoded rows, [..., V]."""
    num, gaps = len(layout.schema.learned), layout.schema.with_gaps
    place = np.zeros((len(gaps), num), np.float32)
    place[np.arange(len(gaps)), list(gaps)] = 1
    always = _f(1 - place.sum(axis=0))
    return tf.tensordot(x[..., num:], place, 1) + always if gaps else tf.ones_like(x)


def _columns(x: tf.Tensor, places: Array) -> tf.Tensor:
    return tf.gather(x, tf.constant(places, tf.int32), axis=-1)


def _rows(flat: tf.Tensor, num: int) -> tf.Tensor:
    """[..., V·C] as [..., V, C]: not by a reshape, as ONNX has no shape of any leading axes."""
    return tf.stack(tf.split(flat, num, axis=-1), axis=-2)


def _f(values: Array) -> tf.Tensor:
    return tf.constant(values, tf.float32)
