# %% [markdown]
# # 8 · Generation: priors, samplers, temperature
#
# To generate is to draw z and decode. The decoder is trained; from where you draw z is still your choice. This chapter
# compares choices on `digits_vae`, which comes with the package: the prior it was trained with, distributions that are fitted to the codes
# afterwards, and the prior with another scale.

# %%
import numpy as np
from sklearn.mixture import GaussianMixture

import vaezoo
from vaezoo import datasets, images, reference_classifiers
from vaezoo.report import Reference
from vaezoo.tutorial import chart, show

model = vaezoo.load("digits_vae")
data = datasets.load("digits")
train, test = (datasets.as_float(x) for x in (data.train, data.test))
reference = Reference.of(reference_classifiers.load("digits"))
KEYS = ("frechet_distance", "precision", "recall", "confident_share", "memorisation_ratio")


def measure(z):
    """Figures of the decodings, as in chapter 5."""
    return reference.compare(np.clip(model.decode_mean(np.asarray(z, np.float32)), 0, 1))


# %% [markdown]
# ## The prior
#
# The model says z ~ N(0, I). Is that where codes are? Draw one z of q(z|x) for each training image and look at how these
# are spread.

# %%
codes = model.encode(train).sample(seed=0)
print("mean of each latent:              ", np.round(codes.mean(axis=0), 2))
print("standard deviation of each latent:", np.round(codes.std(axis=0), 2))
largest = np.abs(np.corrcoef(codes.T) - np.eye(model.latent_dim)).max()
print(f"largest correlation of two latents: {largest:.2f}")

labels = data.labels["train"]
groups = {str(k): tuple(codes[labels == k][:, :2].T) for k in range(10)}
show(
    chart(
        "codes of the training images: two of the eight latents",
        groups,
        x_label="first latent",
        dots=True,
    ),
    height=340,
)

# %% [markdown]
# Means, deviations and correlations are nearly those of the prior: the KL term has done its work. Each digit keeps to a part
# of the cloud.
#
# ## Samplers
#
# So fit a distribution to the codes, after training and without touching the model. A mixture of normals is the simplest
# ([Ghosh et al. 2020](https://arxiv.org/abs/1903.12436), "ex-post density estimation").

# %%
rng = np.random.default_rng(0)
sources = {"prior N(0, I)": model.sample_latents(1000, seed=0)}
for num in (1, 10, 40):
    mixture = GaussianMixture(num, random_state=0).fit(codes)
    name = "one normal" if num == 1 else f"mixture of {num}"
    sources[name] = rng.permutation(mixture.sample(1000)[0])
sources["codes themselves"] = model.encode(test).sample(seed=0)

print("                   Fréchet  precision  recall  sure  memorised")
for name, z in sources.items():
    figures = measure(z)
    print(
        "{:17s} {:8.2f} {:10.2f} {:7.2f} {:5.2f} {:10.2f}".format(name, *(figures[k] for k in KEYS))
    )
show(
    images.grid(
        np.concatenate(
            [
                model.decode_mean(sources[name][:16].astype(np.float32))
                for name in ("prior N(0, I)", "mixture of 10")
            ]
        ),
        columns=16,
    )
)

# %% [markdown]
# Above, the prior; below, the mixture. Samples of the mixtures are nearer to real images, in distance and precision, and less varied: their recall is lower. The last column is the distance to the nearest training image relative to that of
# test images: much below 1 would mean that samples are copies.
#
# `vaezoo.samplers.fit_sampler` fits mixtures, flows, a second VAE or hyperspheres; a recipe with `sampler = "mixture"` exports it with the
# model, and `generate(source="sampler")` draws from it.
#
# ## Priors that are learned
#
# The other way is to make the prior flexible during training: a mixture (`MixtureVAE`), a mixture of posteriors of learned
# pseudo-examples (`VampVAE`, [Tomczak & Welling 2018](https://arxiv.org/abs/1705.07120)), a flow (`RealNVPVAE`, `MAFVAE`). Unlike a sampler,
# such a prior is part of the model: the ELBO counts it. How much could be won? The KL term, averaged over the data, splits into
#
# ```
# E_x KL(q(z|x) || p(z)) = I(x; z) + KL(q(z) || p(z))
# ```
#
# with q(z) the aggregate posterior. Only the second part can be lowered by a better prior.


# %%
def log_prior(z):
    return -0.5 * (z**2).sum(axis=1) - 0.5 * z.shape[1] * np.log(2 * np.pi)


