# %% [markdown]
# # 7 · The reparameterisation trick
#
# The ELBO is an expectation over q(z), and the parameters that you want to train are those of q. How do you
# take the gradient of an expectation with respect to what it is an expectation over? There are two ways. Both are
# right on average; they differ in how far off a single estimate is. This chapter measures that.
#
# The model is that of [chapter 6](06_variational_inference.md), with one observed x and one latent z, because there
# the true gradient is known:
#
# ```
# p(z) = N(z; 0, 1)     p(x|z) = N(x; w z + m, s²)     q(z) = N(z; a, b²)
# ```

# %%
import numpy as np

from vaezoo.tutorial import chart, show

w, m, s, x = 1.5, 0.5, 0.8, 2.6


def log_normal(value, mean, scale):
    """log N(value; mean, scale²), in nats."""
    return -0.5 * ((value - mean) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)


def log_joint(z):
    """log p(x, z)."""
    return log_normal(z, 0, 1) + log_normal(x, w * z + m, s)


def slope(z):
    """d/dz log p(x, z)."""
    return -z + w * (x - w * z - m) / s**2


def true_gradient(a):
    """d/da of the ELBO."""
    return slope(a)


best_a = w * (x - m) / (w**2 + s**2)
best_b = np.sqrt(s**2 / (w**2 + s**2))
print(f"posterior N({best_a:.4f}, {best_b:.4f}²)")

# %% [markdown]
# `true_gradient` is `slope` at the mean, since the slope is linear in z: its expectation is its value at the
# expected z, and the entropy of q does not depend on a.
#
# ## Two estimators
#
# **Score function.** The derivative of a density is the density times the derivative of its logarithm. So
#
# ```
# d/da E_q[f(z)] = E_q[f(z) d/da log q(z)]        f(z) = log p(x, z) - log q(z)
# ```
#
# It asks f only for values. That is also its weakness: it learns the direction from how f(z) goes up and down among
# random draws. It is known as REINFORCE ([Williams 1992](https://doi.org/10.1007/BF00992696)).
#
# **Reparameterisation.** Write z = a + b ε with ε ~ N(0, 1). The expectation is then over ε, which does
# not depend on a, and the derivative moves inside
# ([Kingma & Welling 2014](https://arxiv.org/abs/1312.6114), sec. 2.4):
#
# ```
# d/da E_ε[f(a + b ε)] = E_ε[d/da f(a + b ε)]
# ```
#
# Here log q(a + b ε) = log N(ε; 0, 1) - log b does not depend on a, and what is left is the slope of
# log p(x, z).


# %%
def score_function(a, b, noise):
    z = a + b * noise
    return (log_joint(z) - log_normal(z, a, b)) * (z - a) / b**2


def reparameterised(a, b, noise):
    return slope(a + b * noise)


rng = np.random.default_rng(0)
noise = rng.standard_normal(1_000_000)
a, b = 0.0, 0.7
print(f"true gradient      {true_gradient(a):8.4f}")
for estimator in (score_function, reparameterised):
    draws = estimator(a, b, noise)
    error = draws.std() / np.sqrt(len(draws))
    print(f"{estimator.__name__:18s} {draws.mean():8.4f} ± {error:.4f}, variance {draws.var():.2f}")

# %% [markdown]
# Both agree with the truth within a few standard errors: both are unbiased. But look at the variances of one draw.
# To be as exact as one reparameterised draw, the score function needs as many draws as the ratio of the two.
#
# ## Variance against the number of samples
#
# The mean of K independent draws has a K-th of the variance, so on logarithmic axes both lines fall with
# slope -1, and the distance between them stays. More samples help either; they do not help one to catch up.

# %%
sizes = 2 ** np.arange(0, 13, 2)


