"""Presets in repositories of the Hugging Face hub: hf://user/repository@revision."""

from __future__ import annotations

import re
from pathlib import Path

from vaezoo._storage import files
from vaezoo.errors import ConfigError, DownloadError, need

SCHEME = "hf://"
_PART = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
_ADDRESS = re.compile(rf"{SCHEME}({_PART})/({_PART})@({_PART})")
# All that a preset or an export consists of, and nothing executable.
_FILES = ["*.json", "*.onnx", "*.h5", "*.toml", "*.md", "*.png", "*.pb", "*variables.*"]


def is_address(name: str) -> bool:
    """Whether this is an address of the hub."""
    return name.startswith(SCHEME)


def fetch(address: str) -> Path:
    """A folder with the repository's files, which are verified like those of any folder.

    Args:
        address: "hf://user/repository@revision": a tag, or the hash of a commit, which always
            means the same files.

    Raises:
        ConfigError: the address is malformed.
        MissingExtraError: huggingface_hub is not installed.
        DownloadError: the hub does not have them.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ConfigError(f"{address!r}: expected hf://user/repository@revision.")
    need("hub", "huggingface_hub", "hf://")
    import huggingface_hub

    user, repository, revision = match.groups()
    folder = files.cache_folder() / "hub" / user / f"{repository}@{revision}"
    try:
        # A folder of copies: the hub's own cache has links that lead out of it.
        huggingface_hub.snapshot_download(
            f"{user}/{repository}", revision=revision, local_dir=folder, allow_patterns=_FILES
        )
    except Exception as error:  # of several libraries
        reason = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
        raise DownloadError(
            f"{address} could not be fetched ({reason}): is there such a repository and revision, "
            "and is it public?"
        ) from None
    return folder
