"""What others make tables with, and score them with: ctgan's TVAE and CTGAN, and CatBoost.

All optional: `pip install ctgan catboost`. ctgan is under the Business Source License.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from vaezoo.metrics import auroc
from vaezoo.protocols import Array

Columns = dict[str, Array]
PEERS = ("TVAE", "CTGAN")
MISSING = "(missing)"


def rows_of_peer(peer: str, train: Columns, num: int, seed: int, seconds: float) -> Columns:
    """Rows of a model of ctgan that has trained for some seconds of the processor's time.

    Its other settings are its defaults, with 300 epochs at most. A missing label is a label.
    """
    import ctgan
    import torch

    frame, labels = filled(train)
    spent(peer, frame, labels, epochs=1)  # the first one loads what all need
    once, thrice = (spent(peer, frame, labels, epochs) for epochs in (1, 3))
    an_epoch = max(0.1, (thrice - once) / 2)
    epochs = int(np.clip(1 + (seconds - once) / an_epoch, 1, 300))
    torch.manual_seed(seed)
    np.random.seed(seed)
    model = getattr(ctgan, peer)(epochs=epochs, enable_gpu=False)
    model.fit(frame, labels)
    made = model.sample(num)
    print(f"{peer}: {epochs} epochs of {an_epoch:.1f} s")
    return {name: given_back(made[name].to_numpy(), train[name]) for name in train}


def spent(peer: str, frame: Any, labels: list[str], epochs: int) -> float:
    """Seconds of the processor's time that a training takes."""
    import ctgan

    start = time.process_time()
    getattr(ctgan, peer)(epochs=epochs, enable_gpu=False).fit(frame, labels)
    return time.process_time() - start


def filled(table: Columns) -> tuple[Any, list[str]]:
    """A frame without gaps, whole numbers as integers, and the names of its columns of labels."""
    import pandas

    labels = [name for name, cells in table.items() if cells.dtype == object]
    whole = {n for n in set(table) - set(labels) if (table[n] == np.rint(table[n])).all()}
    frame = pandas.DataFrame({n: c.astype(int) if n in whole else c for n, c in table.items()})
    frame[labels] = frame[labels].astype(object).where(frame[labels].notna(), MISSING)
    if frame.isna().any(axis=None):
        raise ValueError("ctgan takes no missing numbers")
    return frame, labels


def given_back(made: Array, real: Array) -> Array:
    """Cells as the table has them: labels with gaps, numbers of its type."""
    if real.dtype == object:
        return np.array([None if cell == MISSING else cell for cell in made], object)
    return made.astype(real.dtype)


def catboost_scores(rows: Columns, test: Columns, target: str, positive: str) -> dict[str, float]:
    """Macro F1 and AUROC of CatBoost's defaults, trained on some rows and tested on others."""
    from catboost import CatBoostClassifier
    from sklearn.metrics import f1_score

    (x, labels), (x_test, _) = filled(rows), filled(test)
    y, y_test = (x.pop(target) == positive, x_test.pop(target) == positive)
    labels.remove(target)
    model = CatBoostClassifier(
        verbose=False, random_seed=0, allow_writing_files=False, cat_features=labels
    )
    model.fit(x, y.to_numpy(int))
    chance = model.predict_proba(x_test)[:, 1]
    true = y_test.to_numpy(bool)
    macro = f1_score(true, chance > 0.5, average="macro")
    return {"catboost_macro_f1": float(macro), "catboost_auroc": auroc(chance, true)}
