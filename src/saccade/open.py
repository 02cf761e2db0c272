"""`load(source)`: the one place where the layers are wired into a model that answers.

What a source may be is written in `saccade.inspect.source`. Importing this module loads no torch; `load` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.engine.remote.address import is_address
from saccade.errors import BadInput
from saccade.families import family_profile
from saccade.inspect.source import BUNDLED, bundled_folder, has_chat_form, locate
from saccade.models.checkpoint import read_config, read_json
from saccade.models.config import ModelConfig
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.session import Model

_LATER_DTYPES = ("int8", "int4")
_DTYPES = ("auto", "float32", "bfloat16")


def load(
    source: str | Path = BUNDLED,
    *,
    device: str | None = None,
    dtype: str | None = None,
    min_pixels: int | None = None,
    max_pixels: int | None = None,
    max_memory: int | Mapping[str, int] | None = None,
    max_context: int | None = None,
    prefill_chunk: int | None = None,
    family: str | None = None,
    api_key: str | None = None,
    adapter: str | Path | None = None,
    revision: str | None = None,
    settings: Settings | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Model:
    """A model that is ready to answer.

    device: "auto" (default), "cpu", "cuda", "cuda:N" or "mps". dtype: "float32", "bfloat16" or "auto" (default): as
    stored on a GPU; on a CPU bfloat16 where it multiplies that in hardware, else float32.
    min_pixels, max_pixels: area limits of every picture, in place of the checkpoint's own.
    max_memory: bytes of weights allowed on each device, or by device name. max_context: most tokens of prompt and
    answer together. prefill_chunk: most prompt tokens read in one pass, which bounds the memory of long prompts and
    changes no answer. family: checked against the checkpoint's. revision: branch, tag or commit of a hub repository.
    settings: limits and paths; by default those of the environment. progress(file, bytes done, bytes in all) is called
    while a model is fetched, from several threads. adapter: a folder with a LoRA adapter in PEFT's layout, put on the
    model as it is loaded.

    An address such as "http://host:8000/v1#name" is a model on an OpenAI-compatible server (vLLM, SGLang,
    llama-server, Ollama): api_key is its key, family is needed where the name does not tell it, min_pixels and
    max_pixels are the limits the server was started with where those are not its usual ones.

    Raises UnknownModel, BadCheckpoint, BadInput, OutOfMemory; for a server EngineUnavailable and EngineError.
    """
    settings = Settings.from_env() if settings is None else settings
    given = {"device": device, "dtype": dtype, "max_memory": max_memory, "prefill_chunk": prefill_chunk,
             "adapter": adapter, "revision": revision}  # fmt: skip
    device = settings.device if device is None else device
    dtype = settings.dtype if dtype is None else dtype
    if is_address(source):
        _refuse_what_is_local(given)
        return _connect(
            str(source), family=family, api_key=api_key, min_pixels=min_pixels, max_pixels=max_pixels,
            max_context=max_context, settings=settings,
        )  # fmt: skip
    _refuse_what_is_missing(source, dtype, api_key)
    folder = locate(source, settings, revision=revision, progress=progress)
    config = ModelConfig.from_json(read_config(folder))
    _check_family(family, config)
    if prefill_chunk is not None and prefill_chunk < 1:
        raise BadInput(f"prefill_chunk is {prefill_chunk!r}", hint="give at least 1 token, or leave it out")

    from saccade.engine.local import LocalEngine
    from saccade.models.weights import load_model
    from saccade.processing.inputs import Processor
    from saccade.session import Model

    processor = Processor.from_folder(folder, min_pixels=min_pixels, max_pixels=max_pixels, settings=settings)
    chosen = _choose_dtype(dtype, device, config, bundled=folder == bundled_folder())
    network = load_model(folder, device=device, dtype=chosen, max_memory=max_memory)
    if adapter is not None:
        from saccade.models.adapter_files import load_adapter

        load_adapter(network, adapter)
    engine = LocalEngine(
        network, processor, name=str(source), max_context=max_context, prefill_chunk=prefill_chunk,
        settings=settings,
        stop_ids=(*processor.tokenizer.stop_ids, *config.eos_token_ids, *_generation_eos(folder)),
        is_base=not has_chat_form(folder),
    )  # fmt: skip
    return Model(
        engine, processor=processor, config=config, dtype=str(network.dtype).removeprefix("torch."), settings=settings
    )


def _connect(address: str, *, settings: Settings, **options: Any) -> Model:
    from saccade.engine.remote.engine import RemoteEngine
    from saccade.session import Model

    return Model(RemoteEngine(address, settings=settings, **options), settings=settings)


def _refuse_what_is_local(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if value is not None:
            raise BadInput(f"{name} belongs to a model on this machine, and the model is on a server",
                           hint=f"drop {name}")  # fmt: skip


def _generation_eos(folder: Path) -> tuple[int, ...]:
    """Ids that end an answer by generation_config.json, where there is one."""
    file = folder / "generation_config.json"
    ids = read_json(file).get("eos_token_id") if file.is_file() else None
    return tuple(entry for entry in (ids if isinstance(ids, list) else [ids]) if isinstance(entry, int))


def _refuse_what_is_missing(source: Any, dtype: str, api_key: str | None) -> None:
    if dtype in _LATER_DTYPES:
        raise BadInput(f"dtype {dtype!r} is not in this edition", hint=f"use one of {', '.join(_DTYPES)}")
    if dtype not in _DTYPES:
        raise BadInput(f"unknown dtype {dtype!r}", hint=f"use one of {', '.join(_DTYPES)}")
    if api_key is not None and "://" not in str(source):
        raise BadInput("api_key belongs to a server's address, but the model is local", hint="drop api_key")


def _check_family(family: str | None, config: ModelConfig) -> None:
    if family is not None and family_profile(family).name != config.family:
        raise BadInput(f"family {family!r} was asked for, but the checkpoint is {config.family}", hint="drop family")


def _choose_dtype(dtype: str, device: str, config: ModelConfig, *, bundled: bool) -> str:
    """What "auto" means here: the bundled model is small and runs exactly; others as fast as the machine allows."""
    if dtype != "auto":
        return dtype
    from saccade.models.placement import choose_devices

    if choose_devices(device)[0][0] != "cpu":
        return "auto"
    if bundled or not cpu_multiplies_bfloat16():
        return "float32"
    return "auto" if config.quantization or config.dtype in ("bfloat16", "float16") else "float32"


def cpu_multiplies_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor has instructions for bfloat16 products; False where that cannot be told."""
    try:
        text = cpuinfo.read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    line = next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "")
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(line.split()))
