"""What classifiers read from codes: of one dimension, of all, and which dimensions they look at."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaezoo._checks import check_seed
from vaezoo.errors import need
from vaezoo.metrics.factors import check_classes, checked_split, varying
from vaezoo.metrics.information import gaps
from vaezoo.metrics.samples import check_rows


def sap(codes: Any, factors: Any, codes_test: Any, factors_test: Any) -> float:
    """Separated attribute predictability: 0 to 1 - chance.

    Mean over the factors of the gap between the best two dimensions in test accuracy of a linear
    support vector machine (C = 0.01, classes balanced) that sees this dimension alone. Kumar et
    al. 2018, sec. 3, https://arxiv.org/abs/1711.00848. Of more than two classes a line tells few
    apart, which bounds the score well below 1. Codes are not standardised, and the penalty sees
    their place and scale. The primal is solved, in which there is no chance, to its minimum:
    should that fail, ConvergenceWarning says so. Needs scikit-learn.
    """
    train, test = checked_split(codes, factors, codes_test, factors_test)
    need("train", "sklearn", "SAP")
    from sklearn.svm import LinearSVC

    accuracies = np.zeros((train[0].shape[1], train[1].shape[1]))
    for d, f in np.ndindex(accuracies.shape):
        machine = LinearSVC(C=0.01, class_weight="balanced", dual=False)
        machine.fit(train[0][:, [d]], train[1][:, f])
        accuracies[d, f] = machine.score(test[0][:, [d]], test[1][:, f])
    return float(gaps(accuracies).mean())


def dci(
    codes: Any, factors: Any, codes_test: Any, factors_test: Any, seed: int = 0
) -> dict[str, float]:
    """Disentanglement, completeness and informativeness: 0 to 1 each.

    Eastwood & Williams 2018, sec. 2, https://openreview.net/forum?id=By-7dz-AZ. The importance
    R_df of dimension d for factor f is the impurity that it takes away in a classifier of v_f:
    100 extremely randomised trees (leaves of 10 examples or more, all dimensions at each split).
    Gradient boosting, which disentanglement_lib has, grows with the number of classes and takes
    minutes, for similar figures: compare those of one classifier only. Needs scikit-learn.

    Args:
        factors: two or more that vary.

    Returns:
        disentanglement: 1 - entropy of R_d· / sum_f R_df in base F, averaged over d by sum_f R_df;
        completeness: 1 - entropy of R_·f / sum_d R_df in base D, averaged over f likewise;
        informativeness: test accuracy, averaged over f. At chance it is not 0.
    """
    train, test = checked_split(codes, factors, codes_test, factors_test, least=2)
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


def _concentration(importance: np.ndarray) -> float:
    """1 - normalised entropy of the rows, averaged by their sums; 0 where all are 0."""
    importance = importance + 1e-11
    totals = importance.sum(axis=1)
    shares = importance / totals[:, None]
    entropies = -(shares * np.log(shares)).sum(axis=1) / np.log(importance.shape[1])
    return float(np.average(1 - entropies, weights=totals))


def linear_probe(codes: Any, labels: Any, codes_test: Any, labels_test: Any) -> float:
    """Test accuracy of a logistic regression on standardised codes; no chance in it.

    Alain & Bengio 2016, https://arxiv.org/abs/1610.01644. L2 penalty with C = 1. Needs
    scikit-learn.

    Args:
        codes: [N, D], of any D.
        labels: classes, integers of 0 or more, [N].
        codes_test: [M, D].
        labels_test: [M].
    """
    codes = check_rows(codes, "codes")
    codes_test = check_rows(codes_test, "codes_test", width=codes.shape[1])
    labels = check_classes(labels, "labels", (len(codes),))
    labels_test = check_classes(labels_test, "labels_test", (len(codes_test),))
    varying(labels[:, None], "labels")
    need("train", "sklearn", "the linear probe")
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return float(probe.fit(codes, labels).score(codes_test, labels_test))
