# %% [markdown]
# # 9 · Interpolation and attributes
#
# A decoder that was trained on digits turns a path of codes into a path of images. This chapter walks: from one digit to another, along
# the line, around the origin and on the shortest way; along one dimension; along the direction of an attribute; and to the same
# z under another label. After each walk comes a measurement, because pictures of good walks are easily chosen.
#
# The models are presets for MNIST, run from their exports. The data are found below `VAEZOO_DATA`, or downloaded
# once. Strokes are measured by scikit-image: `pip install "vaezoo[attributes]"`.

# %%
import numpy as np

import vaezoo
from vaezoo import datasets, images, latent, metrics, reference_classifiers
from vaezoo.datasets import STROKES, measure_strokes
from vaezoo.tutorial import chart, show

model = vaezoo.load("mnist_vae")
data = datasets.load("mnist")
train, test = (datasets.as_float(x) for x in (data.train[:10_000], data.test[:2000]))
labels = data.labels["test"][:2000]
rng = np.random.default_rng(0)
print(f"{model.latent_dim} latents")

# %% [markdown]
# ## Between two images
#
# Two ways from a to b, in nine steps. In pixels, each image is the mean of the ends, with weights that move from one to the other. In the latents,
# the mean is one of codes, and the decoder makes an image of it. So that nothing else differs, both begin and end at the
# same reconstructions.

# %%
first, last = test[0:120:2], test[1:120:2]  # 60 pairs, as they come
walk = latent.interpolate(model, first, last, num=9)
t = np.linspace(0, 1, 9, dtype=np.float32)[:, None, None, None]
blend = (1 - t) * walk[:, :1] + t * walk[:, -1:]
show(images.grid(np.concatenate([rows[k] for k in range(3) for rows in (blend, walk)]), columns=9))

# %% [markdown]
# Three pairs; of each the blend of pixels above, the walk in the latents below. The blend is a double exposure: the one digit is
# still there while the other appears. On the walk, strokes bend and move.
#
# Is that more than an impression? Ask a second model, which has made none of these images: `mnist_vamp`, with another prior, trained by
# itself. For each image draw 0 or 1 for each pixel, with its grey value as the probability, as both models saw the data in
# training, and take log p(x) of what was drawn, by 20 importance samples.

# %%
judge = vaezoo.load("mnist_vamp")


def nats(x):
    """log p(x) by the other model, of pixels that are drawn from the grey values."""
    drawn = (rng.random(x.shape) < x).astype(np.float32)
    return judge.log_likelihood(drawn, num_samples=20)


around = latent.interpolate(model, first, last, num=9, path="spherical")
paths = {"pixels": blend, "line": walk, "spherical": around}
steps = np.arange(9)
curves = {name: [nats(x[:, k]).mean() for k in steps] for name, x in paths.items()}
floor = nats(test[:120]).mean()
print(f"test images themselves  {floor:8.1f} nats")
for name, values in curves.items():
    print(f"{name:10s} at the ends {np.mean([values[0], values[-1]]):8.1f}, ", end="")
    print(f"halfway {values[4]:8.1f} nats")
show(
    chart(
        "log p(x) by another model, nats",
        {name: (steps / 8, values) for name, values in curves.items()},
        x_label="share of the way",
    )
)

# %% [markdown]
# At the ends all are as likely as test images. Halfway the blend has lost more than a hundred nats, the line a small part of that. (Of images that
# are unlike any digit, 20 samples show a little less of log p(x) than there is; the gap is not of that size.) *Spherical* is a path around the origin, of which more below.
#
# A second measurement, of the simplest kind: how far is the image from the nearest of 10,000 training images, and is the reference classifier
# sure of a digit, at 95% or more?

# %%
classifier = reference_classifiers.load("mnist")


def nearest(x):
    """Root of the mean squared difference to the nearest training image, mean over images."""
    a, b = x.reshape(len(x), -1), train.reshape(len(train), -1)
    squares = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)
    return np.sqrt(np.maximum(squares.min(axis=1), 0) / a.shape[1]).mean()


def sure(x):
    """Share of images of which the classifier is sure."""
    return metrics.confident_share(classifier(x).probabilities)


