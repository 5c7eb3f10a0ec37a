# %% [markdown]
# # 10 · The hard parts
#
# Four things go wrong with VAEs, and with what is built on them:
#
# - data of several modes, between which a single normal prior leaves no gap;
# - mode collapse, when an adversarial model has only some of the modes;
# - posterior collapse, when z says nothing of x;
# - latents that no human can name.
#
# Here you make each of them happen, look at it, and try what helps. What this chapter does with one seed and in seconds, three
# benchmarks do with five seeds and for longer: [many modes](../benchmarks/multimodal.md), [posterior
# collapse](../benchmarks/collapse.md) and [disentanglement](../benchmarks/disentanglement.md).

# %%
import keras
import numpy as np
import tensorflow as tf

import vaezoo
from vaezoo import datasets, evaluation, metrics, models, samplers
from vaezoo.tutorial import chart, show

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# %% [markdown]
# ## Many modes
#
# Twenty-five normals of deviation 0.05, on a grid. The density is known, so that nothing has to be judged by eye: a mode is covered if it
# gets a fifth of its share of the samples, and a sample is off the modes if it is further than four deviations from each.

# %%
places = np.stack(np.meshgrid(*[np.arange(-2.0, 3)] * 2), axis=-1).reshape(-1, 2)


def draw(num):
    return (places[rng.integers(25, size=num)] + 0.05 * rng.standard_normal((num, 2))).astype("f4")


def log_density(x):
    squares = ((x[:, None] - places) ** 2).sum(-1) / 0.05**2
    return np.log(np.exp(-0.5 * squares).mean(1)) - np.log(2 * np.pi * 0.05**2)


def coverage(x):
    distance = np.linalg.norm(x[:, None] - places, axis=-1)
    near = distance.min(1) < 0.2
    counts = np.bincount(distance[near].argmin(1), minlength=25)
    return int((counts > len(x) / 125).sum()), 1 - near.mean()


