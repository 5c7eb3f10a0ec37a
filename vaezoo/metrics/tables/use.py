"""What synthetic rows are good for: training classifiers, which are tested on real ones."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np

from vaezoo._checks import check_seed
from vaezoo.errors import DataError, need, unknown_name
from vaezoo.metrics.ranking import auroc
from vaezoo.metrics.tables.cells import Columns, Table, columns_of
from vaezoo.metrics.tables.features import MixedFeatures
from vaezoo.protocols import Array


def train_on_synthetic(
    synthetic: Table, test: Table, target: str, *, positive: str, seed: int = 0
) -> dict[str, float]:
    """How well classifiers that saw only synthetic rows do on real ones.

    The protocol of Xu et al. 2019, sec. 5.2 and table 6, https://arxiv.org/abs/1907.00503, for
    Adult: a decision tree (depth 15, balanced), AdaBoost, logistic regression (balanced), and a
    perceptron with 50 hidden units, on standardised numbers and one-hot categories. For the
    ceiling, give the real training rows as synthetic ones. Needs scikit-learn.

    Args:
        synthetic: columns by name, to train on.
        test: real rows, to test on.
        target: column of classes, of which rows that lack it are left out.
        positive: class that F1 is of.
        seed: of the classifiers.

    Returns:
        f1: of the positive class, mean over classifiers; f1_<classifier>: of each;
        macro_f1: mean of both classes' F1, mean over classifiers;
        auroc: mean over classifiers.

    Raises:
        DataError: the target is absent, or has one class only.
        MissingExtraError: there is no scikit-learn.
    """
    need("tables", "sklearn", "training on synthetic rows")
    train = columns_of(synthetic, "synthetic")
    real = columns_of(test, "test", train)
    (x, y), (x_test, y_test) = _split(train, real, target, positive)
    found = {name: _scores(model, x, y, x_test, y_test) for name, model in _models(seed).items()}
    means = {key: float(np.mean([s[key] for s in found.values()])) for key in _KEYS}
    return {**means, **{f"f1_{name}": scores["f1"] for name, scores in found.items()}}


_KEYS = ("f1", "macro_f1", "auroc")


def _models(seed: int) -> Mapping[str, object]:
    from sklearn.ensemble import AdaBoostClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.tree import DecisionTreeClassifier

    state = check_seed(seed)
    return {
        "tree": DecisionTreeClassifier(max_depth=15, class_weight="balanced", random_state=state),
        "adaboost": AdaBoostClassifier(random_state=state),
        "logistic": LogisticRegression(class_weight="balanced", max_iter=50),
        "perceptron": MLPClassifier((50,), max_iter=50, random_state=state),
    }


def _split(train: Columns, test: Columns, target: str, positive: str) -> list[tuple[Array, Array]]:
    """Features and whether a row is positive, of both tables."""
    if target not in train.categories:
        raise unknown_name("column of classes", target, train.categories)
    parts, features = [], None
    for columns, what in ((train, "synthetic"), (test, "test")):
        labels = columns.categories[target]
        columns = columns.take(np.flatnonzero(labels != np.array(None)))
        y = columns.categories.pop(target) == positive
        if y.all() or not y.any():
            raise DataError(
                f"{target!r} of {what} is {positive!r} in {int(y.sum())} of {len(y)} rows: "
                "expected some rows of each class."
            )
        features = features or MixedFeatures.fitted(columns)
        parts.append((features(columns), y))
    return parts


def _scores(model: object, x: Array, y: Array, x_test: Array, y_test: Array) -> dict[str, float]:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():  # the protocol's few steps are meant
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, y)  # type: ignore[attr-defined]
    chance = model.predict_proba(x_test)[:, 1]  # type: ignore[attr-defined]
    said = chance > 0.5
    f1, other = _f1(said, y_test), _f1(~said, ~y_test)
    return {"f1": f1, "macro_f1": (f1 + other) / 2, "auroc": auroc(chance, y_test)}


def _f1(said: Array, true: Array) -> float:
    return float(2 * (said & true).sum() / max(1, said.sum() + true.sum()))