halfway = {name: x[:, 4] for name, x in paths.items()}
everything = {"test images": test[:120], "reconstructions": walk[:, 0], **halfway}
print("                 nearest  sure  grey pixels")
for name, x in everything.items():
    grey = ((x > 0.25) & (x < 0.75)).mean()
    print(f"{name:16s} {nearest(x):7.3f} {sure(x):5.2f} {100 * grey:11.1f}%")

# %% [markdown]
# Reconstructions are nearer to training images than test images are: they are smoother, and a smooth image is nearer to everything. The blend
# has that advantage too, and is the farthest all the same: it is grey where strokes of either end are. The classifier is sure of most images
# halfway on a walk, and of half of the blends. It is not sure of all: on its way from one digit to another a path has to cross a border
# somewhere.
#
# ## Around the origin, and the shortest way
#
# Draws of N(0, I) in D dimensions have a length of about the root of D. The middle of the straight line between two of them is shorter:
# it crosses a region in which hardly any code lies. A path around the origin keeps the length
# ([White 2016](https://arxiv.org/abs/1609.04468)).

# %%
for name in ("line", "spherical"):
    z = latent.latent_path(model, first, last, num=9, path=name)
    lengths = np.linalg.norm(z, axis=2).mean(axis=0)
    print(f"{name:10s} |z| = {lengths[0]:.2f} at the beginning, {lengths[4]:.2f} halfway")

# %% [markdown]
# And it is the likelier way, as the figures above have shown: halfway it loses a good deal less than the line. In
# many latents most of the prior's mass is far from the origin, and the decoder has seen few codes near it.
#
# Neither path asks the decoder. A *geodesic* does: it is the shortest path, measured in what is decoded along it
# ([Arvanitidis et al. 2018](https://arxiv.org/abs/1710.11379)). On the plane of `mnist_vae_2d` it can be drawn.

# %%
plane = vaezoo.load("mnist_vae_2d")
ends = [test[labels == k][:1] for k in (0, 9)]
ways = {
    "line": "line",
    "geodesic": latent.Geodesic(codes=train[:1000], num_codes=300),
}
drawn, rows = {"codes": tuple(plane.encode_mean(train[:1000]).T)}, []
for name, way in ways.items():
    z = latent.latent_path(plane, *ends, num=161, path=way)[0]
    x = plane.decode_mean(z.astype(np.float32))
    length = np.linalg.norm(np.diff(x.reshape(len(x), -1), axis=0), axis=1).sum()
    print(f"{name:9s} {length:.2f} long in pixels")
    drawn[name] = tuple(z.T)
    rows.append(x[::16])
show(chart("two latents", drawn, x_label="first latent", dots=True), height=340)
show(images.grid(np.concatenate(rows), columns=11))

# %% [markdown]
# Above the line, below the geodesic, which is shorter, and runs where more codes are. Look at its middle: it is a blur. That is no mistake.
# In pixels, the shortest way from one image to another is the blend, and a decoder that has blurred places will be led through them. *Short* is not *likely*.
#
# The way out is to measure lengths in something other than pixels, such as the features of the classifier, where a half-faded stroke is
# far from a stroke.
#
# With 40 latents, for eight pairs: lengths relative to the distance of the two ends, in pixels and in features. No path can have less than 1; in
# pixels the blend has exactly that.

# %%
few = slice(0, 8)
ways = {
    "line": "line",
    "spherical": "spherical",
    "geodesic of pixels": latent.Geodesic(codes=train[:1000], num_codes=200, rounds=5),
    "geodesic of features": latent.Geodesic(
        codes=train[:1000],
        features=lambda x: classifier(x).features,
        num_codes=200,
        rounds=5,
    ),
}


def length_ratio(x):
    """Length of paths [P, T, F], relative to the distance of their ends."""
    length = np.linalg.norm(np.diff(x, axis=1), axis=2).sum(axis=1)
    return (length / np.linalg.norm(x[:, -1] - x[:, 0], axis=1)).mean()


