# %% [markdown]
# # 11 · Patients under clinical constraints
#
# So far, every example was an image. A patient is a row: an age, a sex, a blood pressure, and many cells that nobody filled in. What a
# VAE does with images it does with rows too, and something is added that images do not have: rules. Nobody has a diastolic
# pressure above the systolic one, and a row in which somebody does is not unlikely but wrong.
#
# The data are those of NHANES, the American survey of health and nutrition, 2009 to 2012: 20,293 persons. The model is a preset, `nhanes_table`,
# which runs from its export. `VAEZOO_DATA` has to point to a folder with the data ([where they come from](../data.md)).

# %%
import numpy as np

import vaezoo
from vaezoo import datasets
from vaezoo.errors import VaezooError
from vaezoo.metrics import tables
from vaezoo.tables import Rules, Schema, TableModel
from vaezoo.tutorial import chart, show

data = datasets.load("nhanes")
schema = Schema.of_dict(data.schema)
train, test = (schema.decode(np.asarray(rows)) for rows in (data.train, data.test))
kinds = {}
for column in schema.columns:
    kinds.setdefault(column.kind, []).append(column.name)
for kind, names in kinds.items():
    print(f"{len(names):2d} × {kind:9s} {', '.join(names[:5])}, …")

# %% [markdown]
# ## A row has many likelihoods
#
# An image had one kind of value, and so one likelihood. Here each column has its own: a mixture of normals for a weight, masses on whole numbers
# for a count, a probability for each label. Given z they are independent, so that they multiply, and a cell that is missing simply drops
# out of the product:
#
# ```
# log p(x|z) = sum of log p(x_i|z), over the cells i that are there
# ```
#
# Nearly half of the cells are not there. Some are missing by chance; others because a question did not apply, such as the head circumference, which is
# measured of infants. That a cell is missing is information then, and the model learns a probability of it as well.

# %%
missing = {
    name: np.mean([cell is None or cell != cell for cell in cells]) for name, cells in train.items()
}
print(f"{np.mean(list(missing.values())):.0%} of all cells are missing")
for name in ("HeadCirc", "DiabetesAge", "Education", "BPSysAve", "Weight", "Age"):
    print(f"{name:12s} {missing[name]:.0%}")

# %% [markdown]
# ## Rules
#
# These are sixteen that medicine and the questionnaire impose. The [grammar](../rules.md#the-grammar) is small, and nothing of it is
# ever evaluated as Python.

# %%
rules = Rules.from_json(schema.rules)
for rule in rules.rules:
    print(rule.text)


def broken(rows):
    """How many rows break each rule, and the share of rows that break any."""
    found = rules.check(rows)
    return {name: int(rows.sum()) for name, rows in found.items()}, np.any([*found.values()], 0)


print("\nrows of the data that break a rule:", broken(train)[1].sum())

# %% [markdown]
# One family has more babies than pregnancies: twins. Rules are claims about the world, and data are asked first whether they agree; training refuses
# data that break rules unless told not to.
#
# How hard are these rules? Draw each column by itself, from its own values. Every column is perfect then, and no two of them know of each other. And
# draw rows from the VAE, without doing anything about rules:

# %%
model = TableModel(vaezoo.load("nhanes_table"))
apart = tables.independent_columns(train, 4000, seed=0)
drawn = TableModel(model.model, rules=False).generate(4000, seed=0)
print("                    independent   VAE")
for name in broken(apart)[0]:
    print(f"{name:18s} {broken(apart)[0][name]:10d} {broken(drawn)[0][name]:8d}")
print(f"any                {broken(apart)[1].mean():10.1%} {broken(drawn)[1].mean():8.1%}")

# %% [markdown]
# The VAE has learned a good part of them, since its z ties columns together: hardly any man is pregnant. But *hardly any* is not what a clinician can use, and a
# rule of arithmetic, such as that of the body mass index, it obeys only as far as its numbers are precise. More training would lower these
# figures, and nothing would bring them to 0: given z, each column is drawn by itself.
#
# ## Rules that hold
#
# So the rules become a part of the map from z to a row. Columns are decided in an order; each is moved to the nearest value that those before it, and
# those still to come, leave it. What they leave is computed beforehand, exactly, by Fourier-Motzkin elimination ([Stoian et al.
# 2024](https://arxiv.org/abs/2402.04823)). A row that obeys every rule already stays as it is.

