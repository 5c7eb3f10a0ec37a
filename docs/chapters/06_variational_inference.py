# %% [markdown]
# # 6 · Variational inference
#
# A VAE maximises a lower bound of log p(x), because log p(x) itself needs an integral over all z. How
# far below it is the bound, and why? On most models nobody can say. Here you take one whose
# posterior is known in closed form, so that every term can be computed and compared: one latent, one
# observed value, everything normal.
#
# ```
# p(z)   = N(z; 0, 1)
# p(x|z) = N(x; w z + m, s²)
# ```
#
# The product of two normals is normal, hence both the evidence and the posterior are
# ([Bishop 2006](https://www.microsoft.com/en-us/research/people/cmbishop/prml-book/), eqs. 2.113–2.117):
#
# ```
# p(x)   = N(x; m, w² + s²)
# p(z|x) = N(z; w (x - m) / (w² + s²), s² / (w² + s²))
# ```

# %%
import numpy as np

from vaezoo.tutorial import chart, show

w, m, s = 1.5, 0.5, 0.8
x = 2.6


def log_normal(value, mean, scale):
    """log N(value; mean, scale²), in nats."""
    return -0.5 * ((value - mean) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)


evidence = log_normal(x, m, np.sqrt(w**2 + s**2))
best_mean = w * (x - m) / (w**2 + s**2)
best_scale = np.sqrt(s**2 / (w**2 + s**2))
print(f"log p(x) = {evidence:.4f} nats")
print(f"p(z|x)   = N({best_mean:.4f}, {best_scale:.4f}²)")

# %% [markdown]
# ## The integral, to be sure
#
# The evidence is the integral of p(x, z) over z. On a line it can be done by brute force. That this
# does not work in 50 dimensions is the reason for the rest of the chapter: a grid of 2,001 points per
# dimension would have 2,001⁵⁰ of them.

# %%
z = np.linspace(-8, 8, 2001)
step = z[1] - z[0]
joint = np.exp(log_normal(z, 0, 1) + log_normal(x, w * z + m, s))
print(f"by the grid: log p(x) = {np.log(joint.sum() * step):.4f} nats")

show(
    chart(
        "densities over z",
        {
            "prior p(z)": (z, np.exp(log_normal(z, 0, 1))),
            "p(x|z), as a function of z": (z, np.exp(log_normal(x, w * z + m, s))),
            "posterior p(z|x)": (z, joint / (joint.sum() * step)),
        },
        x_label="z",
    )
)

# %% [markdown]
# The posterior lies between what the prior expects and what the data say, and is narrower than both.
#
# ## The bound and its gap
#
# Take any density q(z). Multiply and divide by it, and the logarithm of the evidence falls into two parts:
#
# ```
# log p(x) = E_q[log p(x, z) - log q(z)]  +  KL(q(z) || p(z|x))
#          = ELBO(q)                      +  gap, never negative
# ```
#
# The left side does not depend on q. So a higher ELBO means a smaller gap, and q = p(z|x) closes it. The
# ELBO itself is again two terms, which can be computed without the posterior:
#
# ```
# ELBO(q) = E_q[log p(x|z)] - KL(q(z) || p(z))
# ```
#
# For normal densities all of these are sums of squares and logarithms.


# %%
def kl(mean, scale, other_mean, other_scale):
    """KL(N(mean, scale²) || N(other_mean, other_scale²)), in nats."""
    ratio = scale / other_scale
    return 0.5 * (ratio**2 + ((mean - other_mean) / other_scale) ** 2 - 1) - np.log(ratio)


def elbo_terms(mean, scale):
    """E_q[log p(x|z)] and KL(q || p(z)), of q = N(mean, scale²)."""
    expected = log_normal(x, w * mean + m, s) - 0.5 * (w * scale / s) ** 2
    return expected, kl(mean, scale, 0.0, 1.0)


print("   q: mean, scale     log-lik.      KL     ELBO      gap      sum")
for mean, scale in [(0.0, 1.0), (0.0, 0.5), (1.5, 0.5), (best_mean, best_scale)]:
    expected, divergence = elbo_terms(mean, scale)
    elbo, gap = expected - divergence, kl(mean, scale, best_mean, best_scale)
    row = (mean, scale, expected, divergence, elbo, gap, elbo + gap)
    print("{:9.4f} {:8.4f} {:11.4f} {:7.4f} {:8.4f} {:8.4f} {:8.4f}".format(*row))

# %% [markdown]
# The last column is the same in every row: log p(x). The bound and its gap only divide it. Now move q
# past the posterior and draw how they do.

# %%
means = np.linspace(-0.5, 2.5, 121)
expected, divergence = elbo_terms(means, best_scale)
gaps = kl(means, best_scale, best_mean, best_scale)
scales = np.linspace(0.1, 1.5, 121)
expected_s, divergence_s = elbo_terms(best_mean, scales)
gaps_s = kl(best_mean, scales, best_mean, best_scale)

show(
    chart(
        "q moves: nats, against its mean",
        {
            "ELBO": (means, expected - divergence),
            "gap": (means, gaps),
            "ELBO + gap = log p(x)": (means, expected - divergence + gaps),
        },
        x_label="mean of q",
        mark=best_mean,
    ),
    chart(
        "q widens: nats, against its scale",
        {
            "ELBO": (scales, expected_s - divergence_s),
            "gap": (scales, gaps_s),
            "ELBO + gap = log p(x)": (scales, expected_s - divergence_s + gaps_s),
        },
        x_label="scale of q",
        mark=best_scale,
    ),
)

# %% [markdown]
# The dotted line is the true posterior. There the ELBO touches log p(x). A q that is too narrow loses by
# its entropy, one that is too wide by what it expects of x.
#
# ## Inference as optimisation
#
# Variational inference climbs the ELBO. Here is gradient ascent on mean and log scale, from the prior, with
# the derivatives written out.

