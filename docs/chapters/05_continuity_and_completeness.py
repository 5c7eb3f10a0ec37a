# %% [markdown]
# # 5 · Continuity and completeness
#
# A latent space that you can draw from needs two properties.
#
# - **Completeness**: every z from the prior decodes to something that could be data.
# - **Continuity**: z that are close decode to x that are alike; along a line, the decoding changes steadily.
#
# [Chapter 4](04_the_vae.md) showed both on a plane. Here you measure them, on `digits_vae`, a VAE with eight
# latents that comes with the package. Eight cannot be drawn: so figures are needed.

# %%
import numpy as np

import vaezoo
from vaezoo import datasets, images, metrics, reference_classifiers
from vaezoo.report import Reference, completeness, continuity
from vaezoo.tutorial import chart, show

model = vaezoo.load("digits_vae")
data = datasets.load("digits")
train, test = (datasets.as_float(x) for x in (data.train, data.test))
print(f"{model.latent_dim} latents, {len(test)} test images")

# %% [markdown]
# ## What "could be data" means
#
# A classifier that was trained on the digits judges. Its last hidden layer places each image in a space of features in which digits that look
# alike are near each other. In it, two sets of images are compared: a perfect set of samples has the figures of
# real training images, which `floor()` gives.

# %%
reference = Reference.of(reference_classifiers.load("digits"))
floor = reference.floor()
prior = model.sample_latents(1000, seed=0)
q = model.encode(test)
latents = q.sample(seed=0)
from_prior = completeness(model.decode_mean, prior, latents, reference)
from_data = completeness(model.decode_mean, latents, None, reference)

print("                    Fréchet  precision  recall  sure")
for name, figures in (
    ("real images", floor),
    ("z of test images", from_data),
    ("z of the prior", from_prior),
):
    row = [figures[key] for key in ("frechet_distance", "precision", "recall", "confident_share")]
    print("{:18s} {:8.2f} {:10.2f} {:7.2f} {:5.2f}".format(name, *row))
accuracy = from_prior["code_accuracy"]
print(f"prior against codes: told apart in {100 * accuracy['mean']:.1f}% ", end="")
print(f"± {100 * accuracy['standard_error']:.1f} of the cases")

# %% [markdown]
# - The *Fréchet distance* is between the two sets as wholes: lower is better.
# - *Precision* is the share of samples that lie among real images, *recall* the share of real images that lie among samples.
# - *Sure*: the classifier gives one digit at least 95%.
# - The last line asks a classifier to tell draws of the prior from draws of q(z|x). At 50% it cannot: then each z that you draw is one that the decoder
#   knows.
#
# The row "z of test images" is a ceiling for any choice of z: what it lacks, the decoder lacks. What the row of the
# prior lacks beyond that comes from z.

# %%
show(
    images.grid(
        np.concatenate([test[:16], model.decode_mean(latents[:16]), model.decode_mean(prior[:16])]),
        columns=16,
    )
)

# %% [markdown]
# ## Where is the prior empty?
#
# Take z of growing length in random directions. Draws of the prior have a length of about the root of D, 2.8 here.

# %%
rng = np.random.default_rng(0)
directions = rng.standard_normal((500, model.latent_dim))
directions /= np.linalg.norm(directions, axis=1, keepdims=True)
radii = np.arange(9)
classifier = reference.reference_classifier


def sure(z):
    x = np.clip(model.decode_mean(z.astype(np.float32)), 0, 1)
    return metrics.confident_share(classifier(x).probabilities)


lengths = np.linalg.norm(latents, axis=1)
print(f"codes of test images have lengths of {lengths.mean():.2f} ± {lengths.std():.2f}")
shares, precisions = [], []
for radius in radii:
    figures = reference.compare(
        np.clip(model.decode_mean((radius * directions).astype("float32")), 0, 1)
    )
    shares.append(figures["confident_share"])
    precisions.append(figures["precision"])
    print(f"|z| = {radius:.0f}: sure of {shares[-1]:.2f}, precision {precisions[-1]:.2f}")
show(
    chart(
        "share of the decodings",
        {"the classifier is sure": (radii, shares), "among real images": (radii, precisions)},
        x_label="length of z",
        mark=float(lengths.mean()),
        limits=(0, 1),
    )
)

