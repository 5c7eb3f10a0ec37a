# %% [markdown]
# # 12 · The hybrid with GANs
#
# Samples of a VAE look soft. Those of a generative adversarial network, a GAN, look sharp. A hybrid wants both: an encoder, a
# prior that can be drawn from, and sharp images. This chapter compares two presets for Fashion-MNIST: `fashion_vae`, and `fashion_vaegan`, a VAE/GAN
# ([Larsen et al. 2016](https://arxiv.org/abs/1512.09300)). Both run from their exports. The data are found below `VAEZOO_DATA`, or
# downloaded once.

# %%
import numpy as np

import vaezoo
from vaezoo import datasets, images, reference_classifiers
from vaezoo.errors import VaezooError
from vaezoo.report import Reference
from vaezoo.tutorial import chart, show

data = datasets.load("fashion_mnist")
test = datasets.as_float(data.test[:1000])
models = {name: vaezoo.load(name) for name in ("fashion_vae", "fashion_vaegan")}
samples = {
    name: np.clip(model.generate(1000, seed=0), 0, 1).astype(np.float32)
    for name, model in models.items()
}
everything = {"real": test, **samples}
show(images.grid(np.concatenate([x[:16] for x in everything.values()]), columns=16))

# %% [markdown]
# From above: test images, samples of the VAE, samples of the VAE/GAN.
#
# ## Why a mean is soft
#
# z does not say everything about x. What it leaves open, such as the print on a shirt, the decoder has to answer for every such
# x at once, pixel by pixel, and the answer with the highest likelihood is the mean of all. A mean of many prints is no print. That is
# true of any likelihood that is a product over pixels, and no fault of the prior.
#
# How soft? The Laplacian of an image is the difference of a pixel from the mean of its four neighbours: large at edges and in texture,
# near 0 on even ground. Its mean square is a measure of sharpness.


# %%
def sharpness(x):
    """Mean square of the Laplacian, of each image [N, H, W, 1]."""
    x = x[..., 0]
    neighbours = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
    return ((4 * x[:, 1:-1, 1:-1] - neighbours) ** 2).mean(axis=(1, 2))


restored = {
    name: np.clip(model.reconstruct(test), 0, 1).astype(np.float32)
    for name, model in models.items()
}
print(f"test images               {sharpness(test).mean():.3f}")
for name in models:
    print(f"{name:14s} samples     {sharpness(samples[name]).mean():.3f}, ", end="")
    print(f"reconstructions {sharpness(restored[name]).mean():.3f}")

# %% [markdown]
# The VAE's samples have less than a third of the sharpness of images. Those of the VAE/GAN have more than images have, which should make you
# suspicious. And its reconstructions are as soft as the VAE's.
#
# ## What a critic adds
#
# A critic is a network that is trained to tell real images from generated ones, while the decoder is trained to
# deceive it ([Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661)). To deceive it, a sample needs what real images have, edges and texture
# included; *which* texture is left to the decoder. The VAE/GAN uses the critic twice. With x' what is decoded from a z of
# q(z|x), x" what is decoded from a z of the prior, C the critic's probability of "real", f a hidden layer of it, and s and γ two numbers, the losses are
#
# ```
# encoder    KL(q(z|x) || p(z)) + |f(x) - f(x')|² / 2s²
# decoder    γ |f(x) - f(x')|² / 2s² - log C(x') - log C(x")
# critic     -log C(x) - log(1 - C(x')) - log(1 - C(x"))
# ```
#
# So the pixels have left the loss. Two images are alike if the critic's hidden layer finds them alike, and a shirt with a print of the
# same kind, but elsewhere, may count as well restored.

# %%
show(images.grid(np.concatenate([test[:16], *(x[:16] for x in restored.values())]), columns=16))
for name, x in restored.items():
    print(f"{name:14s} squared error per pixel {((x - test) ** 2).mean():.4f}")

# %% [markdown]
# Test images above, then what the VAE and the VAE/GAN make of them. The error of the latter is higher, as it has to be: the mean is what has the least squared error, and the
# VAE is near it. That sharpness is paid for by error holds of any method ([Blau & Michaeli
# 2018](https://arxiv.org/abs/1711.06077)). Here the price is paid, and little sharpness is had for it: the print is gone in both.
#
# ## Sharp is not right
#
# Noise is sharp too. A figure of one number cannot tell one from the other, so divide it: by Fourier's transform, into waves of each length. Below is
# the mean power for each number of waves across the image.


# %%
def spectrum(x):
    """log10 of the mean power, by the number of waves across the image, 1 to 14."""
    power = (np.abs(np.fft.fft2(x[..., 0] - x[..., 0].mean(axis=(1, 2), keepdims=True))) ** 2).mean(
        axis=0
    )
    waves = np.fft.fftfreq(x.shape[1]) * x.shape[1]
    number = np.rint(np.hypot(waves[:, None], waves[None]))
    return np.array([np.log10(power[number == k].mean()) for k in range(1, 15)])


powers = {name: spectrum(x) for name, x in everything.items()}
show(
    chart(
        "log10 of the power",
        {name: (np.arange(1, 15), values) for name, values in powers.items()},
        x_label="waves across the image",
    )
)
print("power relative to real images")
for name in models:
    row = 10 ** (powers[name] - powers["real"])
    print(f"{name:14s}", " ".join(f"{value:.2f}" for value in row))

# %% [markdown]
# Of the VAE, the shorter the wave the less is there: what blur means. The VAE/GAN is right about the long waves, where the VAE is not quite,
# and has too much of all that are shorter. In pictures:

