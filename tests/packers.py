"""Packers of the published quantised layouts, written from their description and apart from the readers.

Each takes a weight [out, in] and gives (the stored tensors by suffix, the weight they stand for in float32).
"""

from __future__ import annotations

import json

import numpy as np
import torch
from torch import Tensor

Packed = tuple[dict[str, Tensor], Tensor]

# Levels of the 4-bit normal float (arXiv 2305.14314, appendix E).
NF4 = [
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
]  # fmt: skip


def _affine(weight: Tensor, group_of: np.ndarray, bits: int, lowest_zero: int) -> tuple[np.ndarray, ...]:
    """q [in, out], zero [groups, out], scale [groups, out] (float16) and the weight they stand for, [out, in]."""
    w = weight.float().numpy().T  # [in, out]
    groups, top = int(group_of.max()) + 1, 2**bits - 1
    scale, zero = np.zeros((groups, w.shape[1]), np.float16), np.zeros((groups, w.shape[1]), np.int64)
    for g in range(groups):
        part = w[group_of == g]
        scale[g] = np.maximum(part.max(0) - part.min(0), 1e-3) / top
        zero[g] = np.clip(np.round(-part.min(0) / scale[g].astype(np.float32)), lowest_zero, top)
    s = scale[group_of].astype(np.float32)
    q = np.clip(np.round(w / s) + zero[group_of], 0, top).astype(np.int64)
    return q, zero, scale, ((q - zero[group_of]).astype(np.float32) * s).T


def _words(numbers: np.ndarray, bits: int, places: list[int]) -> np.ndarray:
    """int32 words of rows of 32 / bits numbers: number k goes to the bits from bits * places[k] on."""
    total = np.zeros(numbers.shape[:-1], np.uint32)
    for k, place in enumerate(places):
        total |= numbers[..., k].astype(np.uint32) << np.uint32(bits * place)
    return total.view(np.int32)


def pack_awq(weight: Tensor, group: int) -> Packed:
    """gemm layout: nibble i of column c belongs to output channel 8 c + [0, 2, 4, 6, 1, 3, 5, 7][i]."""
    q, zero, scale, meant = _affine(weight, np.arange(weight.shape[1]) // group, 4, lowest_zero=0)
    channel_of_nibble = [0, 2, 4, 6, 1, 3, 5, 7]
    places = [channel_of_nibble.index(k) for k in range(8)]
    stored = {
        "qweight": _words(q.reshape(len(q), -1, 8), 4, places),
        "qzeros": _words(zero.reshape(len(zero), -1, 8), 4, places),
        "scales": scale,
    }
    return {name: torch.from_numpy(a.copy()) for name, a in stored.items()}, torch.from_numpy(meant.copy())


def pack_gptq(weight: Tensor, group: int, bits: int, *, act_order: bool = False, first_format: bool = True) -> Packed:
    """Consecutive inputs in one word, low bits first; the first format stores zeros less one."""
    inputs, n = weight.shape[1], 32 // bits
    group_of = np.arange(inputs) // group
    if act_order:
        group_of = np.random.default_rng(3).permutation(group_of)
    q, zero, scale, meant = _affine(weight, group_of, bits, lowest_zero=1)
    places = list(range(n))
    stored = {
        "qweight": _words(q.reshape(-1, n, q.shape[1]).transpose(0, 2, 1), bits, places),
        "qzeros": _words((zero - int(first_format)).reshape(len(zero), -1, n), bits, places),
        "scales": scale,
        "g_idx": group_of.astype(np.int32),
    }
    return {name: torch.from_numpy(a.copy()) for name, a in stored.items()}, torch.from_numpy(meant.copy())


def pack_nf4(weight: Tensor, *, double: bool, block: int = 64, nested_block: int = 4) -> Packed:
    """Blocks of the flattened weight share one maximum; the first of two values sits in the high nibble."""
    flat = weight.float().numpy().reshape(-1)
    count = -(-len(flat) // block)
    values = np.zeros(count * block, np.float32)
    values[: len(flat)] = flat
    values = values.reshape(count, block)
    absmax = np.abs(values).max(1)
    state: dict[str, object] = {
        "quant_type": "nf4", "blocksize": block, "dtype": "bfloat16", "shape": list(weight.shape),
    }  # fmt: skip
    stored: dict[str, Tensor] = {}
    if double:
        offset = float(absmax.mean())
        codes = np.linspace(-1, 1, 256, dtype=np.float32)
        rest = absmax - np.float32(offset)
        scales = np.array([np.abs(rest[i : i + nested_block]).max() for i in range(0, count, nested_block)], np.float32)
        spread = np.maximum(scales, 1e-9).repeat(nested_block)[:count]
        nearest = np.abs(rest[:, None] / spread[:, None] - codes).argmin(1).astype(np.uint8)
        absmax = codes[nearest] * spread + offset
        stored |= {
            "weight.absmax": torch.from_numpy(nearest), "weight.nested_absmax": torch.from_numpy(scales),
            "weight.nested_quant_map": torch.from_numpy(codes),
        }  # fmt: skip
        state |= {"nested_blocksize": nested_block, "nested_offset": offset, "nested_dtype": "float32"}
    else:
        stored["weight.absmax"] = torch.from_numpy(absmax.copy())
    levels = np.array(NF4, np.float32)
    q = np.abs(values[:, :, None] / absmax[:, None, None] - levels).argmin(2)
    meant = (levels[q] * absmax[:, None]).reshape(-1)[: len(flat)].reshape(weight.shape)
    nibbles = q.reshape(-1)[: len(flat) + len(flat) % 2].astype(np.uint8)
    packed = (nibbles[0::2] << 4 | nibbles[1::2])[:, None]
    stored["weight"] = torch.from_numpy(packed)
    stored["weight.quant_map"] = torch.from_numpy(levels)
    blob = np.frombuffer(json.dumps(state).encode(), np.uint8).copy()
    stored["weight.quant_state.bitsandbytes__nf4"] = torch.from_numpy(blob)
    return stored, torch.from_numpy(meant.copy())


def pack_fp8(weight: Tensor, block: int) -> Packed:
    """float8_e4m3 with one scale per block x block tile of the last two dimensions."""
    *_, rows, columns = weight.shape
    stack = weight.float().reshape(-1, rows, columns)
    values, meant = torch.empty(stack.shape, dtype=torch.float8_e4m3fn), torch.empty(stack.shape)
    scales = torch.empty(len(stack), -(-rows // block), -(-columns // block))
    for e in range(len(stack)):
        for i in range(scales.shape[1]):
            for j in range(scales.shape[2]):
                tile = (e, slice(i * block, (i + 1) * block), slice(j * block, (j + 1) * block))
                scales[e, i, j] = stack[tile].abs().max() / 448
                values[tile] = (stack[tile] / scales[e, i, j]).to(torch.float8_e4m3fn)
                meant[tile] = values[tile].float() * scales[e, i, j]
    stored = {
        "weight": values.view(weight.shape),
        "weight_scale_inv": scales.view(*weight.shape[:-2], *scales.shape[1:]),
    }
    return stored, meant.view(weight.shape)