# %%
made = model.generate(4000, seed=0)
counts, any_broken = broken(made)
print(f"{any_broken.sum()} of {len(any_broken)} rows break a rule")
row = np.flatnonzero(broken(drawn)[1])[0]
changed = [
    name
    for name in drawn
    if drawn[name][row] != made[name][row] and made[name][row] == made[name][row]
]
print("of one row that broke a rule:")
for name in changed:
    print(f"  {name}: {drawn[name][row]} becomes {made[name][row]}")

# %% [markdown]
# The price: these rows are no longer draws of the model's density. On the edges of what is allowed there are more of them than the model
# has mass there. Rejection, drawing until a row obeys, has no such edges, and would throw away two rows of three here.
#
# ## Do the rows tell the truth?
#
# The mean systolic pressure rises with age. Of persons, of rows of the model, and of columns drawn apart:


# %%
def by_decade(rows, name="BPSysAve"):
    """Means of a column, by decades of age from 10 on."""
    age, values = (np.asarray(rows[key], float) for key in ("Age", name))
    decades = [~np.isnan(values) & (age >= low) & (age < low + 10) for low in range(10, 80, 10)]
    return np.array([values[decade].mean() for decade in decades])


ages = np.arange(15, 80, 10)
lines = {"persons": test, "VAE": made, "independent": apart}
show(
    chart(
        "systolic pressure",
        {name: (ages, by_decade(rows)) for name, rows in lines.items()},
        x_label="age",
    )
)
for name, rows in lines.items():
    print(f"{name:12s}", " ".join(f"{value:5.0f}" for value in by_decade(rows)))

# %% [markdown]
# The model's line rises, and rises less than that of persons: what z does not carry of a relation is averaged away, as the print on a shirt was. As
# figures, over all columns (shapes) and all pairs of columns (pairs; 1 is best), and how well a classifier tells rows from persons (0.5 would be
# best; persons of the two splits should not be told apart at all, and of as few as these, some are):

# %%
some = {name: cells[:1000] for name, cells in train.items()}
held_out = {name: cells[:1000] for name, cells in test.items()}
print("                   shapes  pairs  told apart")
for name, rows in {"other persons": held_out, "VAE": made, "independent": apart}.items():
    few = {key: cells[:1000] for key, cells in rows.items()}
    shapes, pairs = (
        tables.mean_score(measure(some, few).values())
        for measure in (tables.column_shapes, tables.pair_trends)
    )
    apart_by = tables.classifier_two_sample(some, few)["accuracy"]
    print(f"{name:18s} {shapes:6.2f} {pairs:6.2f} {apart_by:11.2f}")

# %% [markdown]
# ## Ask for patients
#
# Conditions are met by drawing z from the prior, weighting each by the probability that its row fulfils them, and drawing again by these weights. Every row
# then fulfils them, and everything else follows: women over 60 who are pregnant there are none.

# %%
women = model.generate(500, given=["Gender=female", "Age>=60"], seed=0)
print("sexes:", set(women["Gender"]), " least age:", women["Age"].min())
print("pregnant:", sum(cell == "Yes" for cell in women["PregnantNow"]))
diabetes = {
    name: rows["Diabetes"] for name, rows in {"all rows": made, "women over 60": women}.items()
}
for name, cells in diabetes.items():
    print(f"diabetes among {name}: {np.mean([c == 'Yes' for c in cells if c is not None]):.0%}")

# %% [markdown]
# ## What was not measured
#
# The same weights fill gaps: z is drawn from what the encoder makes of the cells that are there, weighted by how well it explains them, and the gap is drawn
# from p(x|z) ([Mattei & Frellsen 2019](https://arxiv.org/abs/1812.02633)). Hide the weight of 60 persons over 20, and draw it 20 times each; then hide their
# body mass index as well.

# %%
age, weight, height = (np.asarray(test[name], float) for name in ("Age", "Weight", "Height"))
chosen = np.flatnonzero((age >= 20) & ~np.isnan(weight) & ~np.isnan(height))[:60]
patients = {name: cells[chosen] for name, cells in test.items()}
truth, mean = weight[chosen], np.nanmean(np.asarray(train["Weight"], float)[train["Age"] >= 20])
print(f"the mean adult: {np.abs(mean - truth).mean():.1f} kg from the truth")
for hidden in (["Weight"], ["Weight", "BMI"]):
    gaps = {n: np.full(60, np.nan) if n in hidden else cells for n, cells in patients.items()}
    filled = model.impute(gaps, draws=20)
    draws = np.stack([np.asarray(each["Weight"], float) for each in filled.draws])
    low, high = np.quantile(draws, [0.1, 0.9], axis=0)
    print(
        f"without {' and '.join(hidden)}: {np.abs(filled.best['Weight'] - truth).mean():.1f} kg, ",
        end="",
    )
    print(f"{((truth >= low) & (truth <= high)).mean():.0%} within the middle 80% of the draws")

