"""Dreams: what a memory expects, drawn step by step, while a controller acts in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from vaezoo._checks import as_array, check_array, not_negative, positive
from vaezoo._noise import generator
from vaezoo.errors import DataError
from vaezoo.protocols import Array, ArrayLike
from vaezoo.world.memory import Memory, Prediction

# z [N, D] and state [N, H] -> actions: numbers of them [N], or one-hot or vectors [N, A].
Controller: TypeAlias = Callable[[Array, Array], ArrayLike]


@dataclass(frozen=True)
class DreamNoise:
    """All randomness of a dream of N sequences: one noise, one dream, in Keras and as an export.

    Attributes:
        component: ~ U(0, 1), chooses the normal of each dimension's mixture, [T, N, D].
        value: ~ N(0, 1), [T, N, D].
        end: ~ U(0, 1), decides whether the episode ends, [T, N].
    """

    component: Array
    value: Array
    end: Array

    @classmethod
    def draw(cls, num_steps: int, num: int, latent_dim: int, seed: int | None = None) -> DreamNoise:
        """By NumPy: one seed, the same noise everywhere; that of a longer dream begins with it.

        Raises:
            ConfigError: a size below 1, or a seed below 0.
        """
        shape = (positive("num_steps", num_steps), positive("num", num), latent_dim)
        components, values, ends = generator(seed).spawn(3)
        return cls(
            components.random(shape, np.float32),
            values.standard_normal(shape, np.float32),
            ends.random(shape[:2], np.float32),
        )


@dataclass(frozen=True)
class Dream:
    """What was dreamt, of N sequences and T steps.

    Attributes:
        z: from the start on, [N, T + 1, D].
        action: [N, T, A].
        reward: expected ones, [N, T]; 0 after the end.
        done: whether the step ended the episode, 0 or 1, [N, T].
        mask: 1 for steps before and at the end, 0 after it, [N, T].
        state: of the memory after the last step, [N, H].
    """

    z: Array
    action: Array
    reward: Array
    done: Array
    mask: Array
    state: Array

    @property
    def returns(self) -> Array:
        """Sum of the rewards of each sequence, [N]."""
        return np.asarray(self.reward.sum(axis=1))


def dream(
    memory: Memory,
    start: ArrayLike,
    act: Controller,
    num_steps: int,
    *,
    temperature: float = 1.0,
    seed: int | None = None,
    noise: DreamNoise | None = None,
    state: ArrayLike | None = None,
) -> Dream:
    """Sequences that begin in z = `start`, in which the memory stands for the environment.

        z_{t+1} ~ p(z_{t+1} | z_t, a_t, h_t),   a_t = act(z_t, h_t),
        done_t ~ Bernoulli(sigmoid(done_logit))

    Ha & Schmidhuber 2018, sec. 4, https://arxiv.org/abs/1803.10122. All stops once every sequence
    has ended.

    Args:
        memory: in Keras or as an export.
        start: z of the first step, [N, D].
        act: z [N, D] and state [N, H] -> actions, [N] or [N, A].
        num_steps: T, the most steps.
        temperature: tau, as for `draw_next`: above 1 dreams are less certain, so that a
            controller finds it harder to exploit the memory's errors; 0: the likeliest.
        seed: of the noise, drawn by NumPy; None draws new noise each time.
        noise: instead of a seed.
        state: of the memory at the start, [N, H]; None: zeros.

    Raises:
        DataError: arrays of another shape, or actions that there are not.
        ConfigError: `num_steps` below 1, or a negative temperature.
    """
    z = check_array(start, (memory.latent_dim,), what="start")
    num, num_steps = len(z), positive("num_steps", num_steps)
    not_negative("temperature", temperature)
    noise = noise or DreamNoise.draw(num_steps, num, memory.latent_dim, seed)
    _check_noise(noise, (num_steps, num, memory.latent_dim))
    h = memory.initial_state(num) if state is None else np.asarray(state, np.float32)
    going = np.ones(num, bool)
    seen, steps = [z], []
    for t in range(num_steps):
        action = action_vectors(act(z, h), num, memory.num_actions)
        found = memory.step(z, action, h)
        ends = noise.end[t] < sigmoid(found.done_logit)
        steps.append((action, np.where(going, found.reward, 0), going & ends, going))
        z = draw_next(found, noise.component[t], noise.value[t], temperature)
        h, going = found.next_state, going & ~ends
        seen.append(z)
        if not going.any():
            break
    action, reward, done, mask = (
        np.stack(parts, axis=1).astype(np.float32) for parts in zip(*steps, strict=True)
    )
    return Dream(np.stack(seen, axis=1), action, reward, done, mask, h)


def draw_next(
    prediction: Prediction, component: ArrayLike, value: ArrayLike, temperature: float = 1.0
) -> Array:
    """The next z as a function of noise, [N, D].

    At a temperature tau, weights are proportional to w^(1 / tau), and scales are multiplied by
    sqrt(tau): Ha & Eck 2017, eq. 8, https://arxiv.org/abs/1704.03477. 1 is the memory's own
    distribution, 0 the mean of the likeliest normal.

    Args:
        prediction: of a memory.
        component: u ~ U(0, 1), chooses the normal, [N, D]: the first with u below the sum of the
            weights up to it.
        value: ~ N(0, 1), scaled and shifted by it, [N, D].
        temperature: tau, 0 or more.

    Example:
        >>> import numpy as np
        >>> from vaezoo.world.dreams import draw_next
        >>> from vaezoo.world.memory import Prediction
        >>> means, nothing = np.array([[[-5.0], [5.0]]]), np.zeros((1, 0))
        >>> two = Prediction(np.log([[[0.5], [0.5]]]), means, np.ones((1, 2, 1)), *[nothing] * 3)
        >>> draw_next(two, [[0.2]], [[1.0]]).tolist(), draw_next(two, [[0.7]], [[1.0]]).tolist()
        ([[-4.0]], [[6.0]])
    """
    logits = np.asarray(prediction.log_weights, np.float64)
    if temperature == 0:
        index = logits.argmax(axis=1)[:, None]
    else:
        logits = logits / temperature
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        sums = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
        index = (np.asarray(component)[:, None] > sums[:, :-1]).sum(axis=1, keepdims=True)
    mean = np.take_along_axis(prediction.means, index, axis=1)[:, 0]
    scale = np.take_along_axis(prediction.scales, index, axis=1)[:, 0]
    return np.asarray(mean + math.sqrt(temperature) * scale * np.asarray(value), np.float32)


def action_vectors(actions: ArrayLike, num: int, num_actions: int) -> Array:
    """Actions as float32 [num, A]: one-hot of numbers [num], or vectors as they are.

    Raises:
        DataError: another shape, or numbers that are no actions.
    """
    array = as_array(actions, "action")
    if array.shape == (num,):
        if not ((array >= 0) & (array < num_actions) & (array == np.floor(array))).all():
            raise DataError(
                f"action has values from {array.min():g} to {array.max():g}: expected whole "
                f"numbers from 0 to {num_actions - 1}."
            )
        return np.eye(num_actions, dtype=np.float32)[array.astype(np.int64)]
    if len(array.shape) != 2 or len(array) != num:
        raise DataError(
            f"action has shape {list(array.shape)}: expected [{num}] or [{num}, {num_actions}]."
        )
    return check_array(array, (num_actions,), what="action")


def sigmoid(logits: Array) -> Array:
    """1 / (1 + exp(-logits)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)))


def _check_noise(noise: DreamNoise, shape: tuple[int, int, int]) -> None:
    found = (noise.component.shape, noise.value.shape, noise.end.shape)
    if found != (shape, shape, shape[:2]):
        raise DataError(
            f"noise has shapes {list(map(list, found))}: expected twice {list(shape)} and "
            f"{list(shape[:2])}, as DreamNoise.draw gives it."
        )
