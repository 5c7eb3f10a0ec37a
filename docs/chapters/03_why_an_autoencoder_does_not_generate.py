# %% [markdown]
# # 3 · Why an autoencoder does not generate
#
# A decoder turns any z into an image. So why not choose z at random, and have new digits? Because nobody told
# the decoder what to make of a z that no image has as its code, and nobody told the encoder where to put the codes. With codes of one and two
# numbers you can see all of it.

# %%
import numpy as np
from sklearn.mixture import GaussianMixture

from vaezoo import datasets, images, reference_classifiers
from vaezoo.metrics import confident_share
from vaezoo.models import Autoencoder
from vaezoo.tutorial import chart, show

import keras  # isort: skip  # after vaezoo, which keeps TensorFlow quiet

data = datasets.load("digits")
train, test = (datasets.as_float(x) for x in (data.train, data.test))
labels = data.labels["train"]


def trained(d, seed=0):
    """A deep autoencoder with a code of d numbers."""
    keras.utils.set_random_seed(seed)
    network = {"name": "mlp", "hidden": [128, 128]}
    model = Autoencoder((8, 8, 1), d, network=network, seed=seed)
    epochs = 60
    steps = epochs * (len(train) // 128 + 1)
    schedule = keras.optimizers.schedules.CosineDecay(4e-3, steps)
    model.compile(keras.optimizers.Adam(schedule), jit_compile=False)  # faster on a CPU
    model.fit(train, epochs=epochs, batch_size=128, verbose=0)
    return model


line, plane = trained(1), trained(2)
for model in (line, plane):
    error = ((model.reconstruct(test) - test) ** 2).mean()
    print(f"D = {model.latent_dim}: squared error {error:.4f} per pixel on test images")

# %% [markdown]
# ## One number
#
# Where on the line are the codes? Each dot below is a training image: across, its code; up, its label. Above it, how
# many codes there are.

# %%
codes = line.encode_mean(train)[:, 0]
rng = np.random.default_rng(0)
heights = labels + rng.uniform(-0.3, 0.3, len(labels))
counts, edges = np.histogram(codes, bins=80)
groups = {str(k): (codes[labels == k], heights[labels == k]) for k in range(10)}
show(
    chart("codes, by label", groups, x_label="z", dots=True),
    chart("number of codes", {"codes": (edges[:-1], counts)}, x_label="z"),
)
print(f"codes from {codes.min():.1f} to {codes.max():.1f}, standard deviation {codes.std():.1f}")

# %% [markdown]
# The range is arbitrary: a stretched code and a decoder that shrinks it have the same error. Digits lie in heaps with other
# digits in between. Decode 32 evenly spaced points of the range, from left to right:

# %%
z = np.linspace(codes.min(), codes.max(), 32, dtype=np.float32)[:, None]
show(images.grid(line.decode_mean(z), columns=16))

# %% [markdown]
# Some are digits; many are the blend of two that happen to be neighbours on the line.
#
# ## Two numbers
#
# Codes on the left. On the right, the same codes, and 500 draws of N(0, I): what you would decode if you treated the
# autoencoder as a generative model.

# %%
codes = plane.encode_mean(train)
draws = rng.standard_normal((500, 2)).astype(np.float32)
groups = {str(k): tuple(codes[labels == k].T) for k in range(10)}
show(
    chart("codes, by label", groups, x_label="first number of the code", dots=True),
    chart(
        "codes and draws",
        {"codes": codes.T, "N(0, I)": draws.T},
        x_label="first number of the code",
        dots=True,
    ),
    height=340,
)

# %% [markdown]
# Many draws fall where no code is, and parts of the map are hardly ever drawn. Decode a few:

# %%
show(images.grid(plane.decode_mean(draws[:32]), columns=16))

# %% [markdown]
# ## A better distribution?
#
# You can do better than N(0, I): fit a normal to the codes, mean and covariance. Now the draws have the codes' range. They still
# fall into the gaps between the heaps, and outside the map's edge. To have a number, ask a classifier that was trained on
# these digits for how many images it is sure, at 95% or more, which digit they are.

# %%
classifier = reference_classifiers.load("digits")


def sure(x):
    """Share of images of which the classifier is sure."""
    return confident_share(classifier(np.clip(x, 0, 1)).probabilities)


unit = rng.standard_normal((2000, 2)).astype(np.float32)
fitted = rng.multivariate_normal(codes.mean(axis=0), np.cov(codes.T), 2000).astype(np.float32)
print(f"test images            {sure(test):.2f}")
print(f"their reconstructions  {sure(plane.reconstruct(test)):.2f}")
print(f"z of the fitted normal {sure(plane.decode_mean(fitted)):.2f}")
print(f"z of N(0, I)           {sure(plane.decode_mean(unit)):.2f}")
show(images.grid(plane.decode_mean(fitted[:32]), columns=16))

# %% [markdown]
# The classifier is a lenient judge: it has seen nothing but digits, and may be sure of a smear. So look at the map itself.
# Decode the whole plane, and mark where codes are.

# %%
low, high = codes.min(axis=0), codes.max(axis=0)
across, up = (np.linspace(a, b, 14) for a, b in zip(low, high, strict=True))
places = np.array([(a, b) for b in up[::-1] for a in across], np.float32)
show(images.grid(plane.decode_mean(places), columns=14))

spacing = (high - low) / 13
near = (np.abs(codes[:, None] - places[None]) < spacing / 2).all(axis=2).any(axis=0)
print(f"{near.mean():.0%} of these {len(places)} places have a training image's code in their cell")

# %% [markdown]
# ## Two trainings, two maps
#
# Train again with another seed: the error is about the same, the map another one. Nothing in the loss prefers either. A direction
# in the code has no meaning that you can count on.

# %%
other = trained(2, seed=1)
maps = {}
for name, model in (("seed 0", plane), ("seed 1", other)):
    z = model.encode_mean(train)
    groups = {str(k): tuple(z[labels == k].T) for k in range(10)}
    maps[name] = chart(name, groups, x_label="first number of the code", dots=True)
    error = ((model.reconstruct(test) - test) ** 2).mean()
    print(f"{name}: squared error {error:.4f}, standard deviations {z.std(axis=0).round(1)}")
show(*maps.values(), height=340)

# %% [markdown]
# What is missing is a term in the loss that says where codes should be, and that fills the gaps between them. That is the
# second term of the VAE, in [chapter 4](04_the_vae.md).
#
# ## Exercises
#
# 1. Interpolate: decode 12 points on the straight line between the codes of a 0 and a 1.
# 2. Add noise to the codes of the test images before you decode, with a tenth of the codes' standard deviation. How fast does the
#    error grow?
# 3. Draw z from a mixture of 20 normals fitted to the codes (`sklearn.mixture.GaussianMixture`). Is
#    the classifier surer?

# %% [markdown] solution 1
# The ends are digits. What lies between depends on whose territory the line crosses.

# %% solution 1
ends = [codes[labels == k][0] for k in (0, 1)]
t = np.linspace(0, 1, 12, dtype=np.float32)[:, None]
show(images.grid(plane.decode_mean((1 - t) * ends[0] + t * ends[1]), columns=12))

# %% [markdown] solution 2
# Fast: the decoder was only ever asked for the codes themselves.

# %% solution 2
z = plane.encode_mean(test)
for share in (0, 0.02, 0.05, 0.1, 0.2):
    moved = z + share * codes.std(axis=0) * rng.standard_normal(z.shape)
    error = ((plane.decode_mean(moved.astype(np.float32)) - test) ** 2).mean()
    print(f"noise of {share:.2f} standard deviations: squared error {error:.4f}")

# %% [markdown] solution 3
# It is: the components follow the heaps. This is "ex-post density estimation"
# ([Ghosh et al. 2020](https://arxiv.org/abs/1903.12436)), and `sampler=` of a recipe does it for any model. Chapter 8 comes back to it.

# %% solution 3
mixture = GaussianMixture(20, random_state=0).fit(codes)
z = mixture.sample(2000)[0].astype(np.float32)
print(f"sure of {sure(plane.decode_mean(z)):.2f}")
show(images.grid(plane.decode_mean(rng.permutation(z)[:32]), columns=16))

# %% [markdown]
# ## References
#
# - Hinton & Salakhutdinov 2006, [Reducing the dimensionality of data with neural
#   networks](https://doi.org/10.1126/science.1127647)
# - Bengio, Courville & Vincent 2013, [Representation learning](https://arxiv.org/abs/1206.5538)
# - Ghosh, Sajjadi, Vergari, Black & Schölkopf 2020, [From variational to deterministic
#   autoencoders](https://arxiv.org/abs/1903.12436)
