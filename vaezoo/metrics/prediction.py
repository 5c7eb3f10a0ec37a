"""Classifiers of latents: of one dimension, of all, and which dimensions they use."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import check_seed
from vaezoo.errors import need
from vaezoo.metrics.factors import check_classes, check_split, varying
from vaezoo.metrics.information import gaps
from vaezoo.metrics.samples import check_rows
from vaezoo.protocols import Array, ArrayLike


def sap(
    latents: ArrayLike, factors: ArrayLike, latents_test: ArrayLike, factors_test: ArrayLike
) -> float:
    """Separated attribute predictability: 0 to 1 - chance.

    Mean over the factors of the gap between the best two dimensions in test accuracy of a linear
    support vector machine (C = 0.01, classes balanced) of this dimension alone. Kumar et
    al. 2018, sec. 3, https://arxiv.org/abs/1711.00848. With more than two classes a line
    separates few, which keeps the score well below 1. Latents are not standardised, so the score
    depends on their location and scale. The primal problem is solved, which is deterministic; if
    it does not converge, scikit-learn warns. Needs scikit-learn.

    Example:
        >>> import numpy as np
        >>> factors = np.indices((4, 5)).reshape(2, -1).T  # each dimension is one factor
        >>> 0 < sap(factors, factors, factors, factors) <= 1
        True
    """
    train, test = check_split(latents, factors, latents_test, factors_test)
    need("train", "sklearn", "SAP")
    from sklearn.svm import LinearSVC

    accuracies = np.zeros((train[0].shape[1], train[1].shape[1]))
    for d, f in np.ndindex(accuracies.shape):
        machine = LinearSVC(C=0.01, class_weight="balanced", dual=False)
        machine.fit(train[0][:, [d]], train[1][:, f])
        accuracies[d, f] = machine.score(test[0][:, [d]], test[1][:, f])
    return float(gaps(accuracies).mean())


def dci(
    latents: ArrayLike,
    factors: ArrayLike,
    latents_test: ArrayLike,
    factors_test: ArrayLike,
    seed: int = 0,
) -> dict[str, float]:
    """Disentanglement, completeness and informativeness: 0 to 1 each.

    Eastwood & Williams 2018, sec. 2, https://openreview.net/forum?id=By-7dz-AZ. The importance
    R_df of dimension d for factor f is the impurity that it removes in a classifier of v_f:
    100 extremely randomised trees (leaves of 10 examples or more, all dimensions at each split).
    Gradient boosting, as in disentanglement_lib, takes minutes with many classes and gives
    similar figures; compare only scores of the same kind of classifier. Needs scikit-learn.

    Args:
        factors: two or more that vary.

    Returns:
        disentanglement: 1 - entropy of R_d· / sum_f R_df in base F, averaged over d by sum_f R_df;
        completeness: 1 - entropy of R_·f / sum_d R_df in base D, averaged over f likewise;
        informativeness: test accuracy, averaged over f. At chance it is not 0.

    Example:
        >>> import numpy as np
        >>> factors = np.indices((10, 10)).reshape(2, -1).T  # each dimension is one factor
        >>> sorted(dci(factors, factors, factors, factors))
        ['completeness', 'disentanglement', 'informativeness']
    """
    train, test = check_split(latents, factors, latents_test, factors_test, least=2)
    need("train", "sklearn", "DCI")
    from sklearn.ensemble import ExtraTreesClassifier

    importance, accuracy = [], []
    for v, v_test in zip(train[1].T, test[1].T, strict=True):
        trees = ExtraTreesClassifier(
            max_features=None, min_samples_leaf=10, random_state=check_seed(seed)
        ).fit(train[0], v)
        importance.append(trees.feature_importances_)
        accuracy.append(trees.score(test[0], v_test))
    by_factor = np.array(importance)
    return {
        "disentanglement": _concentration(by_factor.T),
        "completeness": _concentration(by_factor),
        "informativeness": float(np.mean(accuracy)),
    }


def _concentration(importance: Array) -> float:
    """1 - normalised entropy of the rows, averaged by their sums; 0 where all are 0."""
    importance = importance + 1e-11
    totals = importance.sum(axis=1)
    fractions = importance / totals[:, None]
    entropies = -(fractions * np.log(fractions)).sum(axis=1) / np.log(importance.shape[1])
    return float(np.average(1 - entropies, weights=totals))


def linear_probe(
    latents: ArrayLike, labels: ArrayLike, latents_test: ArrayLike, labels_test: ArrayLike
) -> float:
    """Test accuracy of a logistic regression on standardised latents; deterministic.

    Alain & Bengio 2016, https://arxiv.org/abs/1610.01644. L2 penalty with C = 1. Needs
    scikit-learn.

    Args:
        latents: [N, D], of any D.
        labels: classes, integers of 0 or more, [N].
        latents_test: [M, D].
        labels_test: [M].

    Example:
        >>> linear_probe([[-1.0], [1.0]], [0, 1], [[-3.0], [2.0]], [0, 1])
        1.0
    """
    latents = check_rows(latents, "latents")
    latents_test = check_rows(latents_test, "latents_test", width=latents.shape[1])
    labels = check_classes(labels, "labels", (len(latents),))
    labels_test = check_classes(labels_test, "labels_test", (len(latents_test),))
    varying(labels[:, None], "labels")
    need("train", "sklearn", "the linear probe")
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return float(probe.fit(latents, labels).score(latents_test, labels_test))
