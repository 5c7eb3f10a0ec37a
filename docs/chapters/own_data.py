# %% [markdown]
# # Your own data in ten minutes
#
# You have an array: a row an example, in a file `.npy`. This chapter takes one through all steps, choose, train, measure, use. The
# data are 569 rows of 30 measurements of cell nuclei, which come with scikit-learn. Put the path of your own file in place of it.
#
# On the command line, the first half of it is one line:
#
# ```
# vaezoo train --data table.npy --out runs/table
# ```

# %%
import json
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

import vaezoo
from vaezoo.metrics import auroc
from vaezoo.training import choose, train
from vaezoo.tutorial import chart, show

folder = Path(tempfile.mkdtemp())
table = load_breast_cancer()
np.save(folder / "table.npy", table.data.astype(np.float32))
print(
    f"{table.data.shape[0]} rows, {table.data.shape[1]} columns, such as {table.feature_names[0]}"
)

# %% [markdown]
# ## Choose
#
# `choose` looks at the data and writes a recipe: which likelihood, how many latents, which network, how long. It says why.
# Anything can be overridden by its key; here the number of epochs, so that the chapter is short.

# %%
overrides = ["training.epochs=60", "evaluation.num_samples=100"]
recipe, choices, found = choose(folder / "table.npy", name="table", overrides=overrides)
print(found.text)
print()
for choice in choices:
    print(f"- {choice.text}")

# %% [markdown]
# ## Train
#
# Into a folder: weights, export, figures, curves. Interrupt it, and the same call goes on where it stopped.

# %%
figures = train(recipe, folder / "run", progress=False)
for path in sorted((folder / "run").iterdir()):
    print(path.name)

# %% [markdown]
# ## Measure
#
# Figures mean little without something to compare them with. Each run computes what it has to beat: probabilistic PCA with as many latents, and columns
# that have nothing to do with each other.

# %%
metrics = json.loads((folder / "run" / "metrics.json").read_text())
print(f"log p(x), test rows: {metrics['log_likelihood']['mean']:8.2f} nats")
for name, value in metrics["baselines"].items():
    if isinstance(value, dict) and "log_likelihood" in value:
        print(f"{name:19s}: {value['log_likelihood']['mean']:8.2f} nats")
for warning in metrics.get("warnings", []):
    print("warning:", warning)

# %% [markdown]
# The model is ahead of both. Read the warnings too: after a few epochs this one began to learn its 457 rows by heart. It is why the run keeps the weights
# of the epoch that was best on validation rows, and not the last. More rows would help; fewer weights, as it says, may.
#
# ## Use
#
# The export runs without TensorFlow. Encode the table and colour the codes by the diagnosis, which the model
# has never seen.

# %%
model = vaezoo.load(folder / "run")
x = table.data.astype(np.float32)
z = model.encode_mean(x)
order = np.argsort(-z.var(axis=0))  # latents that say most come first
groups = {
    name: tuple(z[table.target == k][:, order[:2]].T) for k, name in enumerate(table.target_names)
}
show(
    chart("two latents of the table", groups, x_label="the latent that varies most", dots=True),
    height=340,
)

# %% [markdown]
# The two overlap on this map, the benign ones closer together: what varies most is not what tells them apart.
#
# New rows, in the units of the columns, beside the real ones:

# %%
new = model.generate(569, seed=0)
print("column              real mean  deviation   generated mean  deviation")
for column in range(4):
    real, made = x[:, column], new[:, column]
    row = (table.feature_names[column], real.mean(), real.std(), made.mean(), made.std())
    print("{:18s} {:10.2f} {:10.2f} {:16.2f} {:10.2f}".format(*row))

# %% [markdown]
# Means and deviations are nearly those of the data. And which rows are odd? Rows of low log p(x) are unlike the rest.

# %%
scores = model.log_likelihood(x, num_samples=50)
print("oddest rows:", np.argsort(scores)[:5], "with", np.round(np.sort(scores)[:5]), "nats")
print(f"median {np.median(scores):.0f} nats")
print(f"oddness against the diagnosis: AUROC {auroc(-scores, table.target == 0):.2f}")

# %% [markdown]
# An AUROC of 0.5 would say that oddness has nothing to do with the diagnosis. Malignant cells are the odder ones, to a model that has never heard of either.
#
# [Your own data](../own-data.md) says what is chosen and why, [Data](../data.md) which files can be read, and
# [Measuring](../measuring.md) what the figures mean.
#
# ## Exercises
#
# 1. Override the number of latents with 2. What does log p(x) lose?
# 2. Swap the values of one column among the rows and score again. Does the model notice?
# 3. Write the same as a recipe file, and train by it with `vaezoo train`.

# %% [markdown] solution 1
# Add `"model.latent_dim=2"` to `overrides`, give another folder to `train`, and compare the two `metrics.json`, or run
# `vaezoo compare` on the two folders.

# %% [markdown] solution 2
# It does: every value is still a usual one, but the columns do not fit each other.

# %% solution 2
swapped = x.copy()
swapped[:, 0] = np.random.default_rng(0).permutation(swapped[:, 0])
both = np.concatenate([scores, model.log_likelihood(swapped, num_samples=50)])
print(f"AUROC {auroc(-both, np.repeat([False, True], len(x))):.2f}")

# %% [markdown] solution 3
# It is there already: `recipe.toml` in the run's folder.

# %% solution 3
text = (folder / "run" / "recipe.toml").read_text()
print(text[text.index("[model]") :][:400])

# %% [markdown]
# ## References
#
# - Street, Wolberg & Mangasarian 1993, Nuclear feature extraction for breast tumor diagnosis, the
#   [data](https://doi.org/10.24432/C5DW2B), CC BY 4.0
# - Theis, van den Oord & Bethge 2016, [A note on the evaluation of generative models](https://arxiv.org/abs/1511.01844)
