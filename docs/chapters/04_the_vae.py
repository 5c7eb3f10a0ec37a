# %% [markdown]
# # 4 · The VAE: two terms, and what each does alone
#
# The autoencoder of [chapter 3](03_why_an_autoencoder_does_not_generate.md) put its codes anywhere. A variational
# autoencoder changes two things. Its encoder gives a distribution instead of a point, q(z|x) = N(z; mean, diagonal), and a second term in the
# loss draws all of these towards one distribution that you know, the prior p(z) = N(0, I):
#
# ```
# -ELBO = -E_q[log p(x|z)]  +  KL(q(z|x) || p(z))
# ```
#
# The first term wants images that can be recognised in z, the second wants z to say nothing. This chapter trains with one, with the other and with
# both, on a plane of two latents where you can look.

# %%
from statistics import NormalDist

import numpy as np

from vaezoo import datasets, images, reference_classifiers
from vaezoo.models import BetaVAE
from vaezoo.report import Reference
from vaezoo.tutorial import chart, show

import keras  # isort: skip  # after vaezoo, which keeps TensorFlow quiet

data = datasets.load("digits", binarise="static")
train, test = (datasets.as_float(x) for x in (data.train, data.test))
labels = data.labels["train"]
show(images.grid(test[:16], columns=16))

# %% [markdown]
# The pixels are 0 or 1 here, each drawn with its grey value as the probability, so that p(x|z) can be a product of Bernoulli
# distributions and log p(x|z) a true log-probability, in nats.
#
# `BetaVAE` puts a weight β on the second term: 0 leaves the first alone, a very large one leaves the second alone, and 1 is the VAE.


# %%
EPOCHS = 50