def train(model, x, epochs, rate=3e-3):
    steps = epochs * (len(x) // 250)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)))
    model.fit(x, batch_size=250, epochs=epochs, verbose=0)
    return model


def samples(model, num=4000):
    z = model.sample_latents(num, seed=0)
    if not model.has_density:  # no p(x|z) to draw from
        return np.asarray(model.decode_mean(z))
    return np.asarray(model.decode(tf.constant(z)).sample(seed=0))


def scatter(title, x):
    show(chart(title, {title: (x[:, 0], x[:, 1])}, dots=True, limits=(-2.6, 2.6)))


x, test = draw(20_000), draw(500)
truth = log_density(test).mean()
parts = {"likelihood": "normal", "network": {"name": "mlp", "hidden": [64, 64]}, "seed": 0}


def tell(name, model):
    covered, off = coverage(samples(model))
    gap = ""
    if model.has_density:
        gap = model.log_likelihood(test, num_samples=200, seed=0).mean() - truth
        gap = f", {gap:+.2f} nats beside the truth"
    print(f"{name}: {covered} of 25 modes, {off:.0%} of the samples off them{gap}")


first = train(models.VAE((2,), 2, **parts), x, 15)
tell("a VAE", first)
scatter("samples", samples(first))

# %% [markdown]
# It has learned one broad normal. The decoder's scale is learned too, and begins at 1. At so much noise a code of x is worth less than
# it costs, so z says nothing; and as long as z says nothing, there is no better scale. The last section is about this trap. A way out of it is to charge
# for z later: weigh the KL by 0 at first, and by 1 after a thousand steps.

# %%
late = {"objective": {"name": "annealed_elbo", "warmup_steps": 1000}}
plain = train(models.VAE((2,), 2, **late, **parts), x, 25)
tell("with a warm-up", plain)
scatter("samples", samples(plain))

# %% [markdown]
# Most modes are there, and between them bridges, on which most of the samples lie. The decoder is a continuous map: it takes a normal, which is in one piece, to twenty-five places,
# and what lies between them in z has to land somewhere. A steeper decoder makes bridges thinner; a prior with gaps needs none.

# %%
prior = {"name": "mixture", "num_components": 25}
mixed = train(models.VAE((2,), 2, prior=prior, **late, **parts), x, 25)
tell("with a mixture as its prior", mixed)
scatter("samples", samples(mixed))

# %% [markdown]
# "Nats beside the truth" is minus the Kullback-Leibler divergence of the truth from the model, but for what importance sampling misses.
#
# ## Mode collapse
#
# A VAE pays for each x that it cannot explain, and so has to cover all modes. An adversarial model pays for samples that look wrong; nothing reminds it of a mode that it
# left out. A VAE/GAN has a critic judge its samples, and takes the features of this critic in place of x itself.

# %%
judged = train(models.VAEGAN((2,), 2, **parts), x, 25, rate=2e-3)
tell("a VAE/GAN", judged)
scatter("samples", samples(judged))

# %% [markdown]
# In so few steps it has lost no modes, since it has not found them: what the critic cannot tell apart yet, the decoder does not keep apart. Neither has it a likelihood by which
# you could see that it is not done. [The benchmark](../benchmarks/multimodal.md) trains longer, from five seeds, and counts.
#
# ## Posterior collapse
#
# The KL is the price of telling the decoder about x. Where the price is too high, or the decoder can do without, the cheapest
# encoder is one that says nothing: q(z|x) = p(z) for every x. The loss goes down all the same, so you have to look. Two figures show it:
# the *active units*, dimensions whose mean moves with x, and the *mutual information* I(x; z) of data and latents.
#
# Too high a price is easily arranged: a β-VAE of the digits, of ever larger β.

# %%
digits = datasets.load("digits")
train_x, test_x = ((datasets.as_float(x) > 0.5).astype("f4") for x in (digits.train, digits.test))


def in_z(model):
    """Active units and I(x; z)."""
    q = model.encode(test_x)
    z, mean, scale = (np.asarray(v, "f8") for v in (q.sample(seed=0), q.mean(), q.stddev()))
    log_prior = -0.5 * (z**2 + np.log(2 * np.pi)).sum(1)
    information = metrics.kl_decomposition(mean, scale, z, log_prior)["mutual_information"]["mean"]
    return metrics.active_units(mean), information


betas, found = (0.5, 1, 2, 4), []
for beta in betas:
    model = models.VAE((8, 8, 1), 8, objective={"name": "elbo", "beta": float(beta)}, seed=0)
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(train_x, batch_size=64, epochs=12, verbose=0)
    found.append(in_z(model))
    print(f"β = {beta:<4} {found[-1][0]} of 8 active units, {found[-1][1]:.2f} nats about x")
show(
    chart(
        "nats that z says of x",
        {"I(x; z)": (np.log2(betas), [information for _, information in found])},
        x_label="log2 of β",
    )
)

# %% [markdown]
# Here a warm-up changes nothing: in the end the price is the same. It helps where collapse is no optimum but a place where training got
# stuck, as on the grid above, and as decoders do that predict each pixel from the ones before it: they learn to do without z before z says anything.
# [The benchmark](../benchmarks/collapse.md) has such a decoder, and compares the remedies at equal likelihood.
#
# *Free bits* set a floor instead: up to λ nats per dimension are free of charge, so that nothing is gained by saying less.

# %%
for nats in (0.1, 0.5):
    model = models.FreeBitsVAE((8, 8, 1), 8, free_nats=nats, seed=0)
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(train_x, batch_size=64, epochs=12, verbose=0)
    active, information = in_z(model)
    print(
        f"free bits, {nats} nats each: {active} of 8 active units, {information:.2f} nats about x"
    )

# %% [markdown]
# ## Latents with a meaning
#
# Nothing in the ELBO ties a dimension of z to something that you can name: turn the latents of a VAE with a normal prior by any angle, let the decoder turn
# them back, and no likelihood changes ([Locatello et al. 2019](https://arxiv.org/abs/1811.12359)). What decides
# are the encoder's diagonal covariance, a little, and penalties, more. On dSprites, where the factors of each image are known, two published
# presets penalise the total correlation of q(z). Each row is a factor, each column an active latent; numbers are mutual information, as a share of
# the factor's entropy.

# %%
sprites = datasets.load("dsprites")
rows = rng.permutation(len(sprites.test))[:2000]
factors = sprites.factors["test"][rows]
for name in ("dsprites_factor_vae", "dsprites_beta_tcvae"):
    means = np.asarray(vaezoo.load(name).encode(datasets.as_float(sprites.test[rows])).mean())
    active = means.var(0) > 0.01
    information, entropies = metrics.mutual_informations(means[:, active], factors)
    print(f"{name}, MIG {metrics.mig(means, factors):.2f}")
    for factor, row in zip(sprites.factor_names, (information / entropies).T, strict=True):
        print(f"  {factor:12s}", " ".join(f"{value:.2f}" for value in row))

# %% [markdown]
# Position and size have a latent each. Shape and orientation have none: at these penalties they are not worth their price, the same
# mechanism as above. If you have labels of what matters, use them: in [chapter 9](09_interpolation_and_attributes.md), a model that is told an attribute
# for some dimensions learns exactly these.
#
# ## Exercises
#
# 1. Fit a mixture of 25 normals to the latents of the plain VAE's training data, and draw z from it. What becomes of the bridges?
# 2. Fix the decoder's scale at 1, with the warm-up. Does the VAE find the modes?
# 3. Turn the two latents of the plain VAE by 45 degrees, and the decoder's input back. Has a figure of this chapter changed?

# %% [markdown] solution 1
# They are gone, though the model is the same: what was wrong was the prior, and a second stage mends it. `vaezoo.samplers` has such samplers.

# %% solution 1
z = evaluation.sample_posterior(plain, x[:10_000])
fitted = samplers.fit_sampler("mixture", z, num_components=25, seed=0)
drawn = fitted.from_noise(rng.standard_normal((4000, fitted.noise_dim)).astype("f4"))
again = np.asarray(plain.decode(tf.constant(np.asarray(drawn, "f4"))).sample(seed=0))
print("{} of 25 modes, {:.0%} off them".format(*coverage(again)))

# %% [markdown] solution 2
# No, and it should not: at each z there is a normal of deviation 1, in which the modes drown. That is collapse as well, and no fault of training: z has nothing to say that would be
# heard over this noise.

# %% solution 2
blurred = {**parts, "likelihood": {"name": "normal", "scale": 1.0}}
tell("fixed at 1", train(models.VAE((2,), 2, **late, **blurred), x, 10))

# %% [markdown] solution 3
# None: p(z) does not change under a turn, and no x is decoded otherwise. The posteriors' covariance does change, to one that is not diagonal: that is
# all that tells one orientation from another.

# %% solution 3
turn = np.array([[1, -1], [1, 1]], "f4") / np.sqrt(2)
z = plain.sample_latents(4000, seed=0) @ turn
back = np.asarray(plain.decode(tf.constant(np.asarray(z @ turn.T, "f4"))).sample(seed=0))
print("{} of 25 modes, {:.0%} off them".format(*coverage(back)))

# %% [markdown]
# ## References
#
# - Bowman et al. 2016, [Generating sentences from a continuous space](https://arxiv.org/abs/1511.06349)
# - Kingma et al. 2016, [Improving variational inference with inverse autoregressive flow](https://arxiv.org/abs/1606.04934), free
#   bits
# - He, Spokoyny, Neubig & Berg-Kirkpatrick 2019, [Lagging inference networks and posterior
#   collapse](https://arxiv.org/abs/1901.05534)
# - Locatello et al. 2019, [Challenging common assumptions in the unsupervised learning of disentangled
#   representations](https://arxiv.org/abs/1811.12359)