held_out = model.encode(test).sample(seed=1)
nats = {"prior N(0, I)": log_prior(held_out).mean()}
for num in (1, 10, 40):
    mixture = GaussianMixture(num, random_state=0).fit(codes)
    nats[f"{num} normals"] = mixture.score(held_out)
for name, value in nats.items():
    print(f"{name:14s} log density of test codes {value:8.3f} nats")

# %% [markdown]
# The difference to the first row is what each would add to the ELBO if it replaced the prior, with all else as
# it is: hardly anything here, and forty normals fit the training codes at the expense of new ones. A better prior pays where the
# aggregate posterior is far from N(0, I), and when it is trained together with the encoder.
#
# ## Temperature
#
# Multiply draws of the prior by a number τ. Below 1 they gather in the middle, where codes are dense: samples become more typical and less
# varied. Above 1 they leave the region that the decoder knows.

# %%
temperatures = np.array([0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0])
unit = model.sample_latents(1000, seed=1)
curves = {key: [] for key in KEYS}
for temperature in temperatures:
    figures = measure(temperature * unit)
    for key in KEYS:
        curves[key].append(figures[key])
    print(
        "τ = {:.1f}: precision {:.2f}, recall {:.2f}, sure {:.2f}".format(
            temperature, *(figures[k] for k in KEYS[1:4])
        )
    )
show(
    chart(
        "share",
        {
            name: (temperatures, curves[key])
            for name, key in (
                ("precision", "precision"),
                ("recall", "recall"),
                ("sure", "confident_share"),
            )
        },
        x_label="temperature",
        limits=(0, 1),
        mark=1.0,
    ),
    chart(
        "distance to real images",
        {"distance of features": (temperatures, curves["frechet_distance"])},
        x_label="temperature",
        mark=1.0,
    ),
)
show(
    images.grid(
        np.concatenate([model.decode_mean(t * unit[:16]) for t in (0.4, 1.0, 2.0)]), columns=16
    )
)

# %% [markdown]
# From above: τ = 0.4, 1 and 2. A figure that looks at samples one by one, such as precision, only ever praises a low temperature, and the classifier's certainty praises the extremes. So look at recall too, and say which τ you
# used.
#
# ## Mean or draw?
#
# `generate` gives the means of p(x|z). A draw of the model has pixels of its own, 0 or 1 here:

# %%
z = unit[:16]
show(
    images.grid(np.concatenate([model.decode_mean(z), model.decode(z).sample(seed=0)]), columns=16)
)

# %% [markdown]
# ## Exercises
#
# 1. Choose the number of components of the mixture by the log density of validation codes.
# 2. Draw z only from the codes' 95% of highest prior density: truncate instead of scaling. Compare with τ = 0.8.
# 3. Which digits does the prior produce, in what shares? Compare with the data.

# %% [markdown] solution 1
# The validation codes decide; nothing is chosen on the test split.

# %% solution 1
chosen = model.encode(datasets.as_float(data.validation)).sample(seed=0)
scores = {
    n: GaussianMixture(n, random_state=0).fit(codes).score(chosen) for n in (1, 5, 10, 20, 40)
}
for n, value in scores.items():
    print(f"{n:2d}: {value:.3f} nats")

# %% [markdown] solution 2
# Reject draws that are too long. The middle keeps its density, only the edge is cut off.

# %% solution 2
longest = np.quantile(np.linalg.norm(codes, axis=1), 0.95)
many = model.sample_latents(3000, seed=2)
kept = many[np.linalg.norm(many, axis=1) <= longest][:1000]
for name, z in (("truncated", kept), ("τ = 0.8", 0.8 * unit)):
    figures = measure(z)
    print(f"{name:10s} precision {figures['precision']:.2f}, recall {figures['recall']:.2f}")

# %% [markdown] solution 3
# `class_histogram` of the figures holds the shares by the classifier.

# %% solution 3
shares = measure(unit)["class_histogram"]
truth = np.bincount(data.labels["train"], minlength=10) / len(train)
for k in range(10):
    print(f"{k}: {shares[k]:.3f} of the samples, {truth[k]:.3f} of the data")

# %% [markdown]
# ## References
#
# - Tomczak & Welling 2018, [VAE with a VampPrior](https://arxiv.org/abs/1705.07120)
# - Hoffman & Johnson 2016, ELBO surgery, NIPS workshop on approximate Bayesian inference
# - Dai & Wipf 2019, [Diagnosing and enhancing VAE models](https://arxiv.org/abs/1903.05789), of the second VAE
# - Ghosh et al. 2020, [From variational to deterministic autoencoders](https://arxiv.org/abs/1903.12436)
