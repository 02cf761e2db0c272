"""The folder that training leaves: a standard checkpoint, or an adapter, beside the run's own records."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from saccade.errors import BadInput
from saccade.models.adapter_files import load_adapter, write_adapter
from saccade.models.adapters import lora_layers, merged_parameters
from saccade.models.checkpoint import Checkpoint, read_config
from saccade.models.layout import parameter_name
from saccade.models.random_weights import published_tensor_name
from saccade.models.vlm import QwenVL
from saccade.models.weights import choose_dtype, load_model
from saccade.models.writing import SHARD_BYTES, replace_text, write_shards
from saccade.train.tune.ranks import Ranks, whole

# What a checkpoint has besides its weights, whichever of them it has.
_BESIDE = (
    "generation_config.json", "preprocessor_config.json", "video_preprocessor_config.json", "processor_config.json",
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "merges.txt", "chat_template.json", "chat_template.jinja", "LICENSE",
)  # fmt: skip
_DTYPE_NAMES = {torch.float32: "float32", torch.bfloat16: "bfloat16"}

Gather = Callable[[Tensor], Tensor]


def write_result(
    folder: Path, base: Path, model: QwenVL, ranks: Ranks, *, base_name: str, chat_template: str | None = None
) -> None:
    """Write the adapter that `model` carries, or else the whole checkpoint. All processes take part.

    chat_template: Jinja text to write where the base brings none.
    """
    if lora_layers(model):
        halves = {
            f"{name}.{half}": whole(getattr(layer, half)).detach().float().cpu()
            for name, layer in lora_layers(model).items()
            for half in ("lora_A", "lora_B")
        }
        if ranks.leads:
            write_adapter(model, folder, base=base_name, tensors=halves)
    else:
        write_checkpoint(folder, base, model, leads=ranks.leads, chat_template=chat_template)
    ranks.wait()


def write_checkpoint(
    folder: Path,
    base: Path,
    model: QwenVL,
    *,
    leads: bool = True,
    chat_template: str | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """A folder like `base` with the weights of `model`, adapters added, in the dtype `base` is stored in.

    Tensors go under the family's published names, into files of at most `shard_bytes`; a quantised base becomes
    a plain one.
    """
    stored = choose_dtype(Checkpoint.open(base), "auto")
    tensors = ((name, whole(tensor)) for name, tensor in merged_parameters(model) if not _tied(model, name))
    if not leads:
        for _ in tensors:
            pass
        return
    folder.mkdir(parents=True, exist_ok=True)
    shapes = {_stored_name(model, name): tuple(tensor.shape) for name, tensor in _plain(model)}
    write_shards(folder, shapes, stored, (tensor.detach().to("cpu", stored) for _, tensor in tensors), shard_bytes)
    config = read_config(base)
    quantised = config.pop("quantization_config", None) is not None
    for key in ("dtype", "torch_dtype"):
        if key in config and (quantised or config[key] == "float16"):  # what is no longer true
            config[key] = _DTYPE_NAMES[stored]
    replace_text(folder / "config.json", json.dumps(config, indent=2, ensure_ascii=False) + "\n")
    for name in _BESIDE:
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / f"{name}.tmp")
            (folder / f"{name}.tmp").rename(folder / name)
    if chat_template is not None:
        template = json.dumps({"chat_template": chat_template}, ensure_ascii=False)
        replace_text(folder / "chat_template.json", template + "\n")


def merge(base: Path, adapter: Path, folder: Path) -> None:
    """Write the checkpoint `base` with `adapter` added as a whole checkpoint into `folder`.

    Raises BadCheckpoint for a base or adapter that cannot be read or do not belong together, BadInput where `folder`
    is one of them.
    """
    check_target(folder, base)
    check_target(folder, adapter)
    model = load_model(base, device="cpu", dtype="auto")
    load_adapter(model, adapter)
    write_checkpoint(folder, base, model)


def check_target(folder: Path, source: Path) -> None:
    """Raises BadInput when `folder` is the folder that is read from."""
    if folder.resolve() == source.resolve():
        raise BadInput(f"{folder} is read from and cannot be written to", hint="give another --out folder")


def _plain(model: QwenVL) -> Iterator[tuple[str, Tensor]]:
    """The distinct parameters without adapters, unmerged: for names and shapes."""
    for name, parameter in model.named_parameters():
        if not name.endswith((".lora_A", ".lora_B")) and not _tied(model, name):
            yield name, parameter


def _tied(model: QwenVL, name: str) -> bool:
    return model.config.tied and name == "lm_head.weight"


def _stored_name(model: QwenVL, parameter: str) -> str:
    name = parameter if model.config.family.startswith("qwen3") else published_tensor_name(parameter)
    assert parameter_name(name) == parameter
    return name
