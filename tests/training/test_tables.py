"""The likelihood of tables in Keras beside that in NumPy, and a TableVAE from fit to export."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

import vaezoo
from vaezoo import datasets
from vaezoo.cli.group import group
from vaezoo.errors import ConfigError
from vaezoo.export import export_model
from vaezoo.likelihoods import Table
from vaezoo.models import TableVAE
from vaezoo.runtime.manifest import Manifest
from vaezoo.tables import Schema, TableModel, read_table
from vaezoo.tables.csv_files import write_csv
from vaezoo.tables.density import RowDensity
from vaezoo.tables.kinds import Category, Count, Number, YesNo

SCHEMA = Schema(
    (
        Number("a", step=0.5, low=-2, high=3, special=(0.0, 7.0)),
        Count("l", map="log", shift=1.0, high=6),
        Category("c", labels=("x", "y", "z")),
        Number("u", "learned"),
        Number("p", low=0.0, map="log", special=(0.0,)),
        Number("b", low=-1.0, high=2.0, map="logit"),
        YesNo("y", "learned", ("n", "y")),
        Category("k", "never", tuple("abcde")),
    )
)
NUM = 300


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """Encoded rows, with gaps."""
    rng = np.random.default_rng(0)
    x = np.zeros((NUM, SCHEMA.width))
    x[:, 0] = rng.choice(np.append(np.arange(-2, 3.5, 0.5), 7), NUM)
    x[:, 1] = rng.integers(0, 7, NUM)
    x[:, 2], x[:, 6], x[:, 7] = (rng.integers(0, n, NUM) for n in (3, 2, 5))
    x[:, 3] = rng.normal(5, 3, NUM) + 2 * x[:, 2]
    x[:, 4] = np.where(rng.random(NUM) < 0.3, 0, rng.lognormal(size=NUM))
    x[:, 5] = rng.uniform(-1, 2, NUM)
    x[:, 8:] = rng.random((NUM, SCHEMA.width - 8)) < 0.8
    return SCHEMA.nearest(x).astype(np.float32)


@pytest.fixture(scope="module")
def likelihood(rows: np.ndarray) -> Table:
    found = Table((SCHEMA.width,), SCHEMA.to_dict(), num_components=3)
    found.adapt([(rows, np.ones(NUM))])
    return found


def outputs_of(likelihood: Table) -> tf.Tensor:
    rng = np.random.default_rng(1)
    return tf.constant(rng.normal(size=(NUM, *likelihood.output_shape)), tf.float32)


def test_keras_and_numpy_give_the_same_densities(likelihood: Table, rows: np.ndarray) -> None:
    outputs = outputs_of(likelihood)
    parameters = likelihood.parameters(outputs)
    cells = RowDensity(likelihood.layout, parameters["cells"].numpy())
    found = likelihood.distribution(outputs).distribution.log_prob(rows).numpy()
    expected = cells.log_prob(rows.astype(np.float64)) * SCHEMA.observed(rows)
    np.testing.assert_allclose(found[:, :8], expected, rtol=1e-4, atol=1e-4)
    gaps = found[:, 8:][:, likelihood.layout.gap_columns]
    np.testing.assert_allclose(gaps, cells.log_prob_of_gaps(rows), atol=1e-5)
    unlearned = np.delete(found[:, 8:], likelihood.layout.gap_columns, axis=1)
    assert unlearned.shape[1] == 5 and not unlearned.any()
    np.testing.assert_allclose(parameters["mean"], cells.centre(), rtol=1e-4, atol=1e-4)
    drawn = likelihood.distribution(outputs).sample(2, seed=[0, 1]).numpy()
    assert drawn.shape == (2, NUM, SCHEMA.width)
    assert likelihood.is_normalised_on(drawn[0])
    assert not likelihood.is_normalised_on(rows + 0.1)


@pytest.mark.parametrize("missing", ["never", "ignored", "learned"])
def test_samples_come_before_the_batch(missing: str) -> None:
    schema = Schema((Count("n", missing, high=5), Category("c", missing, ("a", "b"))))
    likelihood = Table((schema.width,), schema.to_dict(), num_components=2)
    x = schema.nearest(np.random.default_rng(0).integers(0, 2, (3, schema.width)))
    outputs = tf.random.stateless_normal([4, 3, *likelihood.output_shape], seed=[0, 1])
    whole = likelihood.distribution(outputs).log_prob(x.astype(np.float32)).numpy()
    assert whole.shape == (4, 3)
    for k in range(4):
        alone = likelihood.distribution(outputs[k]).log_prob(x.astype(np.float32))
        np.testing.assert_allclose(whole[k], alone, rtol=1e-5)


def test_what_is_missing_does_not_matter(likelihood: Table, rows: np.ndarray) -> None:
    other = rows.copy()
    hidden = ~SCHEMA.observed(rows)
    other[:, :8] = np.where(hidden, 1.5, other[:, :8])
    p = likelihood.distribution(outputs_of(likelihood))
    np.testing.assert_allclose(p.log_prob(other), p.log_prob(rows), rtol=1e-6)
    seen = likelihood.encoder_inputs(tf.constant(rows)).numpy()
    assert seen.shape[1:] == likelihood.encoder_shape
    np.testing.assert_array_equal(seen, likelihood.encoder_inputs(tf.constant(other)))


def test_scales_are_those_of_the_training_rows(likelihood: Table, rows: np.ndarray) -> None:
    u = rows[SCHEMA.observed(rows)[:, 3], 3]
    place = likelihood.layout.numbers.places.tolist().index(3)
    assert likelihood.loc.numpy()[place] == pytest.approx(u.mean(), rel=1e-5)
    assert likelihood.unit.numpy()[place] == pytest.approx(u.std(), rel=1e-4)
    standard = likelihood.encoder_inputs(tf.constant(rows)).numpy()[SCHEMA.observed(rows)[:, 3]]
    assert standard[:, place].mean() == pytest.approx(0, abs=1e-4)
    assert standard[:, place].std() == pytest.approx(1, rel=1e-3)


def test_wrong_schemas_are_refused() -> None:
    with pytest.raises(ConfigError, match=rf"have {SCHEMA.width} numbers: give"):
        TableVAE((3,), schema=SCHEMA.to_dict())
    with pytest.raises(ConfigError, match="the schema of the table likelihood is none"):
        TableVAE((3,), schema={"columns": [{"kind": "count"}]})
    assert Table((4, 2)).encoder_shape == (4, 2)  # without a schema: real numbers, of any shape


@pytest.fixture(scope="module")
def exported(rows: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> tuple[TableVAE, Path]:
    keras.utils.set_random_seed(0)
    network = {"name": "mlp", "hidden": [16]}
    model = TableVAE(
        (SCHEMA.width,), 2, schema=SCHEMA.to_dict(), num_components=2, network=network, seed=0
    )
    model.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    history = model.fit(rows, batch_size=50, epochs=8, verbose=0).history
    assert history["elbo"][-1] > history["elbo"][0] + 1
    folder = tmp_path_factory.mktemp("table") / "export"
    export_model(model, folder, preset="table", weights_sha256="0" * 64)
    return model, folder


def test_the_export_scores_as_the_model_does(
    exported: tuple[TableVAE, Path], rows: np.ndarray
) -> None:
    model, folder = exported
    assert Manifest.read(folder).schema == SCHEMA.to_dict()
    served = vaezoo.load(folder)
    noise = np.random.default_rng(0).standard_normal((20, 5, 2), np.float32)
    found = served.score(rows[:20], noise=noise)
    np.testing.assert_allclose(found, model.score(rows[:20], noise=noise), rtol=1e-4, atol=1e-3)
    z = served.encode_mean(rows[:20])
    expected = model.decode(z).log_prob_per_value(rows[:20]).numpy()
    found = served.decode(z).log_prob_per_value(rows[:20])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_the_export_generates_and_fills_rows(
    exported: tuple[TableVAE, Path], rows: np.ndarray
) -> None:
    table = TableModel(vaezoo.load(exported[1]))
    made = table.generate(2000, seed=0)
    assert SCHEMA.encode(made).shape == (2000, SCHEMA.width)
    real = SCHEMA.decode(rows)
    for name in ("c", "k"):
        for label in {*real[name].tolist()} - {None}:
            share = (real[name] == label).sum() / (real[name] != None).sum()  # noqa: E711
            assert (made[name] == label).mean() == pytest.approx(share, abs=0.12)
    women = table.generate(200, given=["c=y", "l>=2"], seed=0)
    assert (women["c"] == "y").all() and (women["l"] >= 2).all()
    filled = table.impute(real, draws=2)
    assert len(filled.draws) == 2
    assert not np.isnan(filled.draws[0]["u"]).any()
    known = ~np.isnan(real["u"])
    np.testing.assert_array_equal(filled.draws[1]["u"][known], real["u"][known])
    scores = table.score(real)
    mean = exported[0].log_likelihood(rows, num_samples=100).mean()
    assert scores.rows.mean() == pytest.approx(mean, abs=0.2)


def test_a_csv_is_a_data_set(tmp_path: Path, rows: np.ndarray) -> None:
    write_csv(tmp_path / "t.csv", [SCHEMA.to_text(SCHEMA.decode(rows))])
    SCHEMA.write(tmp_path / "s.toml")
    data = datasets.load(tmp_path / "t.csv", schema=str(tmp_path / "s.toml"))
    assert data.data_shape == (SCHEMA.width,) and data.schema == SCHEMA.to_dict()
    assert (len(data.train), len(data.validation), len(data.test)) == (240, 30, 30)
    every = datasets.load_rows(tmp_path / "t.csv", schema=str(tmp_path / "s.toml"))
    np.testing.assert_allclose(every.test, rows, rtol=1e-6)


def command(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(group, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_commands_of_tables(
    exported: tuple[TableVAE, Path], rows: np.ndarray, tmp_path: Path
) -> None:
    folder, made, data = exported[1], tmp_path / "made.csv", tmp_path / "data.csv"
    write_csv(data, [SCHEMA.to_text(SCHEMA.decode(rows[:30]))])
    code, text = command("generate", folder, "-n", 50, "--seed", 0, "--given", "c=y", "-o", made)
    assert code == 0 and "50 rows" in text
    (piece,) = read_table(made)
    assert {*piece["c"]} == {"y"} and list(piece) == SCHEMA.names
    code, _ = command("impute", folder, "--data", data, "--draws", 2, "-o", tmp_path / "f.csv")
    (filled,) = read_table(tmp_path / "f.csv")
    assert code == 0 and filled["draw"].tolist() == ["1"] * 30 + ["2"] * 30
    assert "" not in {*filled["u"], *filled["y"]}
    code, text = command("score", folder, "--data", data, "-o", tmp_path / "s.csv")
    (scores,) = read_table(tmp_path / "s.csv")
    assert code == 0 and "oddest cell" in text
    assert list(scores) == ["row", "log_likelihood", *SCHEMA.names]
    assert (scores["u"] == "").sum() == (SCHEMA.observed(rows[:30])[:, 3] == 0).sum()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "--condition", "3"], "--condition is not for a model of tables"),
        (["generate", "--given", "q=1"], "unknown column 'q'"),
        (["generate", "-o", "x.png"], "expected a name that ends in .csv"),
        (["score", "--data", "absent.csv"], "absent.csv does not exist"),
        (["score", "--data", "absent.csv", "--method", "elbo"], "--method is not for a model"),
        (["impute", "--data", "absent.csv", "--half", "left", "-o", "x.csv"], "--half is not"),
    ],
)
def test_commands_that_make_no_sense_of_tables(
    exported: tuple[TableVAE, Path], arguments: list[str], message: str
) -> None:
    code, text = command(arguments[0], exported[1], *arguments[1:])
    assert code == 1 and message in text and "Traceback" not in text