# %%
mean, log_scale, path = 0.0, 0.0, []
for _ in range(60):
    scale = np.exp(log_scale)
    expected, divergence = elbo_terms(mean, scale)
    path.append((expected - divergence, expected, -divergence))
    mean += 0.1 * (w * (x - w * mean - m) / s**2 - mean)
    log_scale += 0.1 * (1 - scale**2 * (w**2 / s**2 + 1))
print(f"found    N({mean:.4f}, {np.exp(log_scale):.4f}²)")
print(f"expected N({best_mean:.4f}, {best_scale:.4f}²)")
print(f"ELBO {path[-1][0]:.4f}, log p(x) {evidence:.4f} nats")

steps = np.arange(len(path))
columns = np.array(path).T
names = ("ELBO", "E_q[log p(x|z)]", "-KL(q || p(z))")
show(
    chart(
        "nats, step by step",
        {name: (steps, column) for name, column in zip(names, columns, strict=True)},
        x_label="step",
    )
)

# %% [markdown]
# A VAE does the same for all x at once. It does not climb for each x but trains a network, the encoder, that
# gives mean and scale for any x: *amortised* inference. Its gap then has two causes: a q of the
# wrong family, and an encoder that does not give the best member of it
# ([Cremer et al. 2018](https://arxiv.org/abs/1801.03558)).
#
# ## Closer by more samples
#
# The ELBO averages logarithms of the weights p(x, z) / q(z). If you average K weights first, the bound rises with K
# towards log p(x), whatever q is ([Burda et al. 2016](https://arxiv.org/abs/1509.00519)). `log_likelihood` of every
# model here is this estimate, with K = 100 unless you say otherwise.

# %%
rng = np.random.default_rng(0)
mean, scale = 0.8, 0.7  # a q that is not the posterior
draws = mean + scale * rng.standard_normal((20_000, 64))
log_weights = (
    log_normal(draws, 0, 1) + log_normal(x, w * draws + m, s) - log_normal(draws, mean, scale)
)
sizes = np.array([1, 2, 4, 8, 16, 32, 64])
bounds = [np.log(np.exp(log_weights[:, :k]).mean(axis=1)).mean() for k in sizes]
for k, bound in zip(sizes, bounds, strict=True):
    print(f"K = {k:2d}: {bound:.4f} nats, {evidence - bound:.4f} below log p(x)")
show(
    chart(
        "the bound against K, nats",
        {
            "importance-weighted bound": (np.log2(sizes), bounds),
            "log p(x)": (np.log2(sizes), np.full(len(sizes), evidence)),
        },
        x_label="log2 K",
    )
)

# %% [markdown]
# ## Exercises
#
# 1. What is the ELBO of q = p(z), and when is it equal to log p(x)?
# 2. The noise s is a parameter of the model too. Is the s that maximises the ELBO of a fixed q the one that
#    maximises log p(x)?
# 3. Which q minimises the *other* divergence, KL(p(z|x) || q), among normals of scale 0.3? And which
#    minimises KL(q || p(z|x))?

# %% [markdown] solution 1
# The KL term is 0, so the ELBO is E_p(z)[log p(x|z)]. By Jensen's inequality it is below
# log E_p(z)[p(x|z)] = log p(x), and equal only if p(x|z) does not depend on z: here w = 0. That is
# *posterior collapse*: the posterior is the prior, and z says nothing about x.

# %% solution 1
expected, divergence = elbo_terms(0.0, 1.0)
print(f"ELBO of the prior {expected - divergence:.4f}, log p(x) {evidence:.4f} nats")

# %% [markdown] solution 2
# No. With q fixed the best s for the ELBO is the root of E_q[(x - w z - m)²]; the gap changes with s as well, because
# the posterior does. Both agree only where q follows the posterior.

# %% solution 2
fixed_mean, fixed_scale = 0.8, 0.7
for_elbo = np.sqrt((x - w * fixed_mean - m) ** 2 + (w * fixed_scale) ** 2)
candidates = np.linspace(0.05, 3, 2951)
for_evidence = candidates[log_normal(x, m, np.sqrt(w**2 + candidates**2)).argmax()]
print(f"best s for the ELBO {for_elbo:.3f}, for log p(x) {for_evidence:.3f}")

# %% [markdown] solution 3
# Both put the mean at that of the posterior: with a fixed scale, either divergence is a constant plus a multiple of
# the squared distance of the means. They differ where the scale is free and the
# posterior is not normal: KL(q || p) prefers one mode, KL(p || q) covers all of them.

# %% solution 3
grid = np.linspace(0, 2, 2001)
forward = kl(best_mean, best_scale, grid, 0.3)
backward = kl(grid, 0.3, best_mean, best_scale)
print(f"{grid[forward.argmin()]:.3f} and {grid[backward.argmin()]:.3f}; posterior {best_mean:.3f}")

# %% [markdown]
# ## References
#
# - Jordan, Ghahramani, Jaakkola & Saul 1999, [An introduction to variational methods for graphical
#   models](https://doi.org/10.1023/A:1007665907178)
# - Blei, Kucukelbir & McAuliffe 2017, [Variational inference: a review for
#   statisticians](https://arxiv.org/abs/1601.00670)
# - Kingma & Welling 2014, [Auto-encoding variational Bayes](https://arxiv.org/abs/1312.6114)
# - Burda, Grosse & Salakhutdinov 2016, [Importance weighted autoencoders](https://arxiv.org/abs/1509.00519)
# - Cremer, Li & Duvenaud 2018, [Inference suboptimality in variational autoencoders](https://arxiv.org/abs/1801.03558)