print("                      length: pixels  features    nats halfway")
for name, way in ways.items():
    x = latent.interpolate(model, first[few], last[few], num=17, path=way)
    flat = x.reshape(-1, 28, 28, 1)
    seen = classifier(flat).features
    lengths = [length_ratio(values.reshape(*x.shape[:2], -1)) for values in (flat, seen)]
    middle = x[:, 6:11].reshape(-1, 28, 28, 1)  # five of the seventeen points
    print("{:20s} {:15.2f} {:9.2f} {:15.1f}".format(name, *lengths, nats(middle).mean()))

# %% [markdown]
# Each geodesic is the shortest in what it was asked to be short in. That of pixels pays by likelihood;
# that of features does not, at a much longer way in pixels: it changes what a classifier sees as little as it can. Neither is as likely as the
# spherical path, which costs nothing to compute. So choose a path by what it is for, and measure that.
#
# ## One dimension
#
# What does a single latent do? First order them by what they tell of x: the KL of q(z_d|x) from the prior, in nats. Then set one to other values and
# leave the rest.

# %%
ranking = latent.rank_dimensions(model, test)
told = (ranking.amounts > 0.1).sum()
print("most telling latents:", ranking.order[:6], "with", np.round(ranking.amounts[:6], 2), "nats")
print(f"{told} of {model.latent_dim} tell more than 0.1 nats")
values = np.linspace(-3, 3, 11)
show(
    images.grid(
        np.concatenate([latent.traverse(model, test[:1], d, values)[0] for d in ranking.order[:4]]),
        columns=11,
    )
)

# %% [markdown]
# Each row moves one latent from -3 to 3. Some seem to do one thing, such as to lean the digit; others turn one digit into the next. None
# has a name, nothing promises that there is one for what you want to change, and another training would put them in another order.
#
# ## Attributes
#
# So begin with the names. `measure_strokes` measures six attributes of a digit ([Castro et al.
# 2019](https://arxiv.org/abs/1809.10780)): area, length, thickness, slant, width and height. Measure 1,000 images, regress each attribute on their
# codes, and go in z along what the regression found.

# %%
measured = measure_strokes(train[:1000])
codes = model.encode_mean(train[:1000])
spread = measured.std(axis=0)
for name, values in zip(STROKES, measured.T, strict=True):
    fitted = latent.AttributeDirection.fit(codes, values)
    shares = np.corrcoef(np.column_stack([codes, values]).T)[-1, :-1] ** 2
    print(f"{name:9s} {100 * fitted.fit_quality:3.0f}% of the variance told by all, ", end="")
    print(f"{100 * shares.max():3.0f}% by latent {shares.argmax()} alone")

# %% [markdown]
# The code knows its attributes, and more nearly along a line than one might expect of a network. Slant and width even come close to having a latent
# of their own, although nobody asked for that: posteriors with a diagonal covariance prefer axes along which the data vary most, as
# PCA does ([Rolínek et al. 2019](https://arxiv.org/abs/1812.06775)). Height and area are spread over several.
#
# Three directions: of slant, of thickness, and of thickness again with three other attributes *given*: a direction along which
# their regressions do not change.

# %%
column = {name: measured[:, k] for k, name in enumerate(STROKES)}
others = {name: column[name] for name in ("slant", "width", "height")}
directions = {
    "slant": latent.AttributeDirection.fit(codes, column["slant"]),
    "thickness": latent.AttributeDirection.fit(codes, column["thickness"]),
    "thickness, given": latent.AttributeDirection.fit(codes, column["thickness"], given=others),
}
amounts = np.linspace(-2.5, 2.5, 11)
for direction in directions.values():
    edited = [
        latent.edit(model, test[k : k + 1].repeat(11, axis=0), direction, amounts) for k in (2, 3)
    ]
    show(images.grid(np.concatenate(edited), columns=11))

# %% [markdown]
# From above: slant, thickness, thickness with the others given, by -2.5 to 2.5 standard deviations of the attribute, for two test
# images. How much of what was asked for arrives? Edit 60 images, measure the edited ones, and compare with their reconstructions.