# %% [markdown]
# With height and index there, the rule leaves one weight, and that is filled in: nothing of it is learned. Without the index, age, height and all that
# was measured otherwise more than halve the error of the mean. The encoder has hardly seen an adult without a weight in training, and a z from it alone
# explains the rest badly; so the model fills in each row a hundred times, the encoder proposes from these rows, and again (`refine`). It is still too
# sure: four fifths of the truths should lie within the middle 80% of the draws, and fewer do. One draw is a guess; many are an honest interval only as
# far as the model is honest, and that has to be measured, as here ([more figures](../tables.md#how-good-imputed-cells-are)).
#
# %% [markdown]
# ## What is odd
#
# An error of units: a weight in pounds where kilograms belong. (A height in inches would not get this far: it lies below what the schema
# allows, and is refused with its row and column.) log p(x) of the row falls; and log p of each cell, given all others of its row, names
# the culprit.

# %%
odd = {name: cells.copy() for name, cells in patients.items()}
odd["Weight"][0] = round(2.2046 * patients["Weight"][0], 1)
print(f"weight {patients['Weight'][0]} becomes {odd['Weight'][0]}")
before, after = model.score(patients), model.score(odd)
print(f"log p of the row falls from {before.rows[0]:.1f} to {after.rows[0]:.1f} nats")
cells = {name: values[0] for name, values in after.cells.items() if not np.isnan(values[0])}
for name in sorted(cells, key=cells.get)[:3]:
    print(f"  {name:10s} {cells[name]:8.1f} nats given the others")

# %% [markdown]
# ## Whose rows are these?
#
# Nobody's, it is hoped. A copy of a training row would be somebody's. So count copies, and compare distances: if generated rows are no nearer to persons who were
# trained on than to persons who were not, half of them have their nearest neighbour among either.

# %%
few = {name: cells[:1000] for name, cells in made.items()}
print("exact copies:", tables.exact_copies(train, few))
share = tables.closest_record_share(some, held_out, few)["share"]
print(f"nearest to a person who was trained on: {share:.0%}")

# %% [markdown]
# A few more than half: among so few columns and rows that is near to chance. This is a check, and no proof: differential privacy, which is one, is not claimed.
#
# ## Exercises
#
# 1. A rule of your own: people who never smoked 100 cigarettes have no age at which they began. Do the data obey it? Do generated rows?
# 2. Two rules that cannot both hold: what does `Rules` say?
# 3. Ask for the same women, but over 79. What happens, and why?

# %% [markdown] solution 1
# Persons obey it. The rule is not among the sixteen, and so rows break it: a rule has to be stated to hold.

# %% solution 1
mine = Rules.from_texts(["SmokeAge only if Smoke100 = Yes"], rules.columns)
for name, rows in {"persons": train, "rows": made}.items():
    (found,) = mine.check(rows).values()
    print(f"{name}: {found.sum()} of {len(found)} break it")
print("after a repair:", sum(mine.check(mine.repair(made)).values()).sum())

# %% [markdown] solution 2
# It names the fewest rules that clash, before anything is trained.

# %% solution 2
try:
    Rules.from_texts(["BPDiaAve < BPSysAve", "BPSysAve < 60", "BPDiaAve > 70"], rules.columns)
except VaezooError as error:
    print(error)

# %% [markdown] solution 3
# Ages above 79 are written as 80 in the data, for privacy: one value with a probability of its own. The model knows it as such, and
# fulfils the condition with it.

# %% solution 3
oldest = model.generate(200, given=["Gender=female", "Age>79"], seed=0)
print("ages:", sorted(set(oldest["Age"])))

# %% [markdown]
# ## References
#
# - Mattei & Frellsen 2019, [MIWAE: deep generative modelling and imputation of incomplete data sets](https://arxiv.org/abs/1812.02633)
# - Nazábal, Olmos, Ghahramani & Valera 2020, [Handling incomplete heterogeneous data using VAEs](https://arxiv.org/abs/1807.03653)
# - Stoian, Dyrmishi, Cordy, Lukasiewicz & Giunchiglia 2024, [How realistic is your synthetic data? Constraining deep generative models for tabular
#   data](https://arxiv.org/abs/2402.04823)
# - Xu, Skoularidou, Cuesta-Infante & Veeramachaneni 2019, [Modeling tabular data using conditional GAN](https://arxiv.org/abs/1907.00503)
