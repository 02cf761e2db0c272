"""Adapter folders in the layout of the PEFT library: adapter_config.json and adapter_model.safetensors.

A tensor is called base_model.model.<layer>.lora_A.weight, where <layer> is the layer's name in transformers, which is
ours too (`model.language_model.layers.0.self_attn.q_proj`); older files leave out `language_model`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.errors import BadCheckpoint
from saccade.models.adapters import LoraLinear, LoraSettings, linear_layers, lora_layers, put_lora
from saccade.models.checkpoint import in_short, read_header, read_json
from saccade.models.layout import parameter_name
from saccade.models.tensors import TensorReader
from saccade.models.vlm import QwenVL
from saccade.models.writing import write_streamed

CONFIG_FILE, WEIGHTS_FILE = "adapter_config.json", "adapter_model.safetensors"
_PREFIX = "base_model.model."
# ".lora_A.weight", or ".lora_A.default.weight" where the adapter's own name was kept
_TENSOR = re.compile(r"(?P<layer>.+)\.lora_(?P<half>[AB])(?:\.\w+)?\.weight")
# Keys of adapter_config.json that change what an adapter computes in ways that are not known here.
_UNKNOWN = (
    "use_dora", "use_qalora", "use_bdlora", "lora_bias", "fan_in_fan_out", "modules_to_save", "target_parameters",
    "trainable_token_indices", "layer_replication", "alora_invocation_tokens", "arrow_config", "kasa_config",
    "velora_config", "monteclora_config",
)  # fmt: skip


def write_adapter(
    model: QwenVL, folder: str | Path, *, base: str = "", tensors: Mapping[str, Tensor] | None = None
) -> None:
    """Write the adapter that `model` carries into `folder`; each file is replaced in one move.

    base: name or folder of the model it belongs to, for readers. tensors: values by parameter name
    (`...q_proj.lora_A`), where they are not the model's own (a sharded model's gathered ones).
    """
    layers = lora_layers(model)
    assert layers, "the model carries no adapter"
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    values: dict[str, Tensor] = {}
    for name, layer in layers.items():
        for half in ("lora_A", "lora_B"):
            tensor = tensors[f"{name}.{half}"] if tensors is not None else getattr(layer, half)
            values[f"{_PREFIX}{name}.{half}.weight"] = tensor.detach().float().cpu()
    shapes = {name: tuple(tensor.shape) for name, tensor in values.items()}
    write_streamed(path / "adapter.tmp", shapes, torch.float32, iter(values.values()))
    (path / "adapter.tmp").rename(path / WEIGHTS_FILE)
    (path / "config.tmp").write_text(json.dumps(_config(model, layers, base), indent=2) + "\n", encoding="utf-8")
    (path / "config.tmp").rename(path / CONFIG_FILE)


def load_adapter(model: QwenVL, folder: str | Path) -> dict[str, LoraLinear]:
    """Put the adapter in `folder` on `model`; its layers by name. Only A and B could take gradients afterwards.

    Raises BadCheckpoint where files are missing, of another kind, or do not fit the model.
    """
    path = Path(folder).expanduser()
    config = _read_config(path)
    tensors = _read_tensors(path)
    known = linear_layers(model, decoder=True, vision=True)
    strange = [name for name in tensors if name not in known]
    if strange:
        raise BadCheckpoint(
            f"the adapter in {path} is for layers that this {model.config.family} model does not have: "
            f"{in_short(strange)}",
            hint=f"it was made for {config.get('base_model_name_or_path') or 'another model'}",
        )
    settings: dict[str, LoraSettings] = {}
    for name, halves in tensors.items():
        layer, shapes = known[name], {half: list(tensor.shape) for half, tensor in halves.items()}
        rank = _of_pattern(config.get("rank_pattern"), name, config.get("r"))
        alpha = _of_pattern(config.get("alpha_pattern"), name, config.get("lora_alpha"))
        if not isinstance(rank, int) or not isinstance(alpha, int | float):
            raise BadCheckpoint(f"{path / CONFIG_FILE} gives rank {rank!r} and lora_alpha {alpha!r} for {name}")
        if shapes != {"A": [rank, layer.in_features], "B": [layer.out_features, rank]}:
            raise BadCheckpoint(
                f"the adapter in {path} does not fit {name}: A is {shapes.get('A')}, B is {shapes.get('B')}, the layer "
                f"has {layer.in_features} inputs and {layer.out_features} outputs and the rank is {rank}"
            )
        dropout = float(config.get("lora_dropout") or 0.0)
        settings[name] = LoraSettings(rank, float(alpha), dropout, bool(config.get("use_rslora")))

    def fill(name: str, layer: LoraLinear) -> None:
        layer.lora_A.data.copy_(tensors[name]["A"])
        layer.lora_B.data.copy_(tensors[name]["B"])

    return put_lora(model, settings, fill)


def _config(model: QwenVL, layers: Mapping[str, LoraLinear], base: str) -> dict[str, Any]:
    """adapter_config.json. Layers whose rank or alpha differs from the first one's are named one by one."""
    common = next(iter(layers.values())).settings
    return {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": base or None, "revision": None,
        "inference_mode": True, "r": common.rank, "lora_alpha": common.alpha, "lora_dropout": common.dropout,
        "use_rslora": common.stabilised, "target_modules": _targets(model, layers), "bias": "none",
        "fan_in_fan_out": False, "init_lora_weights": True, "modules_to_save": None, "layers_to_transform": None,
        "layers_pattern": None, "use_dora": False, "auto_mapping": None,
        "rank_pattern": {n: x.settings.rank for n, x in layers.items() if x.settings.rank != common.rank},
        "alpha_pattern": {n: x.settings.alpha for n, x in layers.items() if x.settings.alpha != common.alpha},
    }  # fmt: skip


