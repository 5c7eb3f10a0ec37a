# %% [markdown]
# # 1 · Dimension reduction and PCA
#
# An image of 8 × 8 pixels is a point in 64 dimensions. Most points there are noise: images of
# digits lie on a thin, curved part of the space. Dimension reduction looks for coordinates of that part: few numbers from
# which the image can be made again.
#
# The oldest method is also the one that every other has to beat: principal component analysis. This chapter
# computes it by hand on the 1,797 handwritten digits that come with scikit-learn.

# %%
import numpy as np

import vaezoo
from vaezoo import datasets, images
from vaezoo.tutorial import chart, show

data = datasets.load("digits")
train, test = (datasets.as_float(x) for x in (data.train, data.test))
print(train.shape, test.shape, f"values from {train.min():.0f} to {train.max():.0f}")
show(images.grid(test[:32], columns=16))

# %% [markdown]
# ## Directions of most variance
#
# Subtract the mean image. Then look for the unit vector u along which the images vary most. The
# variance along u is u' C u, with C the covariance of the pixels: the best u is the eigenvector of the
# largest eigenvalue, the next best one, at a right angle to it, that of the second, and so on. All of them together come out
# of one singular value decomposition.

# %%
rows, new = train.reshape(len(train), -1), test.reshape(len(test), -1)
mean = rows.mean(axis=0)
_, singular, components = np.linalg.svd(rows - mean, full_matrices=False)
variances = singular**2 / len(rows)
shares = np.cumsum(variances) / variances.sum()
for d in (1, 2, 4, 8, 16, 32):
    print(f"{d:2d} components hold {100 * shares[d - 1]:.1f}% of the variance")
show(
    chart(
        "share of the variance that is held",
        {"first components": (np.arange(1, 65), shares)},
        x_label="number of components",
        limits=(0, 1),
    )
)

# %% [markdown]
# The components are images themselves: grey is 0, bright and dark are opposite signs.

# %%
show(images.grid(0.5 + components[:16].reshape(-1, 8, 8, 1), columns=8))

# %% [markdown]
# ## Encode, decode
#
# The code of x is z = U (x - mean), D numbers; from it, x is approximately U' z + mean. No linear code
# of D numbers has a smaller squared error on the training images: that is the theorem of Eckart and Young. What counts is
# the error on images that were not used.


# %%
def encode(x, d):
    return (x - mean) @ components[:d].T


def decode(z):
    return z @ components[: z.shape[1]] + mean


def squared_error(x, d):
    """Mean over images and pixels."""
    return ((x - decode(encode(x, d))) ** 2).mean()


sizes = np.arange(0, 65)
errors = {
    "training images": (sizes, [squared_error(rows, d) for d in sizes]),
    "test images": (sizes, [squared_error(new, d) for d in sizes]),
}
show(chart("squared error per pixel", errors, x_label="number of components D"))
for d in (2, 8, 16, 32):
    print(
        f"D = {d:2d}: {squared_error(rows, d):.4f} in training, {squared_error(new, d):.4f} in test"
    )

# %% [markdown]
# Each row below shows the same test images: first themselves, then from 2, 8 and 32 numbers.

# %%
restored = [decode(encode(new[:12], d)) for d in (2, 8, 32)]
show(images.grid(np.concatenate([new[:12], *restored]).reshape(-1, 8, 8, 1), columns=12))

# %% [markdown]
# ## Two numbers, on a map
#
# With D = 2 the codes can be drawn. PCA has not seen the labels, and yet some digits keep to themselves.

# %%
codes, labels = encode(new, 2), data.labels["test"]
groups = {str(k): tuple(codes[labels == k].T) for k in range(10)}
show(
    chart("second component against first", groups, x_label="first component", dots=True),
    height=380,
)

# %% [markdown]
# How much of the label is in the code? Ask the nearest neighbour: for each test image, take the label of the
# training image whose code is closest.


# %%
def neighbours_right(d):
    """Share of test images whose nearest training image, by code, has their label."""
    a, b = encode(rows, d), encode(new, d)
    distances = (b**2).sum(axis=1)[:, None] - 2 * b @ a.T + (a**2).sum(axis=1)
    return (data.labels["train"][distances.argmin(axis=1)] == labels).mean()


for d in (1, 2, 4, 8, 16, 64):
    print(f"D = {d:2d}: {100 * neighbours_right(d):.1f}% right")

# %% [markdown]
# A small code keeps almost all that a neighbour needs: that is what dimension reduction is for. What PCA cannot do is follow a curve:
# its codes lie on a plane. [Chapter 2](02_autoencoders.md) replaces the two matrices by networks.
#
# `vaezoo.models.PCA` is the same computation as a model with the interface of all others, and
# `ProbabilisticPCA` gives it a noise and with it a likelihood
# ([Tipping & Bishop 1999](https://doi.org/10.1111/1467-9868.00196)).
#
# ## Exercises
#
# 1. Compare with `digits_vae`, a network with a code of 8 numbers that comes with the package: is its squared error below
#    that of PCA with D = 8?
# 2. Forget to subtract the mean. What becomes of the first component?
# 3. Draw z from a normal with the variances of the training codes, and decode. Do you get digits?

# %% [markdown] solution 1
# Yes, a little. It was trained on pixels that are 0 or 1, each drawn with its grey value as the probability, and has never
# seen grey images. So the comparison is not quite fair to it, nor is PCA's aim, the squared error, its own.

# %% solution 1
restored = vaezoo.load("digits_vae").reconstruct(test)
print(f"digits_vae {((restored - test) ** 2).mean():.4f}, PCA {squared_error(new, 8):.4f}")

# %% [markdown] solution 2
# It becomes the mean image, more or less: the direction in which the points are far from 0.

# %% solution 2
first = np.linalg.svd(rows, full_matrices=False)[2][0]
print(f"cosine with the mean: {abs(first @ mean) / np.linalg.norm(mean):.4f}")

# %% [markdown] solution 3
# Some come close, most are mixtures of strokes: codes of digits are not normal, as the map above shows. How to
# do better is the subject of the chapters that follow.

# %% solution 3
rng = np.random.default_rng(0)
z = rng.standard_normal((16, 16)) * np.sqrt(variances[:16])
show(images.grid(np.clip(decode(z), 0, 1).reshape(-1, 8, 8, 1), columns=8))

# %% [markdown]
# ## References
#
# - Pearson 1901, [On lines and planes of closest fit](https://doi.org/10.1080/14786440109462720)
# - Eckart & Young 1936, [The approximation of one matrix by another of lower
#   rank](https://doi.org/10.1007/BF02288367)
# - Tipping & Bishop 1999, [Probabilistic principal component analysis](https://doi.org/10.1111/1467-9868.00196)
# - Alpaydin & Kaynak 1998, [Optical recognition of handwritten digits](https://doi.org/10.24432/C50P49)
