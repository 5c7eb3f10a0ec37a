"""Directions as files: by name, with hashes, never of other weights; damage is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import vaezoo
from vaezoo import latent
from vaezoo.errors import ConfigError, DamagedFileError, UnknownNameError
from vaezoo.latent import AttributeDirection, load_directions, save_directions

DIRECTION = AttributeDirection(np.linspace(-1, 1, 8), 0.25, 0.5, "ridge", 0.75, ("width",))


def same(a: AttributeDirection, b: AttributeDirection) -> bool:
    facts = [(d.mean, d.stddev, d.method, d.fit_quality, d.given) for d in (a, b)]
    return facts[0] == facts[1] and np.array_equal(a.step, b.step)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    assert load_directions(tmp_path) == {}
    save_directions(tmp_path, {"thickness": DIRECTION})
    other = AttributeDirection(np.zeros(8), 0.0, 1.0, "means", 0.5)
    save_directions(tmp_path, {"slant": other, "thickness": DIRECTION})
    loaded = load_directions(tmp_path)
    assert list(loaded) == ["slant", "thickness"]
    assert same(loaded["thickness"], DIRECTION) and same(loaded["slant"], other)


def test_a_new_fit_replaces_the_old_one(tmp_path: Path) -> None:
    save_directions(tmp_path, {"slant": DIRECTION})
    other = AttributeDirection(np.zeros(8), 0.0, 1.0, "means", 0.5)
    save_directions(tmp_path, {"slant": other})
    assert same(load_directions(tmp_path)["slant"], other)
    assert len(list(tmp_path.glob("*.npy"))) == 1


def test_edits_by_name(export: Path) -> None:
    """The user's own folder is of these weights; what lies in the export comes with it."""
    model = vaezoo.load(export)
    x = model.generate(3, seed=0)
    with pytest.raises(UnknownNameError, match=r"unknown attribute 'ink'.*vaezoo attributes dig"):
        model.edit(x, "ink", 1)
    before = sorted(export.rglob("*"))
    save_directions(model.directions_folder, {"ink": DIRECTION})
    assert sorted(export.rglob("*")) == before
    by_name = vaezoo.load("digits_vae").edit(x, "ink", +2)  # the same weights
    np.testing.assert_array_equal(by_name, latent.edit(model, x, DIRECTION, 2))
    np.testing.assert_array_equal(by_name, model.edit(x, DIRECTION, 2))
    save_directions(export / "attributes", {"ink": DIRECTION, "slant": DIRECTION})
    assert sorted(vaezoo.load(export).directions) == ["ink", "slant"]
    with pytest.raises(UnknownNameError, match="did you mean 'slant'"):
        vaezoo.load(export).edit(x, "slants", 1)


def test_other_weights_have_other_directions(export: Path) -> None:
    save_directions(vaezoo.load(export).directions_folder, {"ink": DIRECTION})
    manifest = json.loads((export / "manifest.json").read_text())
    manifest["weights_sha256"] = "0" * 64
    (export / "manifest.json").write_text(json.dumps(manifest))
    assert vaezoo.load(export).directions == {}


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    for name in ("../thickness", "", "a b", "con"):
        with pytest.raises(ConfigError, match="is no attribute's name"):
            save_directions(tmp_path / "new", {name: DIRECTION})
    assert not (tmp_path / "new").exists()


def changed(folder: Path, **entry: object) -> None:
    index = folder / "attributes.json"
    values = json.loads(index.read_text())
    values["attributes"]["ink"].update(entry)
    index.write_text(json.dumps(values))


def test_damaged_arrays(tmp_path: Path) -> None:
    save_directions(tmp_path, {"ink": DIRECTION})
    (array,) = tmp_path.glob("*.npy")
    content = array.read_bytes()
    array.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DamagedFileError, match="is not the file that was exported"):
        load_directions(tmp_path)
    array.unlink()
    with pytest.raises(DamagedFileError, match="is missing"):
        load_directions(tmp_path)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"sha256": "../../x"}, "not a SHA-256"),
        ({"bytes": 2**30}, "more than any of ours"),
        ({"stddev": "1"}, "not a finite number"),
        ({"method": "magic"}, "not one of means, boundary, ridge"),
        ({"given": "width"}, "not up to 10000 items"),
    ],
)
def test_damaged_entries(tmp_path: Path, entry: dict[str, object], message: str) -> None:
    save_directions(tmp_path, {"ink": DIRECTION})
    changed(tmp_path, **entry)
    with pytest.raises(DamagedFileError, match=message):
        load_directions(tmp_path)


@pytest.mark.parametrize(
    "step", [np.zeros(8, np.float32), np.zeros((2, 4)), np.full(8, np.nan), np.array([None] * 8)]
)
def test_arrays_that_are_no_direction(tmp_path: Path, step: np.ndarray) -> None:
    """With their right hash: as an index that someone else wrote would have it."""
    import hashlib

    save_directions(tmp_path, {"ink": DIRECTION})
    path = tmp_path / "new.npy"
    np.save(path, step, allow_pickle=True)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    path.rename(tmp_path / f"ink-{digest[:16]}.npy")
    changed(tmp_path, sha256=digest, bytes=len(content))
    with pytest.raises(DamagedFileError, match="ink is no direction"):
        load_directions(tmp_path)


def test_an_index_that_is_none(tmp_path: Path) -> None:
    for text in ("[]", '{"format": 9}', '{"format": 1, "attributes": {"../x": {}}}', "{"):
        (tmp_path / "attributes.json").write_text(text)
        with pytest.raises(DamagedFileError):
            load_directions(tmp_path)