def _targets(model: QwenVL, layers: Iterable[str]) -> list[str]:
    """Last names of the adapted layers where they say which these are, else whole names: the second family's vision
    tower has a `gate_proj` too, and others match by the end of a name.
    """
    wanted = set(layers)
    short = {name.rpartition(".")[2] for name in wanted}
    others = {name.rpartition(".")[2] for name, _ in model.named_modules() if name not in wanted}
    return sorted(wanted if short & others else short)


def _read_config(folder: Path) -> dict[str, Any]:
    if not (folder / CONFIG_FILE).is_file():
        raise BadCheckpoint(f"{folder} holds no adapter: there is no {CONFIG_FILE}", hint="give a folder that has one")
    config = read_json(folder / CONFIG_FILE)
    if config.get("peft_type") != "LORA":
        raise BadCheckpoint(f"the adapter in {folder} is of type {config.get('peft_type')!r}; known: LORA")
    used = [key for key in _UNKNOWN if config.get(key)]
    if config.get("bias", "none") != "none":
        used.append("bias")
    if used:
        raise BadCheckpoint(
            f"the adapter in {folder} uses {in_short(used)}, which is not known here",
            hint="merge it into its model with the program that made it",
        )
    return config


def _read_tensors(folder: Path) -> dict[str, dict[str, Tensor]]:
    """Layer name -> "A" and "B" in float32. Raises BadCheckpoint for tensors that are no halves of an adapter."""
    file = folder / WEIGHTS_FILE
    if not file.is_file():
        pickled = (folder / "adapter_model.bin").is_file()
        hint = "convert adapter_model.bin to safetensors; opening it could run code" if pickled else None
        raise BadCheckpoint(f"{folder} has no {WEIGHTS_FILE}", hint=hint)
    headers = read_header(file)
    reader, found = TensorReader(headers), dict[str, dict[str, Tensor]]()
    for stored in headers:
        match = _TENSOR.fullmatch(stored.removeprefix(_PREFIX))
        name = parameter_name(match["layer"] + ".weight") if match else None
        if match is None or name is None:
            raise BadCheckpoint(f"{file} holds {stored!r}, which is no part of an adapter of linear layers")
        halves = found.setdefault(name.removesuffix(".weight"), {})
        halves[match["half"]] = reader.source(stored).read(torch.float32)
    if not found:
        raise BadCheckpoint(f"{file} holds no tensors")
    return found


def _of_pattern(pattern: Any, name: str, default: Any) -> Any:
    """The value of the first key that matches the layer's name or its end, as PEFT reads rank and alpha patterns."""
    if isinstance(pattern, Mapping):
        for key, value in pattern.items():
            if re.fullmatch(rf"(.*\.)?(?:{key})", name):
                return value
    return default
