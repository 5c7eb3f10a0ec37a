"""Imports TensorFlow, first and in silence, or names the extra to install."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

from vaezoo.errors import need

for _package in ("tensorflow", "keras", "tensorflow_probability"):
    need("train", _package, "training, evaluating and exporting")

# "I0000 00:00:1795723822.914269 11010 port.cc:153] oneDNN …", or with a date in place of I0000.
_LOG = re.compile(rb"[IWE]\d{4} |\d{4}-\d\d-\d\d .*: [IWE] |WARNING: All log messages before ")


@contextlib.contextmanager
def _without_log() -> Iterator[None]:
    """Drops TensorFlow's lines about oneDNN and CUDA from stderr, and lets all others pass.

    TF_CPP_MIN_LOG_LEVEL does not hide them: they come before the log is set up
    (https://github.com/tensorflow/tensorflow/issues/100442).
    """
    with tempfile.TemporaryFile() as file, contextlib.ExitStack() as stack:
        try:
            stderr = os.dup(2)
        except OSError:  # there is none
            yield
            return
        stack.callback(os.close, stderr)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            file.seek(0)
            os.write(2, b"".join(line for line in file if not _LOG.match(line)))


# For what comes later. A level that the user has set stays, and 0 shows everything.
if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") != "0" and "tensorflow" not in sys.modules:
    with _without_log():
        import tensorflow  # noqa: F401