# %%
sample = test[200:260]
asked = np.array([-2.0, -1.0, 1.0, 2.0])
plain = model.reconstruct(sample)
before = measure_strokes(plain)
arrived, after = {}, {}
for name, direction in directions.items():
    edited = [latent.edit(model, sample, direction, amount) for amount in asked]
    after[name] = (np.concatenate(edited), np.stack([measure_strokes(x) for x in edited]))
    changes = (after[name][1] - before) / spread  # in standard deviations of the data
    arrived[name] = np.nanmean(changes, axis=1)  # [amount, attribute]

print("change for one standard deviation asked for, in standard deviations of each attribute:")
print(" " * 18 + "".join(f"{name:>10s}" for name in STROKES))
for name, changes in arrived.items():
    slopes = (asked @ changes) / (asked @ asked)
    print(f"{name:18s}" + "".join(f"{slope:10.2f}" for slope in slopes))
place = {name: STROKES.index(name.split(",")[0]) for name in directions}
ideal = {"as asked": (asked, asked)}
show(
    chart(
        "change that arrives, standard deviations",
        {**ideal, **{name: (asked, arrived[name][:, place[name]]) for name in directions}},
        x_label="change that is asked for",
    )
)

# %% [markdown]
# In each row the attribute that was to change is the one that changes most, by about what was asked for. The chart shows where it is not quite so: a
# decoder is no linear function, and makes thick digits thicker than asked and thin ones less thin.
#
# What else changes? With thickness goes area, since thicker strokes cover more pixels: that is no fault of the direction, and no other direction
# could avoid it at the same length. But slant and width, which thickness took along a little, stay nearly where they are once they are given.
#
# Three figures sum an edit up: the rank correlation of what was asked for with what arrived, the mean change of the other attributes, and
# the share of images that the classifier reads as before.

# %%
read = classifier(plain).probabilities.argmax(axis=1)
print("                   accuracy   leak  label kept")
for name in directions:
    x, found = after[name]
    wanted = asked.repeat(len(sample))
    old, new = np.tile(before, (len(asked), 1)), found.reshape(-1, len(STROKES))
    k = place[name]
    accuracy = metrics.edit_accuracy(wanted, old[:, k], new[:, k])
    leak = metrics.leak(old, new, spread, k)
    kept = metrics.label_kept(np.tile(read, len(asked)), classifier(x).probabilities.argmax(axis=1))
    print(f"{name:18s} {accuracy:8.2f} {leak:6.2f} {kept:11.2f}")

# %% [markdown]
# The order of what arrives is nearly perfect. The price is in the other two columns: leaning digits by up to two standard deviations makes some of
# them another digit, changing their thickness hardly any; and giving other attributes lowers the leak without lowering the accuracy.
#
# ## The same z under another label
#
# A conditional VAE gets the label beside z, in the encoder and in the decoder. What is left for z is all that the label does not say:
# the hand. Encode a digit with its label, and decode the same z with all ten.

# %%
cvae = vaezoo.load("mnist_cvae")
shown = test[:6]
twins = [latent.relabel(cvae, shown, k, condition=labels[:6]) for k in range(10)]
show(
    images.grid(
        np.concatenate([shown[:, None], np.stack(twins, axis=1)], axis=1).reshape(-1, 28, 28, 1),
        columns=11,
    )
)

# %% [markdown]
# On the left the image, then its twins from 0 to 9. Do they have the asked label, and is it the same hand? Give 150 images another
# label each, and correlate the attributes of the images with those of their twins. The row below shuffles the twins, to show
# what no relation looks like.

# %%
some, given = test[300:450], labels[300:450]
wanted = (given + rng.integers(1, 10, len(given))) % 10
twin = latent.relabel(cvae, some, wanted, condition=given)
right = (classifier(twin).probabilities.argmax(axis=1) == wanted).mean()
print(f"read as the label that was asked for: {100 * right:.0f}%")
of_some, of_twin = measure_strokes(some), measure_strokes(twin)
print(" " * 10 + "".join(f"{name:>10s}" for name in STROKES))
for name, order in (("twins", np.arange(len(some))), ("shuffled", rng.permutation(len(some)))):
    row = [
        metrics.spearman(a[:, None], b[order][:, None])[0, 0]
        for a, b in zip(of_some.T, of_twin.T, strict=True)
    ]
    print(f"{name:10s}" + "".join(f"{value:10.2f}" for value in row))

