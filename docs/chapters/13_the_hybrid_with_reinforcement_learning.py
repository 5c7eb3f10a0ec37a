# %% [markdown]
# # 13 · The hybrid with reinforcement learning
#
# An agent sees a picture, acts, and is rewarded. A picture has hundreds of numbers, most of which do not matter; so let a VAE look at it, and let the agent see
# the code. That is the idea of *World Models* ([Ha & Schmidhuber 2018](https://arxiv.org/abs/1803.10122)): V sees, M remembers, C acts. C can
# then be so small, a few linear functions, that it needs no gradient.
#
# Does the code of a VAE help, and more than that of PCA, or than the pixels themselves? This chapter asks that of a pole on a cart, seen
# from pixels. [The benchmark](../benchmarks/world.md) asks it of more games, with five seeds.
#
# It needs `pip install "vaezoo[train,control]"`.

# %%
import time

import keras
import numpy as np

from vaezoo import images, models, world
from vaezoo.tutorial import chart, show
from vaezoo.world.cartpole import draw_cart_and_pole

ENVIRONMENT = "cartpole"
place = world.make(ENVIRONMENT)
frames = world.random_frames(place, 20_000, seed=0)
print(
    frames.shape,
    f"values from {frames.min():.0f} to {frames.max():.0f}, {place.num_actions} actions",
)
show(images.grid(np.concatenate([frames[:16, ..., :1], frames[:16, ..., 1:]]), columns=16))

# %% [markdown]
# 16 frames of random actions; below each the one before it, since a picture alone does not say how fast the pole falls. Both together are what
# is seen at one step, 640 numbers. The pole falls when it leans by 12 degrees; each step until then earns 1.
#
# ## V
#
# A VAE with a code of four numbers. Two would do, for what can be seen of the mechanics: the angle of the pole, and how fast it changes (the picture
# follows the cart). Nobody tells the VAE. β is 0.2: a pixel more or less, which is all that speed amounts to, costs little likelihood, and the VAE would rather not
# spend information on it.

# %%
SIZE = 4
keras.utils.set_random_seed(0)
vae = models.BetaVAE(
    frames.shape[1:],
    SIZE,
    beta=0.2,
    likelihood="bernoulli",
    network={"name": "mlp", "hidden": [256, 128]},
)
schedule = keras.optimizers.schedules.CosineDecay(2e-3, 20 * 157)
vae.compile(keras.optimizers.Adam(schedule))
start = time.perf_counter()
vae.fit(frames, batch_size=128, epochs=20, verbose=0)
restored = vae.reconstruct(frames[:16])
show(images.grid(np.concatenate([frames[:16, ..., :1], restored[..., :1]]), columns=16))

# %% [markdown]
# ## Three ways to see
#
# The other two get the same frames, and, but for the pixels, the same size of code.

# %%
features = {
    "VAE": world.ModelFeatures(vae),
    "PCA": world.principal_components(frames, SIZE),
    "pixels": world.RawPixels(frames.shape[1:]),
}
for name, each in features.items():
    print(
        f"{name:18s} {each.size:4d} numbers, {(each.size + 1) * place.num_actions:5d} weights of C"
    )

# %% [markdown]
# ## C
#
# The controller is linear: one score per action, W f + b, and the action with the greatest score. CMA-ES finds the weights
# ([Hansen 2016](https://arxiv.org/abs/1604.00772)): it draws a population of them, lets each play, moves its normal distribution towards the best, and
# repeats. All three get the same number of steps in the environment.

# %%
found = {}
for name, each in features.items():
    found[name] = world.fit_controller(
        ENVIRONMENT,
        each,
        units=world.Units.fit(each, frames),
        generations=30,
        population=24,
        episodes=3,
        limit=250,
        max_steps=32_000,
        seed=0,
    )
show(
    chart(
        "mean return of the population",
        {name: (fitted.steps, fitted.returns) for name, fitted in found.items()},
        x_label="steps of the environment",
    )
)

# %% [markdown]
# ## What they earn
#
# In 30 episodes that none of them has played before, of at most 250 steps. (A step holds its action for two of the simulation's, so that 500 is the most.)

# %%
policies = {
    name: world.Agent(features[name], fitted.controller, place.num_actions)
    for name, fitted in found.items()
}
policies["random actions"] = world.RandomPolicy(place.num_actions)
for name, policy in policies.items():
    returns = world.play(ENVIRONMENT, policy, episodes=30, seed=1, limit=250).returns
    error = returns.std() / np.sqrt(len(returns))
    print(f"{name:18s} {returns.mean():6.1f} ± {error:.1f}")

# %% [markdown]
# Seventeen times as much by the VAE's code as by PCA's of the same size. The pixels, in which everything is, come near it, with 128 times as many weights: given
# a quarter more steps, they pass it here. In larger pictures CMA-ES could not search them, and a code is what is left.
#
# Why does PCA's fail? What it has to know is the angle of the pole, and how fast it changes. Draw poles of known angles and changes, and let a
# linear regression say how much of both each kind of feature holds.