# %%
large = samples["fashion_vaegan"][:6].repeat(3, axis=1).repeat(3, axis=2)
show(images.grid(np.concatenate([large, test[:6].repeat(3, axis=1).repeat(3, axis=2)]), columns=6))

# %% [markdown]
# Six samples of the VAE/GAN, enlarged, above six test images. In the first ones the cloth has a
# pattern of lines that no test image has; others are speckled, or fall to pieces. A critic of this size notices that cloth has texture, and does not
# notice that this is none.
#
# ## As sets
#
# The figures of [chapter 5](05_continuity_and_completeness.md), in the features of a classifier of Fashion-MNIST.

# %%
reference = Reference.of(reference_classifiers.load("fashion_mnist"))
KEYS = ("frechet_distance", "precision", "recall", "confident_share")
floor = reference.floor()
found = {"training images": floor, **{name: reference.compare(x) for name, x in samples.items()}}
print("                  Fréchet  precision  recall  sure")
for name, figures in found.items():
    print("{:16s} {:8.1f} {:10.2f} {:7.2f} {:5.2f}".format(name, *(figures[k] for k in KEYS)))

# %% [markdown]
# The critic brings the samples nearer to images as a whole, and makes them more varied; and fewer of them lie among real images. The VAE's are the reverse,
# fewer kinds, each more credible. Neither is near the first row. Two things to know about the last one: its settings were chosen by Fréchet distances on test images,
# so that its own is slightly flattered; and a VAE without a critic can have a far lower distance than both, such as the hierarchy `fashion_hvae`, whose figures are in
# [the table of presets](../presets.md).
#
# ## What it costs
#
# A VAE can say how probable an image is. A model that was trained on what a critic feels cannot: there is no p(x|z) over pixels
# to put into a bound.

# %%
bits = (test[:200] > 0.5).astype(np.float32)
for name, model in models.items():
    try:
        print(f"{name}: {model.log_likelihood(bits, num_samples=10).mean():.1f} nats")
    except VaezooError as error:
        print(f"{name}: {error}")

# %% [markdown]
# So a VAE/GAN cannot be compared by likelihood, cannot say by its density which image is odd, and its training has no loss whose fall would show that it is
# getting better: the critic moves too. Its weights are those of the last epoch because no figure says which epoch was best.
#
# Is a critic worth it? Not as small a one as this: the solution of the first exercise gets further without. Larger critics, and
# images with more texture than 28 × 28 pixels hold, are what the method was made for. [Adversarial](../models/adversarial.md) lists the models with
# critics, and their limitations.
#
# ## Exercises
#
# 1. Sharpen the VAE's samples afterwards, x + a (Laplacian of x), until they are as sharp as test images. Are they nearer to real ones?
# 2. Add noise to them instead, until they are as sharp. What says the Fréchet distance?
# 3. Draw z with half the prior's scale. Does the pattern of the VAE/GAN's samples go?

# %% [markdown] solution 1
# They are, by more than the critic's samples: a filter of five numbers halves the distance. The classifier's features like edges, whoever drew
# them; what was averaged away, such as prints, no filter brings back.


# %% solution 1
def laplacian(x):
    """4 times each pixel, less its neighbours; the edge is repeated."""
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="edge")
    sides = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    return 4 * x - sides


soft = samples["fashion_vae"]
candidates = [np.clip(soft + a * laplacian(soft), 0, 1) for a in np.arange(0, 1.01, 0.05)]
wanted = sharpness(test).mean()
sharpened = min(candidates, key=lambda x: abs(sharpness(x).mean() - wanted))
print(f"sharpness {sharpness(sharpened).mean():.3f}, ", end="")
print(f"Fréchet distance {reference.compare(sharpened)['frechet_distance']:.1f}")
show(images.grid(sharpened[:16], columns=16))

# %% [markdown] solution 2
# It is far higher than before: sharpness alone is no sign of quality, and this distance, unlike the Laplacian, tells noise from texture.

# %% solution 2
noise = np.random.default_rng(0).standard_normal(soft.shape).astype(np.float32)
candidates = [np.clip(soft + a * noise, 0, 1) for a in np.arange(0, 0.2, 0.01)]
noisy = min(candidates, key=lambda x: abs(sharpness(x).mean() - wanted))
print(f"sharpness {sharpness(noisy).mean():.3f}, ", end="")
print(f"Fréchet distance {reference.compare(noisy)['frechet_distance']:.1f}")
show(images.grid(noisy[:16], columns=16))

# %% [markdown] solution 3
# Mostly: samples become soft, credible and alike, as a VAE's are. The speckle belongs to z further from the middle. What is lost is the
# variety: recall falls.

# %% solution 3
gan = models["fashion_vaegan"]
calm = np.clip(gan.decode_mean(0.5 * gan.sample_latents(1000, seed=0)), 0, 1).astype(np.float32)
figures = reference.compare(calm)
print(f"sharpness {sharpness(calm).mean():.3f}, precision {figures['precision']:.2f}, ", end="")
print(f"recall {figures['recall']:.2f}")
print("power relative to real images", np.round(10 ** (spectrum(calm) - powers["real"]), 2))
show(images.grid(calm[:16], columns=16))

# %% [markdown]
# ## References
#
# - Goodfellow et al. 2014, [Generative adversarial networks](https://arxiv.org/abs/1406.2661)
# - Larsen, Sønderby, Larochelle & Winther 2016, [Autoencoding beyond pixels using a learned similarity
#   metric](https://arxiv.org/abs/1512.09300)
# - Odena, Dumoulin & Olah 2016, [Deconvolution and checkerboard artifacts](https://doi.org/10.23915/distill.00003)
# - Blau & Michaeli 2018, [The perception-distortion tradeoff](https://arxiv.org/abs/1711.06077)