def variances(estimator, a, b):
    """Variance of the mean of K draws, for each K, measured."""
    draws = estimator(a, b, noise)
    return np.array([draws[: len(draws) // k * k].reshape(-1, k).mean(axis=1).var() for k in sizes])


measured = {name.__name__: variances(name, a, b) for name in (score_function, reparameterised)}
for k, *row in zip(sizes, *measured.values(), strict=True):
    print(f"K = {k:4d}: score function {row[0]:9.5f}, reparameterised {row[1]:9.5f}")
show(
    chart(
        "log10 of the variance",
        {name: (np.log10(sizes), np.log10(values)) for name, values in measured.items()},
        x_label="log10 of the number of samples",
    )
)

# %% [markdown]
# ## In more dimensions
#
# Take D independent copies of the model, and the gradient by the mean of the first. The other copies have nothing to
# do with it: the reparameterised estimate does not see them. The score function multiplies by f, which is now a sum over
# all of them, and their noise comes in.

# %%
dimensions = np.array([1, 2, 4, 8, 16, 32])
eps = rng.standard_normal((20_000, dimensions[-1]))
values = log_joint(a + b * eps) - log_normal(a + b * eps, a, b)
by_score = [(values[:, :d].sum(axis=1) * eps[:, 0] / b).var() for d in dimensions]
by_path = [reparameterised(a, b, eps[:, 0]).var() for _ in dimensions]
for d, one, other in zip(dimensions, by_score, by_path, strict=True):
    print(f"D = {d:2d}: score function {one:10.1f}, reparameterised {other:6.2f}")
show(
    chart(
        "log10 of the variance of one draw",
        {
            "score_function": (np.log2(dimensions), np.log10(by_score)),
            "reparameterised": (np.log2(dimensions), np.log10(by_path)),
        },
        x_label="log2 of the number of dimensions",
    )
)

# %% [markdown]
# ## The path gradient
#
# Even the reparameterised gradient is not quiet where it should be: at the true posterior f(z) = log p(x) for every z, so no
# draw has anything to say, and yet the estimate varies. The total derivative of log q(z) by a has two parts,
# through z and directly:
#
# ```
# d/da f(z) = (d/dz log p(x, z) - d/dz log q(z)) dz/da  -  ∂/∂a log q(z)
# ```
#
# The last term, a score, is 0 in expectation. Leave it out, and what is left goes to 0 with q near the
# posterior, draw by draw ([Roeder et al. 2017](https://arxiv.org/abs/1703.09194), "sticking the landing").


# %%
def path_gradient(a, b, noise):
    return slope(a + b * noise) + noise / b


draws = path_gradient(a, b, noise)
error = draws.std() / np.sqrt(len(draws))
print(f"path gradient {draws.mean():.4f} ± {error:.4f}, truth {true_gradient(a):.4f}")

scales = np.linspace(0.2, 1.2, 101)
some = noise[:20_000]
at_best = {
    estimator.__name__: (scales, [estimator(best_a, scale, some).std() for scale in scales])
    for estimator in (score_function, reparameterised, path_gradient)
}
show(
    chart(
        "standard deviation of one draw",
        at_best,
        x_label="scale of q, at the posterior's mean",
        mark=best_b,
        limits=(0, 12),
    )
)
for estimator in (score_function, reparameterised, path_gradient):
    print(f"{estimator.__name__:16s} at the posterior: {estimator(best_a, best_b, some).std():.4f}")

# %% [markdown]
# At the dotted line the path gradient is exact. To the right of it, where q is too wide, it is the quieter one of the two. Where q
# is much too narrow it is the noisier one, because it divides by b. It is not better everywhere: it is better near the end of training.
#
# `vaezoo.models.STLVAE` trains by it, and `DReGIWAE` by its counterpart for many samples
# ([Tucker et al. 2019](https://arxiv.org/abs/1810.04152)).
#
# ## Does it matter?
#
# Climb the ELBO from the same start, with the same steps and one sample per step.

# %%
paths = {}
for estimator in (score_function, reparameterised, path_gradient):
    rng = np.random.default_rng(1)
    mean, track = -1.0, []
    for _ in range(300):
        mean += 0.02 * estimator(mean, best_b, rng.standard_normal())
        track.append(mean)
    paths[estimator.__name__] = (np.arange(300), track)
    print(
        f"{estimator.__name__:16s} last 100 steps: {np.mean(track[200:]):.3f} ± {np.std(track[200:]):.3f}"
    )
show(chart("mean of q", paths, x_label="step"))

# %% [markdown]
# ## Exercises
#
# 1. Subtract a constant c from f in the score function. Why is the estimate still unbiased? Find the c with the least
#    variance.
# 2. Write the three estimators of the gradient by log b, and verify them with the true one,
#    1 - b² (1 + w²/s²).
# 3. z is now 0 or 1, with probability p of a 1. Which of the estimators can you still use?

# %% [markdown] solution 1
# The score has expectation 0, so c times it has too. The variance is a parabola in c; its minimum is at
# E[f g²] / E[g²] with g = d/da log q.

# %% solution 1
z = a + b * noise
score, f = noise / b, log_joint(z) - log_normal(z, a, b)
c = (f * score**2).mean() / (score**2).mean()
print(f"c = {c:.3f}: variance {((f - c) * score).var():.2f} instead of {(f * score).var():.2f}")

# %% [markdown] solution 2
# z = a + b ε, so dz/d(log b) = b ε. The entropy's derivative by log b is 1, and the score is ε² - 1.

# %% solution 2
print(f"truth          {1 - b**2 * (1 + w**2 / s**2):.4f}")
print(f"score function {(f * (noise**2 - 1)).mean():.4f}")
print(f"reparameterised {(slope(z) * b * noise + 1).mean():.4f}")
print(f"path gradient  {((slope(z) + noise / b) * b * noise).mean():.4f}")

# %% [markdown] solution 3
# The score function: it needs no derivative by z. A 0 or 1 cannot be moved by a small change of p, so there is no path. A way out is
# to replace the draw by a smooth one that has the same limit, the Gumbel-softmax
# ([Jang et al. 2017](https://arxiv.org/abs/1611.01144)): `CategoricalVAE` does so, at the price of a bias. With few
# values you can also sum over them, and need no estimate at all.

# %% [markdown]
# ## References
#
# - Williams 1992, [Simple statistical gradient-following algorithms](https://doi.org/10.1007/BF00992696)
# - Kingma & Welling 2014, [Auto-encoding variational Bayes](https://arxiv.org/abs/1312.6114)
# - Rezende, Mohamed & Wierstra 2014, [Stochastic backpropagation and approximate inference in deep
#   generative models](https://arxiv.org/abs/1401.4082)
# - Roeder, Wu & Duvenaud 2017, [Sticking the landing](https://arxiv.org/abs/1703.09194)
# - Mohamed, Rosca, Figurnov & Mnih 2020, [Monte Carlo gradient estimation in machine
#   learning](https://arxiv.org/abs/1906.10652)
