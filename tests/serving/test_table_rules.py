"""Rules of tables: their grammar, what they find in data, what clashes, and what a repair gives."""

from __future__ import annotations

import numpy as np
import pytest

from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.protocols import Array
from vaezoo.tables.rules import Column, Rules
from vaezoo.tables.rules.parser import parse

FACTS = {
    "age": Column(lower=0, upper=100, step=1),
    "since": Column(lower=0, upper=100, step=1),
    "weight": Column(lower=1, upper=300, step=0.1),
    "height": Column(lower=30, upper=250, step=0.1),
    "bmi": Column(step=0.01),
    "a": Column(lower=0, upper=50, step=0.1),
    "b": Column(lower=0, upper=50, step=0.1, nullable=False),
    "total": Column(lower=0, upper=100, step=1),
    "sex": Column("category", categories=("female", "male"), nullable=False),
    "pregnant": Column("category", categories=("No", "Yes")),
    "grade": Column("ordinal", categories=("low", "middle", "high")),
    "city": Column("category", categories=("Lyon", "Paris", "Rome")),
    "country": Column("category", categories=("France", "Italy")),
    "start": Column("date"),
    "end": Column("date"),
}
NAN = float("nan")


def rules(*texts: str) -> Rules:
    return Rules.from_texts(texts, FACTS)


def table(**columns: object) -> dict[str, Array]:
    """Columns, of objects where they have text."""
    arrays = {}
    for name, cells in columns.items():
        array = np.array(cells)
        arrays[name] = np.array(cells, object) if array.dtype.kind in "OU" else array
    return arrays


def broken(text: str, **columns: object) -> list[bool]:
    (found,) = Rules([parse(text, text, FACTS)], FACTS).check(table(**columns)).values()
    return found.tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age < 40", [False, True, False]),
        ("18 <= age <= 40", [False, False, False]),
        ("age - since >= 30", [True, False, False]),
        ("-age + 2 * 3 ^ 2 <= 0 - 2", [False, False, False]),
        ("age != 40", [False, True, False]),
        ("age = 20 => since = 3", [False, False, False]),
        ("not (age = 20 or age = 40)", [True, True, False]),
        ("age = 20 or since = 15", [False, True, False]),
        ("sex = male => pregnant = No", [False, True, False]),
        ("pregnant only if sex = female", [False, True, False]),
        ("age is present", [False, False, True]),
        ("age is not missing", [False, False, True]),
        ("age only if pregnant = Yes", [True, False, False]),
        ("since only if age >= 20", [False, False, True]),  # which is not known
        ("sex not in {male}", [False, True, True]),
        ("grade >= middle", [True, False, False]),
        ("grade < high and age < 30", [False, True, False]),
        ("(sex, grade) in {(male, high), (female, low)}", [False, False, False]),
        ("(sex, grade) not in {(male, high)}", [False, True, False]),
    ],
)
def test_what_breaks_a_rule(text: str, expected: list[bool]) -> None:
    columns = {
        "age": [20.0, 40, NAN],
        "since": [3.0, 10, 5],
        "sex": ["female", "male", "male"],
        "pregnant": ["No", "Yes", None],
        "grade": ["low", "high", None],
    }
    assert broken(text, **columns) == expected


def test_dates_and_formulas() -> None:
    start = np.array(["2020-01-31", "2020-03-01", "NaT"], "datetime64[D]")
    end = np.array(["2020-02-28", "2020-02-29", "2021-01-01"], "datetime64[ns]")
    assert broken("start <= end", start=start, end=end) == [False, True, False]
    assert broken("end - start <= 27", start=start, end=end) == [True, False, False]
    assert broken("start < 2020-02-01", start=start) == [False, True, False]
    formula = "bmi = weight / (height / 100) ^ 2"
    people = {"weight": [80.0, 80.0, 80.0], "height": [180.0, 180.0, NAN]}
    assert broken(formula, bmi=[24.69, 24.70, 3.0], **people) == [False, True, False]
    assert broken(f"{formula} within 0.5", bmi=[24.3, 25.3, 3.0], **people) == [False, True, False]


