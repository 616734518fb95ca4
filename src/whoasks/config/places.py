"""Where the configuration and the database are when nobody says so."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from whoasks.config.problems import ConfigError


def find(path: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> Path | None:
    """The configuration file: the given path, else ``WHOASKS_CONFIG``, else the user's own.

    The first two are returned whether they exist or not, since somebody asked for them; the
    user's own only when it is there. None means: the defaults. Raises ConfigError.
    """
    named = path if path is not None else environ.get("WHOASKS_CONFIG") or None
    try:
        if named is not None:
            return Path(named).expanduser()
        own = Path(platformdirs.user_config_dir("whoasks")) / "config.yaml"
        return own if own.exists() else None
    except (OSError, RuntimeError, ValueError) as error:
        name = named or "the user's configuration folder"
        raise ConfigError([f"{name}: cannot be looked for: {error}; give a plain path"]) from error


def default_database(environ: Mapping[str, str]) -> str:
    """``WHOASKS_DB``, else the file in the user's data folder."""
    named = environ.get("WHOASKS_DB")
    return named or str(Path(platformdirs.user_data_dir("whoasks")) / "whoasks.db")
