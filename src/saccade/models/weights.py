"""Open a local model folder as a network ready to run.

The network is built without memory behind its parameters, every parameter is matched with what the files hold,
and only then are weights read. A weight whose stored dtype is the wanted one, on the CPU, is a view of the mapped
file; everything else is converted tensor by tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from saccade.errors import BadInput, OutOfMemory
from saccade.models.checkpoint import Checkpoint, read_config
from saccade.models.config import ModelConfig
from saccade.models.layout import Shape, parameter_sources
from saccade.models.placement import choose_devices, model_parts, part_of, place
from saccade.models.quantized import plain_sources
from saccade.models.tensors import PLAIN_FLOATS, TensorReader
from saccade.models.vlm import QwenVL

DTYPES: Mapping[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def load_model(
    folder: str | Path,
    *,
    device: str = "auto",
    dtype: str = "auto",
    max_memory: int | Mapping[str, int] | None = None,
) -> QwenVL:
    """The model in `folder` (config.json and safetensors), in eval mode, its parameters without gradients.

    device: "auto" (by free memory, over several devices if need be), "cpu", "cuda" or "cuda:N".
    dtype: "float32", "bfloat16" or "auto": as stored, but bfloat16 for float16 and for quantised checkpoints,
    because activations of these families leave float16's range.
    max_memory: bytes of weights allowed on each device, or by device name.
    `device_map` of the result says where each part lies.
    Raises UnknownModel, BadCheckpoint, OutOfMemory, or BadInput for an unknown dtype or device.
    """
    config = ModelConfig.from_json(read_config(folder))  # before the weights: an unknown model is said first
    checkpoint = Checkpoint.open(folder)
    target = choose_dtype(checkpoint, dtype)
    model = skeleton(config)
    reader = TensorReader(checkpoint.tensors)
    sources = parameter_sources(plain_sources(reader, config.quantization), config, parameter_shapes(model))
    device_map = place(model_parts(model, target), choose_devices(device, max_memory))
    # In the order of the files, so that a disk reads on.
    order = {name: i for i, name in enumerate(checkpoint.tensors)}
    for name in sorted(sources, key=lambda name: order[sources[name].stored[0]]):
        where = device_map[part_of(name)]
        try:
            tensor = sources[name].read(target).to(where)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise OutOfMemory(f"{where} ran out of memory while the weights were loaded, at {name}") from error
        _assign(model, name, tensor)
    model.tie_weights()
    assert not any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers())), "a parameter was not filled"
    model.device_map = device_map
    return model.eval()


def skeleton(config: ModelConfig) -> QwenVL:
    """The network on the meta device: shapes and names, no memory."""
    with torch.device("meta"), _WithoutFilling():
        return QwenVL(config)


class _WithoutFilling(TorchFunctionMode):
    """Leaves out the random start values: pointless without memory, and on meta tensors they cost 70 MB of imports."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__module__", None) == "torch.nn.init":
            return kwargs["tensor"] if "tensor" in kwargs else args[0]
        return func(*args, **kwargs)


def parameter_shapes(model: nn.Module) -> dict[str, Shape]:
    """Name -> shape of every distinct parameter; a tied head is not one."""
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


def choose_dtype(checkpoint: Checkpoint, dtype: str) -> torch.dtype:
    """The dtype all parameters get. Raises BadInput naming the ones there are."""
    if dtype != "auto":
        if dtype not in DTYPES:
            raise BadInput(f"unknown dtype {dtype!r}; use auto, {', '.join(DTYPES)}")
        return DTYPES[dtype]
    stored = dict.fromkeys(PLAIN_FLOATS, 0)
    for info in checkpoint.tensors.values():
        if info.dtype in stored:
            stored[info.dtype] += info.nbytes
    single = stored["F32"] + stored["F64"] > stored["BF16"] + stored["F16"]
    return torch.float32 if single and "quantization_config" not in checkpoint.raw_config else torch.bfloat16


def _assign(model: nn.Module, name: str, tensor: Tensor) -> None:
    owner, _, leaf = name.rpartition(".")
    setattr(model.get_submodule(owner), leaf, nn.Parameter(tensor, requires_grad=False))