def test_a_sum_of_decimals_is_exact() -> None:
    a, b = np.meshgrid(np.arange(100) / 10, np.arange(100) / 10)
    columns = {"a": a.ravel(), "b": b.ravel(), "bmi": np.rint((a + b) * 10).ravel() / 10}
    assert not any(broken("bmi = a + b", **columns))
    assert all(broken("bmi < a + b", **columns)) and all(broken("a + b - bmi != 0", **columns))


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("age <", 6, "expected a number, a date or a column"),
        ("age << 3", 6, "got '<'"),
        ("aeg < 3", 1, "did you mean 'age'"),
        ("sex = femal", 7, "did you mean 'female'"),
        ("sex < male", 1, "have no order"),
        ("age + sex < 3", 7, "a category has no arithmetic"),
        ("age ? 3", 5, "'?' is no part of a rule"),
        ("age < since within 3", 13, "belongs to one equation"),
        ("bmi = eval(age)", 7, "no function of rules"),
        ("start < 2020-13-01", 9, "no day of the calendar"),
        ("age only sex = male", 10, "expected 'if'"),
        ("age is", 7, "expected 'missing' or 'present'"),
        ("(sex, city) in {(male, Paris), (male)}", 37, "expected ','"),
        ("(sex, age) in {(male, 3)}", 7, "combinations are of categories"),
        ("(" * 60 + "age", 42, "nested more than 40 deep"),
        ("not " * 60 + "age < 3", 165, "nested more than 40 deep"),
        ("age < 1e400", 7, "too large a number"),
        ("age < 3 since", 9, "expected the rule's end"),
        ("__import__('os') < 3", 1, "no function of rules"),
    ],
)
def test_errors_say_where(text: str, place: int, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        rules(text)
    assert f"character {place}:" in str(error.value) and message in str(error.value)
    assert "\n" not in str(error.value) and len(str(error.value)) < 1000


@pytest.mark.parametrize(
    ("texts", "clash"),
    [
        (["age < since", "since < age"], {0, 1}),
        (["age < since", "age >= 0", "since < 5", "age > 10", "a < b"], {0, 2, 3}),
        (["sex = male => pregnant = No", "sex = male => pregnant = Yes"], {0, 1}),
        (["age > 200", "since < 3"], {0}),  # within the bounds of the column
        (["age only if since > 3", "since < 2"], {0, 1}),
        (["2 * age = 31"], {0}),  # no multiple of the step
        (["total = a + b", "a <= 1", "b <= 1", "total >= 2.5", "age < 3"], {0, 1, 2, 3}),
        (["grade >= middle => age < 5", "grade = high => age > 7", "grade is present",
          "grade != middle", "grade != low"], {0, 1}),
        (["(city, country) in {(Paris, France), (Rome, Italy)}", "city = Paris",
          "country = Italy"], {0, 1, 2}),
        (["start < end", "end < 2020-01-01", "start > 2020-01-01"], {0, 1, 2}),
    ],
)  # fmt: skip
def test_clashes_are_named_with_the_fewest_rules(texts: list[str], clash: set[int]) -> None:
    found = Rules([parse(text, text, FACTS) for text in texts], FACTS).conflicts()
    sets = [set(each.rules) for each in found]
    assert {texts[n] for n in clash} in sets and not [(a, b) for a in sets for b in sets if a < b]
    with pytest.raises(ConfigError, match="the rules clash"):
        rules(*texts)


def test_rules_that_only_look_like_a_clash() -> None:
    assert rules("sex = male => pregnant = No", "pregnant = Yes => sex = female").conflicts() == []
    assert rules("age < since", "since < age + 2").conflicts() == []
    assert rules("a + b = 1", "a - b = 0.2").conflicts() == []


def test_formulas_that_cannot_be_solved() -> None:
    for text in ("abs(age - 30) < 10", "weight / height < 2", "bmi = weight ^ 2 or age < 3"):
        with pytest.raises(ConfigError, match="no sum of multiples"):
            rules(text)
    with pytest.raises(ConfigError, match="defines weight by itself"):
        rules("weight = weight * weight")
    with pytest.raises(ConfigError, match="by each other"):
        rules("bmi = weight * height", "weight = bmi / height")


def test_broken_rules_of_data_are_listed() -> None:
    checked = rules("since <= age", "pregnant only if sex = female")
    columns = table(
        age=[5.0, NAN, 7], since=[6.0, 6, 6], sex=["male"] * 3, pregnant=[None, None, "No"]
    )
    assert [(c.violations, c.applies) for c in checked.counts(columns)] == [(1, 2), (1, 1)]
    with pytest.raises(DataError, match=r"2 of 2 rules: 'since <= age' in 1 of 2; .* in 1 of 1"):
        checked.check_data(columns)
    assert len(checked.check_data(columns, allow=True)) == 2
    assert checked.check_data(checked.repair(columns)) == []


def test_a_repair_moves_as_little_as_the_order_allows() -> None:
    obeyed = rules("since <= age", "bmi = weight / (height / 100) ^ 2", "total = a + b")
    columns = table(
        age=[50.0, 30, NAN], since=[40.0, 45, 9], weight=[80.0] * 3, height=[180.0] * 3,
        bmi=[24.69, 1, NAN], a=[1.5, 1.5, NAN], b=[1.5, 1.6, 1], total=[3.0, 9, 9],
    )  # fmt: skip
    fixed = obeyed.repaired(columns)
    assert fixed.num_changed == 1 and fixed.num_moved == 0
    np.testing.assert_equal(fixed.columns["since"], [40, 30, 9])  # the one named first gives way
    np.testing.assert_equal(fixed.columns["bmi"], [24.69, 24.69, NAN])
    sums = fixed.columns["a"][1] + fixed.columns["b"][1]
    assert sums == pytest.approx(fixed.columns["total"][1])
    for name in columns:
        np.testing.assert_equal(fixed.columns[name][[0, 2]], columns[name][[0, 2]])


def test_cells_are_blanked_and_categories_chosen() -> None:
    obeyed = rules(
        "pregnant only if sex = female",
        "(city, country) in {(Paris, France), (Lyon, France), (Rome, Italy)}",
        "grade >= middle => age >= 18",
    )
    columns = table(
        sex=["male", "female"], pregnant=["Yes", "Yes"], city=["Rome", "Paris"],
        country=["France", "France"], grade=["high", "high"], age=[7.0, 30],
    )  # fmt: skip
    fixed = obeyed.repair(columns)
    assert fixed["pregnant"].tolist() == [None, "Yes"]
    assert fixed["grade"].tolist() == [
        "low",
        "high",
    ]
    assert fixed["city"][0] in ("Paris", "Lyon") and fixed["country"].tolist() == ["France"] * 2


def test_columns_that_are_given_stay() -> None:
    obeyed = rules("since <= age", "since >= 10")
    columns = table(age=[5.0, 20], since=[30.0, 30])
    assert obeyed.repair(columns)["since"].tolist() == [10, 20]
    fixed = obeyed.repair(columns, keep=["since"])
    assert fixed["since"].tolist() == [30, 30] and fixed["age"].tolist() == [30, 30]
    np.testing.assert_equal(obeyed.repair(columns, keep=["age"])["since"], [NAN, 20])
    obeyed, columns = rules("b <= age", "b >= 10"), table(age=[5.0, 20], b=[30.0, 30])
    with pytest.raises(DataError, match="1 of 2 rows cannot obey all rules with the values of age"):
        obeyed.repair(columns, keep=["age"])


def test_dates_and_types_stay() -> None:
    obeyed = rules("start <= end", "sex = male => country = France")
    columns = {
        "start": np.array(["2020-01-31", "1600-03-01", "NaT"], "datetime64[D]"),
        "end": np.array(["2020-01-28", "2020-02-29", "2021-01-01"], "datetime64[D]"),
        "sex": np.array(["male", "female", "male"]),
        "country": np.array(["Italy", "Italy", "France"]),
        "other": np.arange(3),
    }
    fixed = obeyed.repair(columns)
    assert {name: column.dtype.kind for name, column in fixed.items()} == {
        name: column.dtype.kind for name, column in columns.items()
    }
    assert fixed["start"].astype(str).tolist() == ["2020-01-28", "1600-03-01", "NaT"]
    assert not any(found.any() for found in obeyed.check(fixed).values())


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"age": [1.0]}, "no column 'since'"),
        ({"age": [1.0], "since": [1.0, 2]}, "different lengths"),
        ({"age": ["x"], "since": [1.0]}, "column 'age' has dtype object: expected numbers"),
        ({"age": [1.0], "since": [1.0], "sex": ["man"]}, "'man'"),
        ({"age": [1.0], "since": [1.0], "sex": [None]}, "has 1 missing cells, first in row 0"),
    ],
)
def test_wrong_tables(columns: dict[str, object], message: str) -> None:
    obeyed = rules("since <= age", "sex = male => age < 50")
    with pytest.raises((DataError, UnknownNameError), match=message):
        obeyed.repair(table(**{"sex": ["male"], **columns}))