# %% [markdown]
# At z = 0 there is one image, a digit of which the classifier is sure. Further out the space divides among the digits, and blends of them lie between. Far outside the
# classifier is sure again, although no code is anywhere near: it only says which digit is most like the image. So no single figure decides;
# read *precision* beside it, which asks whether real images are near.
#
# ## Continuity
#
# Decode straight lines between the codes of test images, in 16 steps each, and follow the classifier's
# features.
#
# - *Length ratio*: the way along the line, relative to the distance of its ends: 1 is straight.
# - *Step ratio*: the largest of the 16 steps, relative to the mean one: 1 is even, 16 is one jump.
# - *Jacobian norm*: how fast pixels change with z.

# %%
figures = continuity(model.decode_mean, model.encode_mean(test), reference, num=100)
for key in ("length_ratio", "step_ratio", "confident_share"):
    print(f"{key:16s} {figures[key]:.2f}")
print(f"jacobian_norm    {figures['jacobian_norm']['mean']:.2f}")

# %% [markdown]
# For comparison, the same lines between *pixels*, where one image fades into the other:

# %%
pixels = {"decode": lambda x: x.reshape(-1, 8, 8, 1), "codes": test.reshape(len(test), -1)}
faded = continuity(pixels["decode"], pixels["codes"], reference, num=100)
for key in ("length_ratio", "step_ratio", "confident_share"):
    print(f"{key:16s} {faded[key]:.2f}")

labels = data.labels["test"]
ends = [test[labels == k][0] for k in (3, 8)]
t = np.linspace(0, 1, 12, dtype=np.float32)
z = [model.encode_mean(end[None])[0] for end in ends]
decoded = model.decode_mean(np.stack([(1 - s) * z[0] + s * z[1] for s in t]))
mixed = np.stack([(1 - s) * ends[0] + s * ends[1] for s in t])
show(images.grid(np.concatenate([decoded, mixed]), columns=12))

# %% [markdown]
# Above, a 3 becomes an 8 through the latents; below, through the pixels. In these figures the pixels do as well or better: on 64 of them a blend of two digits is not
# far from a digit, and lines in the latents begin and end at reconstructions, of which the classifier is less sure than of images. A figure needs
# such a floor beside it, or it looks better than it is.
#
# ## Exercises
#
# 1. Draw z with half the prior's scale. What becomes of precision and recall?
# 2. Replace straight lines by arcs around the origin (`vaezoo.metrics.great_circles`). Is the classifier surer in between?
# 3. Shuffle each latent of the codes on its own over the test images, and decode. What do you measure by that?

# %% [markdown] solution 1
# The samples are nearer to the middle: more typical, less varied. Chapter 8 draws the whole curve.

# %% solution 1
half = completeness(model.decode_mean, 0.5 * prior, None, reference)
print(f"precision {half['precision']:.2f}, recall {half['recall']:.2f}")

# %% [markdown] solution 2
# Arcs keep the length of z near that of the codes; straight lines cut through the middle. On these codes it makes
# hardly a difference.

# %% solution 2
means = model.encode_mean(test)
for path in (metrics.lines, metrics.great_circles):
    z = path(means[:100], means[100:200], 17)[:, 1:-1].reshape(-1, model.latent_dim)
    print(f"{path.__name__:14s} sure of {sure(z):.2f}")

# %% [markdown] solution 3
# The shuffled codes have the right distribution in each latent, but the latents are independent, as in the prior. What
# they lose against the codes comes from dependence between latents, the *total correlation*. The classifier of draws above did
# not find it: 300 rows are few for it.

# %% solution 3
shuffled = rng.permuted(latents, axis=0)
print(f"codes {sure(latents):.2f}, shuffled {sure(shuffled):.2f}, prior {sure(prior):.2f}")

# %% [markdown]
# ## References
#
# - Kynkäänniemi et al. 2019, [Improved precision and recall metric for assessing generative
#   models](https://arxiv.org/abs/1904.06991)
# - Heusel et al. 2017, [GANs trained by a two time-scale update rule](https://arxiv.org/abs/1706.08500), of the
#   Fréchet distance
# - White 2016, [Sampling generative networks](https://arxiv.org/abs/1609.04468)
# - [Continuity](../benchmarks/continuity.md): the same figures of six models on MNIST
