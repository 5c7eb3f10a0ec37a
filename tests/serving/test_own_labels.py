"""Labels, groups and splits of the user's own data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_data import by_split, folder, levels, numbered

from vaezoo import datasets
from vaezoo.datasets.base import SPLITS
from vaezoo.datasets.labelling import Needed, condition_of, labels_of
from vaezoo.datasets.own.splitting import stratified
from vaezoo.errors import ConfigError, DataError, UnknownNameError

NAMES = [f"{i:02d}.png" for i in range(40)]


def load(path: Path, **options: Any) -> datasets.Dataset:
    return datasets.load(path, image_size=4, **options)


def table(rows: Callable[[int], str], header: str = "file,kind", num: int = 40) -> str:
    return "\n".join([header, *(f"{NAMES[i]},{rows(i)}" for i in range(num))])


class TestClassFolders:
    def test_folders_are_classes_and_every_split_has_each(self, tmp_path: Path) -> None:
        names = [f"{'cat' if i < 20 else 'dog'}/more/{i}.png" for i in range(40)]
        data = load(folder(tmp_path / "pets", numbered(names)))
        assert data.label_names == ("cat", "dog") and data.num_classes == 2
        assert "same share of every class" in data.splits
        for split in SPLITS:
            shown, labels = levels(getattr(data, split)), data.labels[split]
            np.testing.assert_array_equal(labels, shown >= 20)
            assert labels.mean() == 0.5
            assert [data.row_names[split][i] for i in range(2)] == [names[n] for n in shown[:2]]

    def test_a_single_picture_of_a_class(self, tmp_path: Path) -> None:
        names = [f"cat/{i}.png" for i in range(20)] + ["dog/one.png"]
        data = load(folder(tmp_path / "pets", numbered(names)))
        assert sum((labels == 1).sum() for labels in data.labels.values()) == 1
        (note,) = data.notes
        assert "a single example" in note and "(first: dog)" in note

    @pytest.mark.parametrize(
        "names",
        [NAMES, [f"a/{n}" for n in NAMES[:20]] + NAMES[20:], [f"{n}/x.png" for n in NAMES]],
        ids=["flat", "half", "one each"],
    )
    def test_what_are_no_classes(self, tmp_path: Path, names: list[str]) -> None:
        data = load(folder(tmp_path / "flat", numbered(names)))
        assert not data.labels and not data.notes


class TestTables:
    @pytest.mark.parametrize("place", ["mine/any.csv", "mine.csv"])
    @pytest.mark.parametrize("file", [lambda n: n, lambda n: f"./{n}", lambda n: n[:2]])
    def test_beside_and_inside_a_folder(
        self, tmp_path: Path, place: str, file: Callable[[str], str]
    ) -> None:
        folder(tmp_path / "mine", numbered(NAMES))
        lines = [f"{file(name)};{'ab'[i % 2] if i else ''}" for i, name in enumerate(NAMES)]
        (tmp_path / place).write_text("\n".join(["name;kind", *reversed(lines)]), "utf-8-sig")
        data = load(tmp_path / "mine")
        assert data.label_names == ("a", "b")
        for split in SPLITS:
            shown = levels(getattr(data, split)).astype(int)
            np.testing.assert_array_equal(data.labels[split], np.where(shown, shown % 2, -1))
        assert data.notes == ("1 of 40 examples have no label.",)

    def test_several_columns(self, tmp_path: Path) -> None:
        rows = table(lambda i: f"{'ab'[i % 2]},{'xyz'[i % 3]},{i / 2}", "file,one,two,size")
        path = folder(tmp_path / "mine", {**numbered(NAMES), "labels.csv": rows})
        assert not load(path).labels
        assert "columns one, two could be labels: --set data.labels=COLUMN" in load(path).notes[0]
        assert load(path, labels="two").label_names == ("x", "y", "z")
        with pytest.raises(UnknownNameError, match="did you mean 'two'"):
            load(path, labels="tow")
        data = load(path, attributes=["size"])
        assert data.attribute_names == ["size"]
        for split in SPLITS:
            expected = levels(getattr(data, split))[:, None] / 2
            np.testing.assert_array_equal(data.attributes[split], expected)
        with pytest.raises(DataError, match=r"column one has 40 values that are no numbers"):
            load(path, attributes=["one"])

    def test_what_does_not_match(self, tmp_path: Path) -> None:
        rows = table(lambda i: "ab"[i % 2], num=35) + "\ngone.png,a\nlost.png,b"
        path = folder(tmp_path / "mine", {**numbered(NAMES), "labels.csv": rows})
        message = r"no line for 5 of 40 images \(35.png, 36.png, 37.png, …\) and names 2 that are "
        with pytest.raises(DataError, match=message + r"not there \(gone.png, lost.png\)"):
            load(path)
        data = load(path, skip_bad=True)
        assert sorted(level for shown in by_split(data).values() for level in shown) == [*range(35)]
        assert "left out" in data.notes[0]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (table(lambda i: "a") + "\n00.png,b", "two lines for 00.png"),
            (table(lambda i: "a") + "\n00.png,b,c", "3 cells in line 42: expected 2"),
            ("file\n00.png", "the columns file: expected a header"),
            ("file,a,a\n00.png,1,2", "the columns file, a, a: expected a header"),
            (b"file,a\n00.png,\xff", "cannot be read as a .csv"),
        ],
    )
    def test_broken_tables(self, tmp_path: Path, text: str | bytes, message: str) -> None:
        path = folder(tmp_path / "mine", {**numbered(NAMES), "labels.csv": text})
        with pytest.raises(DataError, match=message):
            load(path)

    def test_of_other_things(self, tmp_path: Path) -> None:
        path = folder(tmp_path / "mine", {**numbered(NAMES), "costs.csv": "item,price\nbread,3\n"})
        assert "names none of the images" in load(path).notes[0]


class TestSplits:
    @pytest.mark.parametrize("names", [("train", "validation", "test"), ("Train", "val", "test")])
    def test_folders(self, tmp_path: Path, names: tuple[str, ...]) -> None:
        files = [f"{names[i % 4 % 3]}/{'ab'[i % 2]}/{i}.png" for i in range(40)]
        data = load(folder(tmp_path / "mine", numbered(files)))
        expected = {s: [i for i in range(40) if i % 4 % 3 == n] for n, s in enumerate(SPLITS)}
        assert by_split(data) == expected and data.label_names == ("a", "b")
        assert data.splits == f"the folders {names[0]}, {names[1]} and {names[2]}"

    def test_validation_is_cut_from_train(self, tmp_path: Path) -> None:
        files = [f"{'train' if i < 30 else 'test'}/{i}.png" for i in range(40)]
        data = load(folder(tmp_path / "mine", numbered(files)))
        shown = by_split(data)
        assert shown["test"] == list(range(30, 40)) and len(shown["validation"]) == 3
        assert sorted(shown["train"] + shown["validation"]) == list(range(30))
        assert "validation cut from train" in data.splits

    def test_a_column(self, tmp_path: Path) -> None:
        rows = table(
            lambda i: f"{'ab'[i % 2]},{('train', 'val', 'test')[i % 3]}", "file,kind,split"
        )
        path = folder(tmp_path / "mine", {**numbered(NAMES), "labels.csv": rows})
        data = load(path)
        assert by_split(data)["test"] == list(range(2, 40, 3))
        assert data.splits == "the column split" and data.label_names == ("a", "b")
        with pytest.raises(ConfigError, match="the splits are given by the column split"):
            load(path, split_by="kind")

    @pytest.mark.parametrize("split_by", ["who", "folder", "prefix"])
    def test_no_group_is_in_two_splits(self, tmp_path: Path, split_by: str) -> None:
        names = [f"g{i % 10}/p{i % 10}-{i}.png" for i in range(40)]
        rows = "\n".join(["file,who", *(f"{n},{i % 10}" for i, n in enumerate(names))])
        path = folder(tmp_path / "mine", {**numbered(names), "labels.csv": rows})
        data = load(path, split_by=split_by)
        groups = [{level % 10 for level in levels} for levels in by_split(data).values()]
        assert set.union(*groups) == set(range(10)) and sum(map(len, groups)) == 10
        assert [len(data.validation), len(data.test)] == [4, 4] and split_by in data.splits

    @pytest.mark.parametrize(
        "sizes", [[30, 8, 1, 1], [1, 1, 8, 30], [15, 4, 15, 6], [4, 4, 16, 16]]
    )
    def test_groups_of_unequal_size(self, tmp_path: Path, sizes: list[int]) -> None:
        groups = np.repeat(np.arange(4), sizes)
        np.savez(tmp_path / "x.npz", x=np.arange(40.0)[:, None], group=groups)
        data = datasets.load(tmp_path / "x.npz", split_by="group")
        found = [set(groups[np.array(rows, int)]) for rows in by_split(data).values()]
        assert all(found) and sum(map(len, found)) == 4
        assert len(data.validation) <= 8 and len(data.test) <= 8  # twice a tenth
        np.savez(tmp_path / "y.npz", x=np.arange(40.0)[:, None], group=np.arange(40) % 2)
        with pytest.raises(DataError, match="groups by group: 2; expected 3 or more"):
            datasets.load(tmp_path / "y.npz", split_by="group")
        with pytest.raises(UnknownNameError, match="did you mean 'group'"):
            datasets.load(tmp_path / "y.npz", split_by="groups")

    def test_every_stretch_of_the_order_has_its_share(self, rng: np.random.Generator) -> None:
        classes = np.repeat([0, 1, 2], [700, 250, 50])
        for part in classes[stratified(rng.permutation(classes) * 0 + classes)].reshape(10, 100):
            shares = np.bincount(part, minlength=3)
            assert (np.abs(shares - [70, 25, 5]) <= 1).all()

    def test_without_labels_it_is_the_permutation(self) -> None:
        expected = np.random.default_rng(0).permutation(17)
        np.testing.assert_array_equal(stratified(np.zeros(17)), expected)


class TestArrays:
    @pytest.mark.parametrize(("x", "y"), [("images", "labels"), ("data", "target"), ("x", "y")])
    def test_names_of_arrays(self, tmp_path: Path, x: str, y: str) -> None:
        words = np.array(["b", "a", "c", ""])[np.arange(40) % 4]
        np.savez(tmp_path / "x.npz", **{y: words, x: np.arange(40.0)[:, None]})
        data = datasets.load(tmp_path / "x.npz")
        assert data.label_names == ("a", "b", "c")
        for split in SPLITS:
            numbers = np.array([1, 0, 2, -1])[levels(getattr(data, split)).astype(int) % 4]
            np.testing.assert_array_equal(data.labels[split], numbers)

    def test_splits_of_one_kind_have_labels_of_theirs(self, tmp_path: Path) -> None:
        x = np.arange(20.0)[:, None]
        parts = {"x_train": x[:15], "y_train": np.arange(15) % 2 + 5, "x_test": x[15:]}
        np.savez(tmp_path / "x.npz", **parts)
        data = datasets.load(tmp_path / "x.npz")
        assert data.label_names == ("5", "6") and data.labels.keys() == {"train", "validation"}
        np.testing.assert_array_equal(data.labels["train"], levels(data.train) % 2)
        assert data.notes == ("5 of 20 examples have no label.",)

    def test_hdf5(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        h5py = pytest.importorskip("h5py")
        from vaezoo.datasets.own import hdf5

        x = np.random.default_rng(0).random((30, 5, 4)).astype(np.float32)
        with h5py.File(tmp_path / "x.h5", "w") as file:
            file["train/x"], file["train/y"] = x[:20], list("ab" * 10)
            file["test/x"], file["test/y"] = x[20:], list("ba" * 5)
        for most in (2**30, 1000):
            monkeypatch.setattr(hdf5, "fits", lambda size, most=most: size <= most)
            data = datasets.load_rows(tmp_path / "x.h5")
            rows = np.array([29, 3, 3, 0])
            np.testing.assert_array_equal(data.test[rows][..., 0], x[rows])
            assert data.labels["test"][rows].tolist() == [0, 1, 1, 0]
        assert datasets.load(tmp_path / "x.h5").test.shape == (10, 5, 4, 1)
        (tmp_path / "y.h5").write_bytes((tmp_path / "x.h5").read_bytes()[:300])
        with pytest.raises(OSError, match="not a readable HDF5 file"):
            datasets.load(tmp_path / "y.h5")

    def test_packages_that_are_not_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        (tmp_path / "x.h5").touch()
        with pytest.raises(ImportError, match=r"needs h5py.*vaezoo\[train\]"):
            datasets.load(tmp_path / "x.h5")

    @pytest.mark.parametrize(("package", "mark"), [("zarr", ".zgroup"), ("datasets", "state.json")])
    def test_optional_packages(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, mark: str
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, package, None)
        (tmp_path / mark).write_text("{}")
        with pytest.raises(ImportError, match=f"needs {package}, .*pip install {package}"):
            datasets.load(tmp_path)

    def test_zarr(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        zarr = pytest.importorskip("zarr")
        from vaezoo.datasets.own import zarr_arrays

        x, y = np.arange(60.0, dtype=np.float32).reshape(30, 2), np.arange(30) % 3
        group = zarr.open_group(str(tmp_path / "x.zarr"), mode="w")
        group.create_array("x", data=x, chunks=(7, 2))
        group.create_array("y", data=y)
        for most in (2**30, 100):
            monkeypatch.setattr(zarr_arrays, "fits", lambda size, most=most: size <= most)
            data = datasets.load_rows(tmp_path / "x.zarr")
            rows = np.array([29, 3, 3, 0])
            np.testing.assert_array_equal(data.test[rows], x[rows])
            np.testing.assert_array_equal(data.labels["test"], y)

    def test_hugging_face(self, tmp_path: Path) -> None:
        hub = pytest.importorskip("datasets")
        from PIL import Image

        x = np.random.default_rng(0).integers(0, 256, (30, 5, 5, 3), np.uint8)
        columns = {"image": [Image.fromarray(image) for image in x], "label": [0, 1, 2] * 10}
        kinds = {"image": hub.Image(), "label": hub.ClassLabel(names=["cat", "dog", "ox"])}
        made = hub.Dataset.from_dict(columns, features=hub.Features(kinds))
        made.save_to_disk(str(tmp_path / "x"))
        data = datasets.load_rows(tmp_path / "x", image_size=5)
        np.testing.assert_array_equal(data.test[np.arange(30)], x)
        assert data.label_names == ("cat", "dog", "ox")
        np.testing.assert_array_equal(data.labels["test"], np.arange(30) % 3)


class TestClassesOfAModel:
    def data(self, tmp_path: Path) -> datasets.Dataset:
        np.savez(tmp_path / "x.npz", x=np.arange(40.0)[:, None], y=["b", "a"] * 20)
        return datasets.load_rows(tmp_path / "x.npz")

    def test_are_found_by_name(self, tmp_path: Path) -> None:
        labels = labels_of(self.data(tmp_path), "test", ["c", "b", "a"])
        np.testing.assert_array_equal(labels, [1, 2] * 20)

    @pytest.mark.parametrize("names", [["a", "c"], []])
    def test_that_it_does_not_know(self, tmp_path: Path, names: list[str]) -> None:
        with pytest.raises(DataError, match="labels that the model does not know"):
            labels_of(self.data(tmp_path), "test", names)

    @pytest.mark.parametrize(
        ("kind", "message"), [("labels", "save y beside x in a .npz"), ("vector", "has no attrib")]
    )
    def test_without_them_the_user_is_told_how(
        self, tmp_path: Path, kind: str, message: str
    ) -> None:
        np.save(tmp_path / "x.npy", np.zeros((10, 2)))
        data = datasets.load(tmp_path / "x.npy")
        with pytest.raises(DataError, match=message):
            condition_of(data, "train", Needed("CVAE", kind, 2))

    def test_of_a_named_data_set(self) -> None:
        with pytest.raises(ConfigError, match=r"data\.labels is for data of your own"):
            datasets.load("digits", labels="kind")
