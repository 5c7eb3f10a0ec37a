# %% [markdown]
# # 2 · Autoencoders, linear and deep
#
# An autoencoder is two functions: an encoder E from x to a code z of D numbers, and a decoder from z back to
# x. They are trained together, to make the squared error small:
#
# ```
# loss = |x - D(E(x))|²
# ```
#
# If both are matrices, you know the answer already: it is PCA. If they are networks, the code can follow curves.

# %%
import numpy as np

from vaezoo import datasets, images
from vaezoo.models import PCA, Autoencoder, LinearAutoencoder
from vaezoo.tutorial import chart, show

import keras  # isort: skip  # after vaezoo, which keeps TensorFlow quiet

data = datasets.load("digits")
train, validation, test = (datasets.as_float(x) for x in (data.train, data.validation, data.test))


def fit(model, epochs, rate=4e-3):
    """Trains, with a learning rate that falls to 0, and returns the loss of each epoch."""
    steps = epochs * (len(train) // 128 + 1)
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(keras.optimizers.Adam(schedule), jit_compile=False)  # faster on a CPU
    return model.fit(train, epochs=epochs, batch_size=128, verbose=0).history["loss"]


def squared_error(model, x):
    """Mean over images and pixels."""
    return ((model.reconstruct(x) - x) ** 2).mean()


# %% [markdown]
# ## Linear: PCA by gradient descent
#
# `LinearAutoencoder` has one matrix on each side and no hidden layer. At every minimum of its loss it spans the first D
# principal components ([Baldi & Hornik 1989](https://doi.org/10.1016/0893-6080(89)90014-2)), and it has no other
# minima. So gradient descent must find, sooner or later, what the singular value decomposition finds at once.

# %%
pca = PCA((8, 8, 1), 8)
pca.adapt(train)  # in closed form: there is nothing to train

keras.utils.set_random_seed(0)
linear = LinearAutoencoder((8, 8, 1), 8, seed=0)
fit(linear, epochs=150, rate=1e-2)
print(f"PCA                {squared_error(pca, train):.5f} in training")
print(f"linear autoencoder {squared_error(linear, train):.5f} in training")

# %% [markdown]
# Nearly the same error, a little above the least that is possible. Is it the same code? Compare what their decoders can reach: two
# planes of 8 dimensions in the 64 of the pixels. The cosines of their principal angles are 1 where the planes have a direction in common.


# %%
def directions(model):
    """An orthonormal basis of what the decoder reaches, [64, D]."""
    zero = np.zeros((1, model.latent_dim), np.float32)
    moved = model.decode_mean(np.eye(model.latent_dim, dtype=np.float32)) - model.decode_mean(zero)
    return np.linalg.qr(moved.reshape(model.latent_dim, -1).T).Q


cosines = np.linalg.svd(directions(pca).T @ directions(linear), compute_uv=False)
print("cosines of the principal angles:", np.round(cosines, 3))
variances = np.linalg.eigvalsh(np.cov(train.reshape(len(train), -1).T))[::-1]
print("variances of components 6 to 10: ", np.round(variances[5:10], 3))
print("correlation of the first two codes of the linear autoencoder:", end=" ")
print(f"{np.corrcoef(linear.encode_mean(train)[:, :2].T)[0, 1]:.3f}")

# %% [markdown]
# Seven of the eight directions are the same. The last one is still on its way: the variances of the eighth and the ninth
# component hardly differ, so that a mixture of both costs hardly more than the eighth alone, and the slope that
# would turn it is slight (exercise 1).
#
# The plane is the same, or becomes so; the coordinates in it are not. The loss does not care how you turn the code, as long as the decoder
# turns it back. PCA's are uncorrelated and in order; nothing asks that of the autoencoder.
#
# ## Deep: codes that follow curves
#
# Now with two hidden layers on each side.

# %%
errors, models = {"PCA": [], "deep autoencoder": []}, {}
sizes = (1, 2, 8)
for d in sizes:
    by_components = PCA((8, 8, 1), d)
    by_components.adapt(train)
    keras.utils.set_random_seed(0)
    models[d] = Autoencoder((8, 8, 1), d, network={"name": "mlp", "hidden": [128, 128]}, seed=0)
    fit(models[d], epochs=60)
    errors["PCA"].append(squared_error(by_components, test))
    errors["deep autoencoder"].append(squared_error(models[d], test))
    print(
        f"D = {d}: PCA {errors['PCA'][-1]:.4f}, deep {errors['deep autoencoder'][-1]:.4f} on test "
        f"images, {squared_error(models[d], train):.4f} in training"
    )
show(
    chart(
        "squared error per pixel, test images",
        {name: (np.log2(sizes), values) for name, values in errors.items()},
        x_label="log2 of the size of the code",
    )
)

# %% [markdown]
# At each size the networks do better, on images that they have not seen. (On those of the training they do better still: networks of
# this size can remember part of 1,297 images.) Below: test images, from 2 numbers by PCA, from 2 by the
# network, and from 8 by the network.

# %%
flat = PCA((8, 8, 1), 2)
flat.adapt(train)
rows = [test[:12], flat.reconstruct(test[:12])]
rows += [models[d].reconstruct(test[:12]) for d in (2, 8)]
show(images.grid(np.concatenate(rows), columns=12))

# %% [markdown]
# ## The map again
#
# With D = 2, the codes of the test images by both. Neither has seen a label. How well a map sorts the digits, the
# nearest neighbour says, as in [chapter 1](01_dimension_reduction.md): is the training image with the closest code of the same digit?

# %%
labels = data.labels["test"]


def neighbours_right(model):
    """Share of test images whose nearest training image, by code, has their label."""
    a, b = model.encode_mean(train), model.encode_mean(test)
    nearest = ((b[:, None] - a[None]) ** 2).sum(axis=2).argmin(axis=1)
    return (data.labels["train"][nearest] == labels).mean()


for name, model in (("PCA", flat), ("deep autoencoder", models[2])):
    print(f"{name:16s} {100 * neighbours_right(model):.1f}% right")


def map_of(model, title):
    codes = model.encode_mean(test)
    groups = {str(k): tuple(codes[labels == k].T) for k in range(10)}
    return chart(title, groups, x_label="first number of the code", dots=True)


show(map_of(flat, "PCA"), map_of(models[2], "deep autoencoder"), height=340)

# %% [markdown]
# ## What the bottleneck is for
#
# With a code as large as the image, the best autoencoder copies. Small codes are one way to forbid that; noise is
# another: a *denoising* autoencoder sees a damaged x and has to make the whole one
# ([Vincent et al. 2008](https://doi.org/10.1145/1390156.1390294)).

# %%
keras.utils.set_random_seed(0)
denoising = Autoencoder(
    (8, 8, 1),
    16,
    corruption={"name": "gaussian", "scale": 0.3},
    network={"name": "mlp", "hidden": [128, 128]},
    seed=0,
)
fit(denoising, epochs=60)
noise = np.random.default_rng(0).normal(scale=0.3, size=test.shape)
damaged = np.clip(test + noise, 0, 1).astype(np.float32)
cleaned = denoising.reconstruct(damaged)
print(f"squared error: damaged {((damaged - test) ** 2).mean():.4f}, ", end="")
print(f"cleaned {((cleaned - test) ** 2).mean():.4f}")
show(images.grid(np.concatenate([test[:12], damaged[:12], cleaned[:12]]), columns=12))

# %% [markdown]
# ## Exercises
#
# 1. Train the linear autoencoder with D = 7 instead, where the next component is further away. Does it find all seven directions?
# 2. Clean the damaged images with the ordinary deep autoencoder of D = 8, which has never seen noise.
# 3. Train the deep autoencoder with D = 1. Which digits does it give up?

# %% [markdown] solution 1
# The wider the gap between the last variance that is kept and the first that is not, the faster. Compare the smallest cosine with the one above.

# %% solution 1
pca = PCA((8, 8, 1), 7)
pca.adapt(train)
keras.utils.set_random_seed(0)
linear = LinearAutoencoder((8, 8, 1), 7, seed=0)
fit(linear, epochs=150, rate=1e-2)
cosines = np.linalg.svd(directions(pca).T @ directions(linear), compute_uv=False)
print(np.round(cosines, 3))

# %% [markdown] solution 2
# It helps, because its code has no room for most of the noise; but what is left of the noise moves the code away from those of
# clean images.

# %% solution 2
print(f"{((models[8].reconstruct(damaged) - test) ** 2).mean():.4f}")

# %% [markdown] solution 3
# One number orders all images along a line. The digits with the largest error are those for which the line has no stretch of their own.

# %% solution 3
error = ((models[1].reconstruct(test) - test) ** 2).mean(axis=(1, 2, 3))
by_digit = {k: error[labels == k].mean() for k in range(10)}
for k in sorted(by_digit, key=by_digit.get, reverse=True):
    print(f"{k}: {by_digit[k]:.4f}")

# %% [markdown]
# ## References
#
# - Baldi & Hornik 1989, [Neural networks and principal component
#   analysis](https://doi.org/10.1016/0893-6080(89)90014-2)
# - Hinton & Salakhutdinov 2006, [Reducing the dimensionality of data with neural
#   networks](https://doi.org/10.1126/science.1127647)
# - Vincent, Larochelle, Bengio & Manzagol 2008, [Extracting and composing robust features with denoising
#   autoencoders](https://doi.org/10.1145/1390156.1390294)
