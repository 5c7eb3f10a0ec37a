"""Imported first by what needs the train extra: where it is absent, the error says so."""

from vaezoo.errors import need

for _package in ("tensorflow", "keras", "tensorflow_probability"):
    need("train", _package, "training, evaluating and exporting")