def test_facts_of_cells() -> None:
    days = np.array(["2020-01-01", "NaT", "2021-01-01"], "datetime64[D]")
    assert Column.of(days) == Column("date", lower=18262, upper=18628, step=1)
    assert Column.of([0.1, 0.25, NAN]) == Column(lower=0.1, upper=0.25, step=0.01)
    assert Column.of([1 / 3]).step is None and Column.of([3, 5]).step == 1
    assert Column.of(np.array(["b", None, "a"], object)).categories == ("a", "b")
    with pytest.raises(DataError, match="no values"):
        Column.of([NAN])


def test_empty_tables() -> None:
    obeyed = rules("since <= age")
    empty = {"age": np.zeros(0), "since": np.zeros(0)}
    assert len(obeyed.repair(empty)["age"]) == 0 and not obeyed.check(empty)["since <= age"].any()


def test_rejection_says_how_many_draws_it_took() -> None:
    obeyed, seen = rules("age >= 75"), []

    def draw(num: int, seed: int) -> dict[str, Array]:
        ages = np.random.default_rng(seed).integers(0, 100, num).astype(float)
        seen.extend(ages)
        return {"age": ages}

    found = obeyed.reject(draw, 3000, seed=1)
    kept = [age for age in seen if age >= 75][:3000]
    np.testing.assert_array_equal(found.columns["age"], kept)
    assert sum(age >= 75 for age in seen[: found.num_draws]) == 3000
    assert found.num_draws == pytest.approx(12_000, rel=0.06)  # 4 standard errors
    with pytest.raises(DataError, match="0 of 10,000 rows obey all rules"):
        obeyed.reject(lambda num, seed: {"age": np.zeros(num)}, 1)