# %% [markdown]
# Nearly all twins have the label, and they inherit thickness and slant almost as they were. Length they do not inherit, and should not: it takes
# more ink to write an 8 than a 1, whoever writes. What the label says, z has left out.
#
# [Moving in latent space](../latent.md) lists paths, directions and how to keep them; [the benchmark of
# attributes](../benchmarks/attributes.md) measures more models in the same way.
#
# ## Exercises
#
# 1. How far can you lean a digit before it is another one? Compute the share of labels kept by the direction of slant for amounts up to
#    5 standard deviations.
# 2. Attributes may be yes or no. Fit the direction of "is an 8" and move 3s along it. How far must you go until most are read as 8?
# 3. Walk on the straight line in `mnist_ae`, an autoencoder without a prior. Does the walk need one?

# %% [markdown] solution 1
# One standard deviation is harmless. At three, further than all but a few training images lean, a good part is read as another digit; further out
# most of them are.

# %% solution 1
for amount in (1, 2, 3, 4, 5):
    kept = [
        metrics.label_kept(
            read,
            classifier(
                latent.edit(model, sample, directions["slant"], sign * amount)
            ).probabilities.argmax(axis=1),
        )
        for sign in (-1, 1)
    ]
    print(f"{amount} standard deviations: {kept[0]:.2f} to the left, {kept[1]:.2f} to the right")

# %% [markdown] solution 2
# Few become an 8, at any of these amounts. (One step is a standard deviation of a 0 or 1, so that the means of "no" and "yes" are about three
# steps apart.) What separates eights from all other digits on average is not what separates a 3 from its own 8. The conditional model
# above does that at once, because it was told the labels when it was trained.

# %% solution 2
training_labels = data.labels["train"][:1000]
eight = latent.AttributeDirection.fit(codes, training_labels == 8)
threes = test[labels == 3]
for amount in (0, 1, 2, 3, 4, 6):
    found = classifier(latent.edit(model, threes, eight, amount)).probabilities.argmax(axis=1)
    print(f"{amount}: {(found == 3).mean():.2f} read as 3, {(found == 8).mean():.2f} as 8")

# %% [markdown] solution 3
# It helps. Halfway the classifier is sure of fewer digits of the autoencoder than of blends of pixels: between codes, nothing ever asked its
# decoder for a digit. The nats need care here: its own ends have already lost most of them, since it was trained on squared errors, and the other
# model does not forgive a little grey where the ground is always black. So compare halfway with the ends, not with other models.

# %% solution 3
plain_walk = np.clip(latent.interpolate(vaezoo.load("mnist_ae"), first, last, num=9), 0, 1)
for name, x in (("mnist_ae", plain_walk), ("mnist_vae", walk), ("pixels", blend)):
    print(f"{name:10s} {nats(x[:, 0]).mean():8.1f} nats at one end, ", end="")
    print(f"{nats(x[:, 4]).mean():8.1f} halfway, sure of {sure(x[:, 4]):.2f}")

# %% [markdown]
# ## References
#
# - Shoemake 1985, [Animating rotation with quaternion curves](https://doi.org/10.1145/325334.325242), of spherical interpolation
# - White 2016, [Sampling generative networks](https://arxiv.org/abs/1609.04468)
# - Arvanitidis, Hansen & Hauberg 2018, [Latent space oddity](https://arxiv.org/abs/1710.11379)
# - Kingma, Rezende, Mohamed & Welling 2014, [Semi-supervised learning with deep generative
#   models](https://arxiv.org/abs/1406.5298), fig. 1
# - Rolínek, Zietlow & Martius 2019, [Variational autoencoders pursue PCA directions (by accident)](https://arxiv.org/abs/1812.06775)
# - Castro et al. 2019, [Morpho-MNIST](https://arxiv.org/abs/1809.10780)
# - Berthelot, Raffel, Roy & Goodfellow 2019, [Understanding and improving interpolation in autoencoders via an adversarial
#   regularizer](https://arxiv.org/abs/1807.07543)
