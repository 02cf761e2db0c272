"""What the name of a model means: the bundled one, a folder, a hub repository, or a published size. No torch.

"tiny"                 the bundled model, in this package
a folder               config.json, *.safetensors and the tokenizer's files
"org/name"             a repository of the hub, fetched into the cache once
"Qwen2.5-VL-7B"        a published size, whose numbers are known though nobody fetched it
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from saccade.errors import BadCheckpoint, UnknownModel
from saccade.media.naming import source_name
from saccade.models.checkpoint import read_config as read_config_file
from saccade.models.checkpoint import read_json
from saccade.models.config import ModelConfig
from saccade.models.sizes import PUBLISHED_NAMES, published_config, published_name
from saccade.settings import Settings

BUNDLED = "tiny"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def bundled_folder() -> Path:
    """The folder of the model that comes with the package."""
    return Path(str(resources.files("saccade"))) / "assets" / "tiny"


def locate(
    source: str | Path,
    settings: Settings,
    *,
    revision: str | None = None,
    weights: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Path:
    """The local folder of `source`, fetched from the hub where it names a repository that is not there yet.

    A copy that `saccade pull --modelscope` brought is found by the same name. weights: False fetches
    none. progress: as of `models.hub.fetch_model`.
    Raises UnknownModel or BadCheckpoint with one sentence that says what to do.
    """
    folder = local_folder(source)
    if folder is not None:
        return folder
    name = str(source)
    if "://" in name:
        raise UnknownModel(
            f"{source_name(name)} is the address of a server, whose model has no files on this machine",
            hint="load answers with it; here give a folder, a hub id such as org/name, or 'tiny'",
        )
    if "/" not in name and _is_published(name):
        known = published_name(name)
        raise UnknownModel(
            f"{known} is a published size whose weights are not on this machine",
            hint=f"run: saccade pull Qwen/{known}-Instruct, or load('Qwen/{known}-Instruct')",
        )
    if isinstance(source, Path) or not _HUB_ID.fullmatch(name):
        raise UnknownModel(
            f"there is no model {name!r}: no such folder, and neither a hub id nor a published size",
            hint=f"try 'tiny', a folder with config.json, org/name, or one of {', '.join(PUBLISHED_NAMES[:4])}, ...",
        )
    from saccade.models.hub import fetch_model

    kept = _kept(name, settings, revision, weights)
    return kept or fetch_model(name, settings, revision=revision, weights=weights, progress=progress)


def model_files(source: str | Path, settings: Settings) -> Path | None:
    """The folder with config, tokenizer and processor files of `source`, or None for a published size not here.

    Weights may be absent: none are fetched. Raises UnknownModel or BadCheckpoint.
    """
    folder, name = local_folder(source), str(source)
    if folder is None and _is_published(name):
        return _kept(name, settings, None, False) if _HUB_ID.fullmatch(name) else None
    return locate(source, settings, weights=False) if folder is None else folder


def _kept(name: str, settings: Settings, revision: str | None, weights: bool) -> Path | None:
    """A copy of a repository that is here already, from either hub."""
    from saccade.models.hub import kept_copy

    found = kept_copy(name, settings, revision=revision, weights=weights)
    return found or kept_copy(name, settings, revision=revision, hub="modelscope", weights=weights)


def local_folder(source: str | Path) -> Path | None:
    """The folder that `source` names on this machine, or None. Raises BadCheckpoint where "tiny" is missing."""
    if str(source) == BUNDLED and not Path(BUNDLED).is_dir():
        folder = bundled_folder()
        if not (folder / "config.json").is_file():
            raise BadCheckpoint("the bundled model is missing from this installation", hint="reinstall saccade")
        return folder
    path = Path(source).expanduser()
    return path if path.exists() else None


def read_config(source: str | Path, settings: Settings | None = None) -> tuple[ModelConfig, str]:
    """The configuration of `source` and its name for people; weights are not needed, a published size needs no file.

    Raises UnknownModel or BadCheckpoint.
    """
    folder = model_files(source, Settings.from_env() if settings is None else settings)
    if folder is None:
        name = published_name(str(source))
        return ModelConfig.from_json(published_config(name)), name
    return ModelConfig.from_json(read_config_file(folder)), str(source)


def _is_published(name: str) -> bool:
    try:
        return bool(published_name(name))
    except UnknownModel:
        return False


def has_chat_form(folder: Path) -> bool:
    """Whether a checkpoint brings a chat template; base models, which only continue a text, bring none."""
    if any((folder / name).is_file() for name in ("chat_template.json", "chat_template.jinja")):
        return True
    file = folder / "tokenizer_config.json"
    return file.is_file() and bool(read_json(file).get("chat_template"))