def test_a_number_is_solved_for_where_the_result_of_its_formula_is_kept() -> None:
    facts = {
        "weight": Column(lower=2, upper=300, step=0.1),
        "height": Column(lower=40, upper=230, step=0.1),
        "bmi": Column(step=0.01),
    }
    rules = Rules.from_texts(["bmi = weight / (height / 100) ^ 2 within 0.5"], facts)
    rng = np.random.default_rng(0)
    height, weight = rng.uniform(100, 200, 50).round(1), rng.uniform(20, 150, 50).round(1)
    bmi = (weight / (height / 100) ** 2).round(2)
    guessed = {"weight": rng.permutation(weight), "height": height, "bmi": bmi}
    for keep in (["bmi", "height"], ["bmi"]):
        fixed = rules.repair(guessed, keep=keep)
        assert not any(broken.any() for broken in rules.check(fixed).values())
        assert (fixed["bmi"] == bmi).all() and (fixed["height"] == height).all()
        np.testing.assert_allclose(fixed["weight"], weight, atol=0.55 * (height.max() / 100) ** 2)
    with pytest.raises(DataError, match="1 of 1 rows cannot obey"):  # it would be too heavy
        rules.repair(
            {"weight": np.array([80.0]), "height": np.array([200.0]), "bmi": np.array([90.0])},
            keep=["bmi", "height"],
        )