# %%
rng = np.random.default_rng(0)
angles, changes = rng.uniform(-0.2, 0.2, 2000), rng.uniform(-0.06, 0.06, 2000)


def drawn(angle):
    return np.stack([draw_cart_and_pole(np.array([0.0, 0.0, one, 0.0])) for one in angle])


pairs = np.concatenate([drawn(angles), drawn(angles - changes)], axis=-1)
for name, each in features.items():
    f = np.concatenate([each.encode(pairs), np.ones((2000, 1))], axis=1)
    for what, values in {"angle": angles, "change": changes}.items():
        weights, *_ = np.linalg.lstsq(f[:1000], values[:1000], rcond=None)
        residual = values[1000:] - f[1000:] @ weights
        print(f"{name:8s} R² of the {what:7s} {1 - residual.var() / values[1000:].var():5.2f}")

# %% [markdown]
# ## M
#
# V sees a moment, and a moment does not say what follows. M is a recurrent network that predicts the next code as a mixture of normal distributions; its
# state is a summary of what happened, and C may see it, too. The preset `cartpole_world` has all three, V and M trained on 20,000 frames of random actions. Let M
# dream what random actions lead to, from the first frame alone, and decode its codes: above what happened, below the dream of the same actions.

# %%
saved = world.load_agent("cartpole_world")
memory, seen = saved.agent.memory, saved.agent.features
real, actions = [], []


def record(row, frame, action, reward, done):
    real.append(frame)
    actions.append(action)


world.roll_out([place], world.RandomPolicy(place.num_actions), [3], record=record)
real, taken = np.stack(real), iter(actions)
dream = world.dream(
    memory, seen.encode(real[:1]), lambda z, state: [next(taken)], len(real) - 1, temperature=0.0
)
pictures = saved.model.decode_mean(dream.z[0])
show(images.grid(np.concatenate([real[:16, ..., :1], pictures[:16, ..., :1]]), columns=16))

# %% [markdown]
# ## C that only dreamt
#
# If M is that good, C needs no environment: it can learn in dreams, in which M says what follows, what it earns, and when the pole has fallen. A temperature of 1 draws
# what follows from M's mixture. Then it wakes up.

# %%
dreamt = world.fit_in_dream(
    memory,
    seen.encode(world.first_frames(place, 100)),
    units=world.Units.fit(seen, frames),
    generations=20,
    population=24,
    episodes=3,
    limit=250,
    seed=0,
)
agent = world.Agent(seen, dreamt.controller, place.num_actions, memory)
returns = world.play(ENVIRONMENT, agent, episodes=30, seed=1, limit=250).returns
print(f"in dreams, the last population {dreamt.returns[-1]:6.1f}")
print(f"awake                          {returns.mean():6.1f} ± {returns.std() / 30**0.5:.1f}")

# %% [markdown]
# That is as good as can be, by a controller that never saw the pole. (The population earns less than its mean: CMA-ES draws around it.)
# [Sequences](../sequences.md) tells how M is trained, and has a VAE whose latents form such a sequence themselves, the recurrent state-space model
# ([Hafner et al. 2019](https://arxiv.org/abs/1811.04551)), and what each of them knows of the next frame, in nats.
#
# ## Exercises
#
# 1. Let C see only the present frame, without the one before. What does the VAE's agent earn?
# 2. Train with β = 1. What is lost, and what does it cost?
# 3. Save the agent, and let it play without TensorFlow.

# %% [markdown] solution 1
# Copy the present frame over the one before. The pole can be seen to lean, not to fall, and balance needs both.

# %% solution 1


class Still:
    """The same features, of a frame that stands still."""

    def __init__(self, features):
        self.features = features
        self.frame_shape, self.size = features.frame_shape, features.size

    def encode(self, frames):
        return self.features.encode(np.repeat(frames[..., :1], 2, axis=-1))


agent = world.Agent(Still(features["VAE"]), found["VAE"].controller, place.num_actions)
print(f"{world.play(ENVIRONMENT, agent, episodes=30, seed=1, limit=250).returns.mean():.1f}")

# %% [markdown] solution 2
# Give `beta=1.0` above and run again. The KL of each dimension, `kl_per_dimension` of `vae.posterior_summary(frames)`, or a look at the
# reconstructions, shows what the code leaves out: first the speeds, which are a pixel or two.

# %% [markdown] solution 3
# ```
# vaezoo world collect cartpole -n 20000 --out data/cartpole
# vaezoo train --data data/cartpole --out runs/cartpole
# vaezoo world train cartpole --model runs/cartpole --out agents/cartpole
# vaezoo world play agents/cartpole --episodes 20 -o play.gif
# ```
#
# The last command needs ONNX Runtime, NumPy and gymnasium only.

# %% [markdown]
# ## References
#
# - Ha & Schmidhuber 2018, [World models](https://arxiv.org/abs/1803.10122)
# - Hafner, Lillicrap, Fischer et al. 2019, [Learning latent dynamics for planning from pixels](https://arxiv.org/abs/1811.04551)
# - Hansen 2016, [The CMA evolution strategy: a tutorial](https://arxiv.org/abs/1604.00772)
