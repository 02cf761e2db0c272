"""Models from Hugging Face or ModelScope, kept under the cache folder and ready offline.

    <cache_dir>/models/<hub>/<owner>--<name>/<revision>/    config.json, tokenizer, *.safetensors, saccade.json

`saccade.json` is written last: with it the folder is complete and is used without asking the network. A folder that
holds all but the weights, enough for plans and prompts, has `saccade-files.json` instead. A complete copy that other
tools left in Hugging Face's own cache serves as well. Only JSON, templates, text and safetensors files are fetched,
never pickles or code.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import httpx

from saccade.errors import BadCheckpoint, SaccadeError, UnknownModel
from saccade.models.checkpoint import Checkpoint
from saccade.models.download import Progress, RemoteFile, digest_matches, download
from saccade.models.placement import in_gigabytes
from saccade.settings import Settings

try:
    import fcntl
except ImportError:  # not a POSIX system: two processes at once are on their own there
    fcntl = None  # type: ignore[assignment]

Hub = Literal["huggingface", "modelscope"]

_MODEL_ID = re.compile(r"(?P<owner>\w[\w.-]*)/(?P<name>\w[\w.-]*)")
_REVISION = re.compile(r"\w[\w./-]*")
_SUFFIXES = (".json", ".jinja", ".txt", ".safetensors")
_MANIFEST, _FILES_MANIFEST = "saccade.json", "saccade-files.json"
_TIMEOUT = httpx.Timeout(10.0, read=60.0)
_FILES_AT_ONCE = 4


def fetch_model(
    source: str,
    settings: Settings,
    *,
    revision: str | None = None,
    hub: Hub = "huggingface",
    refresh: bool = False,
    weights: bool = True,
    progress: Progress | None = None,
) -> Path:
    """The local folder of a model id such as "Qwen/Qwen2.5-VL-3B-Instruct", downloaded where need be.

    revision: branch, tag or commit; None is the hub's main line. refresh: ask the hub for a newer version even if
    a complete copy is here. weights: False leaves the weights out where they are not here yet. progress(file, bytes
    done, bytes in all) is called from several threads. An interrupted download goes on where it stopped; every file
    is checked against the hub's checksum.
    Raises UnknownModel for an id or revision that the hub does not have, BadCheckpoint for everything else.
    """
    folder, line = _place(source, settings, revision, hub)
    if not refresh and (kept := kept_copy(source, settings, revision=revision, hub=hub, weights=weights)):
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadCheckpoint(f"the cache folder {folder} cannot be made: {error.strerror}") from error
    with _client(settings, hub) as client, _alone(folder):
        if not refresh and _is_complete(folder, weights):
            return folder  # another process brought it while this one waited
        list_files = _huggingface_files if hub == "huggingface" else _modelscope_files
        commit, files = list_files(client, settings, source, line)
        wanted = [file for file in _wanted(source, files) if weights or not file.name.endswith(".safetensors")]
        _bring(client, source, wanted, folder, commit, progress, _MANIFEST if weights else _FILES_MANIFEST)
    return folder


def kept_copy(
    source: str, settings: Settings, *, revision: str | None = None, hub: Hub = "huggingface", weights: bool = True
) -> Path | None:
    """The folder of a model that is here already, or None. The network is not asked. Raises UnknownModel."""
    folder, line = _place(source, settings, revision, hub)
    if _is_complete(folder, weights):
        return folder
    return _shared_copy(source, line) if hub == "huggingface" else None


def _place(source: str, settings: Settings, revision: str | None, hub: Hub) -> tuple[Path, str]:
    """Where a model is kept, and its revision by name. Raises UnknownModel for what is neither id nor revision."""
    match = _MODEL_ID.fullmatch(source)
    if match is None or ".." in source:
        raise UnknownModel(
            f"{source!r} is neither a folder nor a model id",
            hint='write a path, or owner/name as in "Qwen/Qwen2.5-VL-3B-Instruct"',
        )
    line = revision or ("main" if hub == "huggingface" else "master")
    if not _REVISION.fullmatch(line) or ".." in line:
        raise UnknownModel(f"{revision!r} is not a revision; use a branch, a tag or a commit")
    owner_name = f"{match['owner']}--{match['name']}"
    folder = settings.cache_dir / "models" / hub / owner_name / line.replace("/", "--")
    return folder, line


def _is_complete(folder: Path, weights: bool) -> bool:
    return any((folder / name).exists() for name in ((_MANIFEST,) if weights else (_MANIFEST, _FILES_MANIFEST)))


# What a hub has ---------------------------------------------------------------------------------------------------


def _huggingface_files(
    client: httpx.Client, settings: Settings, source: str, revision: str
) -> tuple[str, list[RemoteFile]]:
    """The commit behind a revision and its files."""
    endpoint = settings.hub_endpoint.rstrip("/")
    response = _get(client, f"{endpoint}/api/models/{source}/revision/{quote(revision, safe='')}?blobs=true")
    code = response.headers.get("X-Error-Code", "")
    if code == "RevisionNotFound":
        raise UnknownModel(f"the model {source} has no revision {revision!r}")
    if code == "GatedRepo" or response.status_code == 403:
        raise UnknownModel(f"{source} is only for those who asked for access", hint="ask for it there and set HF_TOKEN")
    if response.status_code in (401, 404):
        raise UnknownModel(
            f"{endpoint} has no public model {source!r}",
            hint="check the spelling, set HF_TOKEN if it is private, or hand a local folder",
        )
    content = _json(response)
    files = []
    for entry in _list_of_dicts(content.get("siblings"), endpoint):
        name, large = str(entry.get("rfilename", "")), entry.get("lfs") or {}
        url = f"{endpoint}/{source}/resolve/{content.get('sha')}/{quote(name)}"
        digest = str(large.get("sha256") or entry.get("blobId") or "")
        size = large.get("size", entry.get("size"))
        files.append(RemoteFile(name, -1 if size is None else int(size), url, digest, git=not large))
    return str(content.get("sha")), files


def _modelscope_files(
    client: httpx.Client, settings: Settings, source: str, revision: str
) -> tuple[str, list[RemoteFile]]:
    """The newest commit of a revision, as far as told, and its files."""
    endpoint = settings.modelscope_endpoint.rstrip("/")
    base = f"{endpoint}/api/v1/models/{source}/repo"
    response = _get(client, f"{base}/files?Revision={quote(revision, safe='')}&Recursive=true")
    if response.status_code in (400, 401, 403, 404):
        raise UnknownModel(
            f"{endpoint} has no public model {source!r} with revision {revision!r}",
            hint="check the spelling, or hand a local folder",
        )
    content = _json(response)
    data = content.get("Data")
    if content.get("Code", 200) != 200 or not isinstance(data, dict):
        raise UnknownModel(f"{endpoint} does not give {source!r}: {content.get('Message', 'no reason told')}")
    files = []
    for entry in _list_of_dicts(data.get("Files"), endpoint):
        if entry.get("Type") != "tree":
            name = str(entry.get("Path", ""))
            url = f"{base}?Revision={quote(revision, safe='')}&FilePath={quote(name, safe='')}"
            files.append(RemoteFile(name, int(entry.get("Size", -1)), url, str(entry.get("Sha256") or "")))
    return revision, files


def _wanted(source: str, files: Sequence[RemoteFile]) -> list[RemoteFile]:
    """The files worth having: top level (nothing can be written elsewhere), of harmless kinds."""
    wanted = [
        file
        for file in files
        if file.name == Path(file.name).name and not file.name.startswith(".") and file.name.endswith(_SUFFIXES)
    ]
    if not any(file.name.endswith(".safetensors") for file in wanted):
        raise BadCheckpoint(
            f"{source} has no safetensors weights; other forms, pickles above all, are not fetched",
            hint="choose a repository with *.safetensors files",
        )
    if any(file.size < 0 for file in wanted):
        raise BadCheckpoint(
            f"the hub does not tell the sizes of the files of {source}; a download could not be checked"
        )
    return [file for file in wanted if file.name not in (_MANIFEST, _FILES_MANIFEST)]


# Bringing it here -------------------------------------------------------------------------------------------------


def _bring(
    client: httpx.Client,
    source: str,
    files: Sequence[RemoteFile],
    folder: Path,
    commit: str,
    progress: Progress | None,
    manifest_name: str,
) -> None:
    """Make `folder` hold exactly `files`, keeping those that are right already, and mark it complete."""
    manifest = folder / manifest_name
    known: dict[str, Any] = json.loads(manifest.read_text())["files"] if manifest.exists() else {}
    # A file that the last manifest vouches for is not hashed again.
    missing = [
        file for file in files if not (_vouched(folder, file, known) or digest_matches(folder / file.name, file))
    ]
    needed, free = sum(file.size for file in missing), shutil.disk_usage(folder).free
    if needed > free:
        raise BadCheckpoint(
            f"{source} needs {in_gigabytes(needed)} on the disk of {folder}, which has {in_gigabytes(free)} free",
            hint="make room or set SACCADE_CACHE to another disk",
        )
    if missing:
        manifest.unlink(missing_ok=True)  # until all is here again, the folder is not complete
    stop = threading.Event()
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        tasks = [pool.submit(download, client, f, folder, progress=progress, stopped=stop.is_set) for f in missing]
        try:
            for task in tasks:
                task.result()
        except BaseException:
            stop.set()
            for task in tasks:
                task.cancel()
            raise
    names = {file.name for file in files}
    for path in folder.iterdir():
        if path.name in known.keys() - names or path.suffix == ".partial":
            path.unlink()
    content = {
        "source": source,
        "commit": commit,
        "files": {file.name: {"size": file.size, "digest": file.digest} for file in files},
    }
    fresh = folder / f"{manifest_name}.new"
    fresh.write_text(json.dumps(content, indent=2), encoding="utf-8")
    fresh.replace(manifest)


def _vouched(folder: Path, file: RemoteFile, known: dict[str, Any]) -> bool:
    path = folder / file.name
    same = known.get(file.name) == {"size": file.size, "digest": file.digest}
    return same and bool(file.digest) and path.exists() and path.stat().st_size == file.size


def _shared_copy(source: str, revision: str) -> Path | None:
    """A complete copy in Hugging Face's own cache, where other tools may have put it."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(source, "config.json", revision=revision)
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    try:
        Checkpoint.open(folder)
    except SaccadeError:
        return None
    return folder if (folder / "tokenizer.json").exists() else None