def trained(beta):
    keras.utils.set_random_seed(0)
    network = {"name": "mlp", "hidden": [128, 128]}
    model = BetaVAE((8, 8, 1), 2, beta=beta, network=network, seed=0)
    steps = EPOCHS * (len(train) // 128 + 1)
    schedule = keras.optimizers.schedules.CosineDecay(4e-3, steps)
    model.compile(keras.optimizers.Adam(schedule), jit_compile=False)  # faster on a CPU
    history = model.fit(train, epochs=EPOCHS, batch_size=128, verbose=0).history
    return model, history


names = {0.0: "first term alone", 1.0: "both: the VAE", 100.0: "second term (almost) alone"}
models, histories = {}, {}
for beta in names:
    models[beta], histories[beta] = trained(beta)

print("                             log-lik.      KL     ELBO   on test images, nats")
for beta, name in names.items():
    result = models[beta].evaluate(test, batch_size=300, verbose=0, return_dict=True)
    row = (result["log_likelihood"], result["kl"], result["elbo"])
    print("{:28s} {:8.2f} {:7.2f} {:8.2f}".format(name, *row))

# %% [markdown]
# ## Training, term by term

# %%
epochs = np.arange(EPOCHS)
show(
    chart(
        "E_q[log p(x|z)], nats, training",
        {name: (epochs, histories[beta]["log_likelihood"]) for beta, name in names.items()},
        x_label="epoch",
    ),
    chart(
        "KL(q(z|x) || p(z)), nats, training",
        {name: (epochs, histories[beta]["kl"]) for beta, name in names.items()},
        x_label="epoch",
        limits=(0, 45),
    ),
)

# %% [markdown]
# ## Where the codes are
#
# The means of q(z|x) of the training images, with the prior drawn as the circle that holds 95% of it.

# %%
angles = np.linspace(0, 2 * np.pi, 200)
circle = (2.448 * np.cos(angles), 2.448 * np.sin(angles))
for beta, name in names.items():
    z = models[beta].encode_mean(train)
    scales = models[beta].encode(train).stddev()
    print(f"{name:28s} spread of the means {np.round(z.std(axis=0), 3)}, ", end="")
    print(f"mean scale of q(z|x) {np.round(np.mean(scales, axis=0), 3)}")

maps = []
for beta in (0.0, 1.0):
    z = models[beta].encode_mean(train)
    groups = {str(k): tuple(z[labels == k].T) for k in range(10)}
    maps.append(chart(names[beta], {**groups, "prior, 95%": circle}, x_label="z1", dots=True))
show(*maps, height=340)

# %% [markdown]
# - **The first term alone** is an autoencoder again: the scales of q shrink, the codes spread far beyond the prior.
# - **The second term alone** makes q(z|x) = p(z) for every x. The KL is near 0, z says nothing, and every z is decoded to the same mean image. That is
#   *posterior collapse*.
# - **Both** keep the codes within the prior, side by side. The scales are wide enough to touch their neighbours, so that the decoder is asked
#   for what lies between two codes too.
#
# ## What each of them generates
#
# Draw z from the prior and decode, with each model, and compare 1,000 of these images with real ones, in the features of a classifier
# of digits. The *Fréchet distance* is between the two sets as wholes: lower is better. *Precision* is the share of samples that lie among real
# images, *recall* the share of real images that lie among samples. *Sure* is the share of samples of which the classifier is sure.

# %%
reference = Reference.of(reference_classifiers.load("digits"))
print("                            Fréchet  precision  recall  sure  classes above 2%")
for beta, name in names.items():
    figures = reference.compare(models[beta].generate(1000, seed=0))
    row = [figures[key] for key in ("frechet_distance", "precision", "recall", "confident_share")]
    classes = (np.asarray(figures["class_histogram"]) > 0.02).sum()
    print("{:26s} {:8.1f} {:10.2f} {:7.2f} {:5.2f} {:17d}".format(name, *row, classes))
show(images.grid(np.concatenate([models[b].generate(16, seed=0) for b in names]), columns=16))

# %% [markdown]
# Rows in the order of the table. The second term alone has one image, to which the classifier happens to give a digit: it is
# sure each time, and precision is perfect, each time of the same image. Single figures praise collapse; the Fréchet distance and the number of classes do not. The first term
# alone knows only the digits whose codes happen to lie where the prior is, and has hardly any recall. The VAE is nearest to the data, and draws most of
# the digits. Its recall is as low: two latents are too few for the variety of ten digits, and what they leave open is blurred.
#
# The map of the VAE, decoded: 15 × 15 points at even steps of the prior's probability.

# %%
steps = np.array([NormalDist().inv_cdf(p) for p in np.linspace(0.03, 0.97, 15)])
places = np.array([(a, b) for b in steps[::-1] for a in steps], np.float32)
show(images.grid(models[1.0].decode_mean(places), columns=15))

# %% [markdown]
# ## The price
#
# Between the extremes lies a curve: with more weight on the KL, less is said and less is recognised. The ELBO is highest at β = 1, for
# that is what it weighs; twice the weight loses most of what z says here. Other values serve other aims: [Higgins et al. 2017](https://openreview.net/forum?id=Sy2fzU9gl) use
# β > 1 for latents that vary one thing at a time.

# %%
points = {}
for beta in (0.0, 0.3, 1.0, 2.0, 100.0):
    if beta not in models:
        models[beta], _ = trained(beta)
    result = models[beta].evaluate(test, batch_size=300, verbose=0, return_dict=True)
    points[beta] = (result["kl"], result["log_likelihood"], result["elbo"])
    print(
        "β = {:5.1f}: KL {:7.2f}, log-likelihood {:7.2f}, ELBO {:8.2f}".format(beta, *points[beta])
    )
inner = {beta: point for beta, point in points.items() if beta > 0}
show(
    chart(
        "E_q[log p(x|z)] against the KL, nats",
        {
            "beta = 0.3, 1, 2, 100, from the right": (
                [p[0] for p in inner.values()],
                [p[1] for p in inner.values()],
            )
        },
        x_label="KL",
    )
)

# %% [markdown]
# ## Exercises
#
# 1. What is KL(N(m, s²) || N(0, 1)) for one latent? Compute the KL of the VAE's test images from means and scales, and compare with what
#    `evaluate` printed.
# 2. Move in z from the code of a 0 to that of a 1, with the VAE and with the first term alone.
# 3. The ELBO is a bound. How far below log p(x) is it here? `log_likelihood` estimates the latter with K samples.

# %% [markdown] solution 1
# (m² + s² - 1) / 2 - log s, summed over the latents, since q is a product.

# %% solution 1
q = models[1.0].encode(test)
m, s = np.asarray(q.mean()), np.asarray(q.stddev())
print(f"{((m**2 + s**2 - 1) / 2 - np.log(s)).sum(axis=1).mean():.2f} nats")

# %% [markdown] solution 2
# Above the VAE, below the first term alone. The VAE moves more evenly, between ends that it restores less well: the second term
# costs it a part of what z could say.

# %% solution 2
t = np.linspace(0, 1, 12, dtype=np.float32)[:, None]
rows = []
for beta in (1.0, 0.0):
    ends = [models[beta].encode_mean(train[labels == k][:1]) for k in (0, 1)]
    rows.append(models[beta].decode_mean((1 - t) * ends[0] + t * ends[1]))
show(images.grid(np.concatenate(rows), columns=12))

# %% [markdown] solution 3
# The difference is the mean of KL(q(z|x) || p(z|x)), the gap of [chapter 6](06_variational_inference.md), as far as K
# samples show it.

# %% solution 3
elbo = models[1.0].elbo(test, num_samples=500).mean()
log_likelihood = models[1.0].log_likelihood(test, num_samples=500).mean()
print(f"ELBO {elbo:.2f}, log p(x) {log_likelihood:.2f}: gap {log_likelihood - elbo:.2f} nats")

# %% [markdown]
# ## References
#
# - Kingma & Welling 2014, [Auto-encoding variational Bayes](https://arxiv.org/abs/1312.6114)
# - Rezende, Mohamed & Wierstra 2014, [Stochastic backpropagation and approximate inference in deep
#   generative models](https://arxiv.org/abs/1401.4082)
# - Higgins et al. 2017, [beta-VAE](https://openreview.net/forum?id=Sy2fzU9gl)
# - Bowman et al. 2016, [Generating sentences from a continuous space](https://arxiv.org/abs/1511.06349), on collapse
