"""Quantised checkpoints, turned back into plain weights [out, in] one tensor at a time.

Layouts, with o output and i input channels, group g, b bits, X a module's name:

    AWQ gemm   X.qweight int32 [i, o/8]    X.qzeros int32 [i/g, o/8]   X.scales [i/g, o]
    GPTQ       X.qweight int32 [i*b/32, o] X.qzeros int32 [i/g, o*b/32] X.scales [i/g, o]  X.g_idx [i]
    NF4        X.weight uint8 (two per byte), .absmax, .quant_map, .nested_absmax, .nested_quant_map,
               .quant_state.bitsandbytes__nf4 (JSON as bytes)
    FP8 block  X.weight float8 [o, i]      X.weight_scale_inv [o/128, i/128], which multiplies despite its name

Sources: AWQ (arXiv 2306.00978) and GPTQ (arXiv 2210.17323) with the packing their published checkpoints use,
QLoRA (arXiv 2305.14314) for NF4 and double quantisation, and the quantization_config of published files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from saccade.errors import BadCheckpoint
from saccade.models.checkpoint import in_short
from saccade.models.tensors import Source, TensorReader

_AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)  # channel 8c + k sits in nibble _AWQ_ORDER[k] of int32 column c
_ROWS_AT_ONCE = 4096  # bounds the float32 temporaries
_NF4_STATE = ".quant_state.bitsandbytes__"


def plain_sources(reader: TensorReader, quantization: Mapping[str, Any] | None) -> dict[str, Source]:
    """Every plain tensor the stored ones make, by name; stored tensors that are plain already stand as they are.

    `quantization` is config.json's quantization_config, None for a plain checkpoint. Nothing is dequantised
    before a source is read. Raises BadCheckpoint for a method or an option that is not understood.
    """
    if quantization is None:
        return {name: reader.source(name) for name in reader.tensors}
    method = str(quantization.get("quant_method", "missing")).lower()
    if method not in _METHODS:
        raise BadCheckpoint(
            f"the checkpoint is quantised by {method!r}; Saccade reads {', '.join(_METHODS)}",
            hint="use the unquantised repository and let Saccade quantise it",
        )
    packed = _METHODS[method](reader, quantization)
    taken = {name for source in packed.values() for name in source.stored}
    plain = {name: reader.source(name) for name in reader.tensors if name not in taken}
    clash = sorted(plain.keys() & packed.keys())
    if clash:
        raise BadCheckpoint(f"both a plain and a quantised form are stored of {in_short(clash)}")
    return plain | packed


def dequantised(
    reader: TensorReader, quantization: Mapping[str, Any] | None, dtype: torch.dtype
) -> Iterator[tuple[str, Tensor]]:
    """All plain tensors in turn, (name, tensor in `dtype`); one at a time is in memory if the caller lets go."""
    for name, source in plain_sources(reader, quantization).items():
        yield name, source.read(dtype)


# AWQ --------------------------------------------------------------------------------------------------------------


def _awq(reader: TensorReader, options: Mapping[str, Any]) -> dict[str, Source]:
    version = str(options.get("version", "gemm")).lower()
    if version != "gemm" or options.get("bits", 4) != 4:
        raise BadCheckpoint(f"AWQ version {version!r} with {options.get('bits')} bits; only gemm with 4 bits is read")
    return {f"{module}.weight": _awq_source(reader, module) for module in _modules(reader, ".qweight")}


def _awq_source(reader: TensorReader, module: str) -> Source:
    names = _parts(reader, module, ("qweight", "qzeros", "scales"))
    inputs, columns = _matrix(reader, names[0])
    outputs, groups = columns * 8, _matrix(reader, names[1])[0]
    if not groups or inputs % groups:
        raise BadCheckpoint(f"{module!r}: {inputs} inputs do not divide into {groups} AWQ groups")
    _expect(reader, names[1], (groups, columns))
    _expect(reader, names[2], (groups, outputs))
    group = inputs // groups

    def read(dtype: torch.dtype) -> Tensor:
        packed, zeros, scales = (reader.stored(name) for name in names)
        zeros8 = _unpack(zeros, 4, dim=1, order=_AWQ_ORDER)
        return _scaled(
            outputs, inputs, dtype, torch.arange(inputs) // group, scales, zeros8,
            lambda rows: _unpack(packed[rows], 4, dim=1, order=_AWQ_ORDER),
        )  # fmt: skip

    return Source((outputs, inputs), names, read)


# GPTQ -------------------------------------------------------------------------------------------------------------


def _gptq(reader: TensorReader, options: Mapping[str, Any]) -> dict[str, Source]:
    bits, layout = options.get("bits"), str(options.get("checkpoint_format", "gptq"))
    if bits not in (2, 4, 8) or layout not in ("gptq", "gptq_v2"):
        raise BadCheckpoint(f"GPTQ with {bits} bits in format {layout!r}; read are 2, 4 and 8 bits in gptq, gptq_v2")
    # The first format stores every zero point less one.
    offset, group = int(layout == "gptq"), int(options.get("group_size", 128))
    modules = _modules(reader, ".qweight")
    return {f"{module}.weight": _gptq_source(reader, module, int(bits), offset, group) for module in modules}


def _gptq_source(reader: TensorReader, module: str, bits: int, offset: int, group_size: int) -> Source:
    per_word = 32 // bits
    names = _parts(reader, module, ("qweight", "qzeros", "scales"))
    words, outputs = _matrix(reader, names[0])
    inputs, groups = words * per_word, _matrix(reader, names[1])[0]
    if not groups or outputs % per_word:
        raise BadCheckpoint(
            f"{module!r}: {outputs} outputs and {groups} groups do not make a GPTQ layer of {bits} bits"
        )
    _expect(reader, names[1], (groups, outputs // per_word))
    _expect(reader, names[2], (groups, outputs))
    group = inputs if group_size <= 0 else group_size  # -1: one group for the whole column
    index = f"{module}.g_idx"
    if index in reader.tensors:
        _expect(reader, index, (inputs,))
        names = (*names, index)

    def read(dtype: torch.dtype) -> Tensor:
        packed, zeros, scales = (reader.stored(name) for name in names[:3])
        group_of = reader.stored(index).long() if index in names else torch.arange(inputs) // group
        if int(group_of.min()) < 0 or int(group_of.max()) >= groups:
            raise BadCheckpoint(f"{module!r}: g_idx points outside its {groups} groups")
        zeros8 = _unpack(zeros, bits, dim=1).to(torch.int16) + offset
        return _scaled(
            outputs, inputs, dtype, group_of, scales, zeros8,
            lambda rows: _unpack(packed[rows.start // per_word : -(-rows.stop // per_word)], bits, dim=0),
        )  # fmt: skip

    return Source((outputs, inputs), names, read)


# NF4 --------------------------------------------------------------------------------------------------------------


def _nf4(reader: TensorReader, options: Mapping[str, Any]) -> dict[str, Source]:
    if not options.get("load_in_4bit", options.get("_load_in_4bit", False)):
        raise BadCheckpoint("the checkpoint is quantised by bitsandbytes to 8 bits; only its 4-bit forms are read")
    return {name: _nf4_source(reader, name) for name in _modules(reader, ".absmax")}


def _nf4_source(reader: TensorReader, weight: str) -> Source:
    states = [name for name in reader.tensors if name.startswith(weight + _NF4_STATE)]
    names = (weight, *states, *_parts(reader, weight, ("absmax", "quant_map")))
    if len(states) != 1 or weight not in reader.tensors:
        raise BadCheckpoint(f"{weight!r} has no single quant_state tensor of bitsandbytes")
    try:
        state = json.loads(bytes(reader.stored(states[0]).view(torch.uint8).tolist()))
        shape, block = tuple(int(n) for n in state["shape"]), int(state["blocksize"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadCheckpoint(f"{states[0]!r} does not hold the state of a quantised tensor: {error}") from error
    nested = f"{weight}.nested_absmax" in reader.tensors
    if nested:
        names = (*names, *_parts(reader, weight, ("nested_absmax", "nested_quant_map")))
    count = int(torch.Size(shape).numel())
    if len(shape) != 2 or reader.tensors[weight].nbytes * 2 != count + count % 2:
        raise BadCheckpoint(f"{weight!r} holds {reader.tensors[weight].nbytes} bytes, not two of {shape} per byte")

    def read(dtype: torch.dtype) -> Tensor:
        absmax = reader.stored(f"{weight}.absmax")
        if nested:  # double quantisation: the block maxima are codes themselves
            table, scales = (reader.stored(f"{weight}.nested_{part}") for part in ("quant_map", "absmax"))
            spread = scales.float().repeat_interleave(int(state["nested_blocksize"]))[: absmax.numel()]
            absmax = table.float()[absmax.long()].flatten() * spread + float(state["nested_offset"])
        codes = reader.stored(f"{weight}.quant_map").float()
        packed = reader.stored(weight).flatten().view(torch.uint8)
        out = torch.empty(packed.numel() * 2, dtype=dtype)
        step = block * _ROWS_AT_ONCE  # values, always whole blocks and whole bytes
        for start in range(0, out.numel(), step):
            part = packed[start // 2 : (start + step) // 2]
            pair = torch.stack((part >> 4, part & 15), dim=1).flatten()  # the high nibble comes first
            scale = absmax[start // block : (start + step) // block].float().flatten().repeat_interleave(block)
            out[start : start + step] = codes[pair.int()] * scale[: pair.numel()]
        return out[:count].view(shape)

    return Source(shape, names, read)


# FP8 --------------------------------------------------------------------------------------------------------------


def _fp8(reader: TensorReader, options: Mapping[str, Any]) -> dict[str, Source]:
    block = tuple(options.get("weight_block_size") or ())
    if len(block) != 2 or not all(type(n) is int and n > 0 for n in block):
        raise BadCheckpoint(f"FP8 with weight_block_size {options.get('weight_block_size')!r}; expected two numbers")
    modules = _modules(reader, "_scale_inv")
    return {name: _fp8_source(reader, name, (block[0], block[1])) for name in modules}


def _fp8_source(reader: TensorReader, weight: str, block: tuple[int, int]) -> Source:
    """A matrix, or a stack of experts' matrices, with one scale per block of its last two dimensions."""
    names = (weight, f"{weight}_scale_inv")
    if weight not in reader.tensors or not reader.tensors[weight].dtype.startswith("F8"):
        raise BadCheckpoint(f"{names[1]!r} has no float8 tensor {weight!r} beside it")
    shape = reader.tensors[weight].shape
    if len(shape) not in (2, 3):
        raise BadCheckpoint(f"{weight!r} has shape {shape}; block-wise float8 needs a matrix or a stack of matrices")
    _expect(reader, names[1], (*shape[:-2], -(-shape[-2] // block[0]), -(-shape[-1] // block[1])))

    def read(dtype: torch.dtype) -> Tensor:
        values, scales = (reader.stored(name) for name in names)
        values, scales = values.view(-1, *shape[-2:]), scales.float().view(-1, *scales.shape[-2:])
        out = torch.empty(values.shape, dtype=dtype)
        for matrix, scale, target in zip(values, scales, out, strict=True):
            wide = scale.repeat_interleave(block[1], dim=1)[:, : shape[-1]]
            for i, start in enumerate(range(0, shape[-2], block[0])):
                target[start : start + block[0]] = matrix[start : start + block[0]].float() * wide[i]
        return out.view(shape)

    return Source(shape, names, read)


_METHODS: Mapping[str, Callable[[TensorReader, Mapping[str, Any]], dict[str, Source]]] = {
    "awq": _awq, "gptq": _gptq, "bitsandbytes": _nf4, "fp8": _fp8,
}  # fmt: skip


# Parts they share -------------------------------------------------------------------------------------------------


def _unpack(packed: Tensor, bits: int, *, dim: int, order: Iterable[int] | None = None) -> Tensor:
    """Numbers of `bits` bits out of int32 words [r, c] as uint8, low bits first, spread along `dim`.

    `order[k]` names the place in the word (0: lowest bits) of the k-th number; None means 0, 1, 2, ...
    """
    places = range(32 // bits) if order is None else order
    numbers = [((packed >> (place * bits)) & (2**bits - 1)).to(torch.uint8) for place in places]
    return torch.stack(numbers, dim=dim + 1).flatten(dim, dim + 1)


def _scaled(
    outputs: int, inputs: int, dtype: torch.dtype, group_of: Tensor, scales: Tensor, zeros: Tensor,
    quants: Callable[[slice], Tensor],
) -> Tensor:  # fmt: skip
    """Weight [outputs, inputs] of (q - zero) * scale; `quants` gives q [rows, outputs] of a slice of inputs."""
    out = torch.empty(outputs, inputs, dtype=dtype)
    scales, zeros = scales.float(), zeros.float()
    for start in range(0, inputs, _ROWS_AT_ONCE):
        rows = slice(start, min(start + _ROWS_AT_ONCE, inputs))
        group = group_of[rows]
        out[:, rows] = ((quants(rows).float() - zeros[group]) * scales[group]).T
    return out


def _modules(reader: TensorReader, suffix: str) -> list[str]:
    """Names in front of `suffix`, in stored order."""
    return [name.removesuffix(suffix) for name in reader.tensors if name.endswith(suffix)]


def _parts(reader: TensorReader, module: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(f"{module}.{part}" for part in parts)
    missing = [name for name in names if name not in reader.tensors]
    if missing:
        raise BadCheckpoint(f"the quantised tensor {module!r} lacks {', '.join(missing)}")
    return names


def _matrix(reader: TensorReader, name: str) -> tuple[int, int]:
    info = reader.tensors[name]
    if len(info.shape) != 2 or info.dtype != "I32":
        raise BadCheckpoint(f"packed tensor {name!r} is {info.dtype} {info.shape}; expected an I32 matrix")
    return info.shape[0], info.shape[1]


def _expect(reader: TensorReader, name: str, shape: tuple[int, ...]) -> None:
    found = reader.tensors[name].shape
    if found != shape:
        raise BadCheckpoint(f"tensor {name!r} has shape {found}; {shape} belongs beside its quantised weight")