# HTTP -------------------------------------------------------------------------------------------------------------


def _client(settings: Settings, hub: Hub) -> httpx.Client:
    headers = {"User-Agent": "saccade"}
    if hub == "huggingface" and settings.hub_token:
        headers["Authorization"] = f"Bearer {settings.hub_token}"  # httpx drops it when sent on to another host
    return httpx.Client(headers=headers, timeout=_TIMEOUT, follow_redirects=True)


def _get(client: httpx.Client, url: str) -> httpx.Response:
    try:
        return client.get(url)
    except httpx.HTTPError as error:
        raise BadCheckpoint(
            f"{httpx.URL(url).host} cannot be reached: {error or type(error).__name__}",
            hint="without a network hand a local folder that holds the model",
        ) from error


def _json(response: httpx.Response) -> dict[str, Any]:
    host = response.url.host
    if response.status_code != 200:
        raise BadCheckpoint(f"{host} answered {response.status_code}", hint="try again later, or hand a local folder")
    try:
        content = response.json()
    except ValueError as error:
        raise BadCheckpoint(f"{host} answered with something that is not JSON; is it a model hub?") from error
    if not isinstance(content, dict):
        raise BadCheckpoint(f"{host} answered with a {type(content).__name__}; is it a model hub?")
    return content


def _list_of_dicts(value: Any, endpoint: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BadCheckpoint(f"{endpoint} does not tell the files of the model; is it a model hub?")
    return value


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time: a second one waits and then finds everything here."""
    with (folder / ".lock").open("w") as stream:
        if fcntl is not None:
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
