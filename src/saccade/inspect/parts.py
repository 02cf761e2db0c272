"""The parts of a model as data flows through them, with the name and shape of every tensor. No torch.

Letters in the flows: P patches, M = P / 4 merged tokens, N tokens. Names and shapes equal those of the
networks in `saccade.models`, which a test compares; sizes come from the published config files.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from saccade.models.config import ModelConfig, TextConfig, VisionConfig

Shape = tuple[int, ...]
Tensors = tuple[tuple[str, Shape], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its place in the checkpoint, what it does in one sentence, its data flow, tensors and children.

    `indices` is set for parts that occur several times: `name` then stands before each number, as in layers.0.
    """

    name: str
    what: str
    flow: str = ""
    tensors: Tensors = ()
    children: tuple[Part, ...] = ()
    indices: tuple[int, ...] | None = None

    @property
    def count(self) -> int:
        return 1 if self.indices is None else len(self.indices)

    @property
    def parameters_each(self) -> int:
        """Numbers held by one occurrence."""
        own = sum(math.prod(shape) for _, shape in self.tensors)
        return own + sum(child.parameters for child in self.children)

    @property
    def parameters(self) -> int:
        """Numbers held by all occurrences; a head that shares the embedding counts nothing."""
        return self.count * self.parameters_each

    def named_shapes(self, prefix: str = "") -> Iterator[tuple[str, Shape]]:
        """Every tensor under its full checkpoint name."""
        for index in (None,) if self.indices is None else self.indices:
            steps = [step for step in (prefix, self.name, None if index is None else str(index)) if step]
            path = ".".join(steps)
            for name, shape in self.tensors:
                yield f"{path}.{name}", shape
            for child in self.children:
                yield from child.named_shapes(path)


def model_parts(config: ModelConfig) -> Part:
    """The whole model: vision tower, decoder, head."""
    text = config.text
    head: Tensors = () if config.tied else (("weight", (text.vocab_size, text.hidden)),)
    head_says = "Turns each hidden state into one score per vocabulary entry"
    shared = "; shares its matrix with the embedding." if config.tied else "."
    return Part(
        "", f"A {config.family} model: pictures and text in, scores of the next token out.",
        children=(
            _vision(config.vision),
            _decoder(text, len(config.vision.deepstack_blocks)),
            Part("lm_head", head_says + shared, f"(N, {text.hidden}) -> (N, {text.vocab_size})", head),
        ),
    )  # fmt: skip


def active_parameters(config: ModelConfig) -> int:
    """Parameters that take part in one token's pass: all, less the experts that the router leaves out."""
    text = config.text
    total = model_parts(config).parameters
    if not text.num_experts:
        return total
    one_expert = 3 * text.hidden * text.expert_intermediate
    sparse_layers = text.layers - len(text.dense_layers)
    return total - sparse_layers * (text.num_experts - text.experts_per_token) * one_expert


def _linear(name: str, out: int, into: int, *, bias: bool) -> Tensors:
    weight = ((f"{name}.weight", (out, into)),)
    return (*weight, (f"{name}.bias", (out,))) if bias else weight


def _norm(name: str, width: int, *, rms: bool) -> Tensors:
    weight = ((f"{name}.weight", (width,)),)
    return weight if rms else (*weight, (f"{name}.bias", (width,)))


def _vision(vision: VisionConfig) -> Part:
    width, merged = vision.width, vision.width * vision.merge_unit
    patch = vision.patch_size
    children = [
        Part(
            "patch_embed",
            f"Turns each patch of {vision.temporal_patch_size} frames x {patch} x {patch} pixels into one vector.",
            f"(P, {vision.patch_values}) -> (P, {width})",
            (("proj.weight", (width, vision.in_channels, vision.temporal_patch_size, patch, patch)),)
            + ((("proj.bias", (width,)),) if vision.patch_bias else ()),
        )
    ]
    if vision.num_positions:
        side = round(vision.num_positions**0.5)
        children.append(
            Part(
                "pos_embed",
                f"Adds a learned position, read bilinearly from a table of {side} x {side} places.",
                f"(P, {width})",
                (("weight", (vision.num_positions, width)),),
            )
        )
    children.append(
        Part(
            "blocks",
            _block_sentence(vision),
            f"(P, {width}) -> (P, {width})",
            children=_vision_block(vision),
            indices=tuple(range(vision.depth)),
        )
    )
    flow = f"(P, {width}) -> (M, {vision.out_width})"
    names = ("linear_fc1", "linear_fc2") if vision.num_positions else ("mlp.0", "mlp.2")
    norm = "norm" if vision.num_positions else "ln_q"
    heads = (*_linear(names[0], merged, merged, bias=True), *_linear(names[1], vision.out_width, merged, bias=True))
    children.append(
        Part(
            "merger",
            "Joins each 2 x 2 group of patches into one token of the decoder's width.",
            flow,
            (*_norm(norm, width, rms=vision.rms_norm), *heads),
        )
    )
    if vision.deepstack_blocks:
        after = ", ".join(map(str, vision.deepstack_blocks))
        children.append(
            Part(
                "deepstack_merger_list",
                f"DeepStack: merges what blocks {after} gave; it is added to the picture's tokens "
                f"after the first {len(vision.deepstack_blocks)} decoder layers.",
                flow,
                (*_norm("norm", merged, rms=False), *heads),
                indices=tuple(range(len(vision.deepstack_blocks))),
            )
        )
    return Part(
        "model.visual",
        "The vision tower: patches of pictures and frames to tokens the decoder can read.",
        f"(P, {vision.patch_values}) -> (M, {vision.out_width})",
        children=tuple(children),
    )


def _block_sentence(vision: VisionConfig) -> str:
    if not vision.window_size_px:
        return "Lets every patch of a frame look at every other, then works on each alone."
    full = ", ".join(map(str, vision.full_attention_blocks))
    return (
        f"Lets patches look at one another inside windows of {vision.window_size_px} pixels "
        f"(in blocks {full}: across the whole frame), then works on each alone."
    )


def _vision_block(vision: VisionConfig) -> tuple[Part, ...]:
    width, inner = vision.width, vision.intermediate
    if vision.gated_mlp:
        mlp = (
            *_linear("gate_proj", inner, width, bias=True),
            *_linear("up_proj", inner, width, bias=True),
            *_linear("down_proj", width, inner, bias=True),
        )
    else:
        first, second = ("linear_fc1", "linear_fc2") if vision.num_positions else ("fc1", "fc2")
        mlp = (*_linear(first, inner, width, bias=True), *_linear(second, width, inner, bias=True))
    attention = (*_linear("qkv", 3 * width, width, bias=True), *_linear("proj", width, width, bias=True))
    normed = "RMSNorm" if vision.rms_norm else "LayerNorm"
    return (
        Part("norm1", f"{normed} before attention.", f"(P, {width})", _split(_norm("", width, rms=vision.rms_norm))),
        Part("attn", f"{vision.num_heads} heads of {vision.head_dim}, positions by rotation over rows and columns.",
             f"(P, {width}) -> (P, {width})", attention),
        Part("norm2", f"{normed} before the MLP.", f"(P, {width})", _split(_norm("", width, rms=vision.rms_norm))),
        Part("mlp", f"{'Gated MLP' if vision.gated_mlp else 'Two-layer MLP'} with {vision.activation}.",
             f"(P, {width}) -> (P, {inner}) -> (P, {width})", mlp),
    )  # fmt: skip


def _split(tensors: Tensors) -> Tensors:
    """Tensors whose part's own name carries the path: ".weight" becomes "weight"."""
    return tuple((name.lstrip("."), shape) for name, shape in tensors)


def _decoder(text: TextConfig, deepstack: int) -> Part:
    hidden = text.hidden
    dense = set(text.dense_layers) if text.num_experts else set(range(text.layers))
    layers = []
    for sparse in (False, True):
        indices = tuple(i for i in range(text.layers) if (i not in dense) == sparse)
        if indices:
            layers.append(_layers(text, indices, sparse))
    joins = "puts the picture's tokens in the place of its pad tokens"
    extra = f"; DeepStack adds to them again after layers 0 to {deepstack - 1}" if deepstack else ""
    return Part(
        "model.language_model",
        f"The decoder: {joins}{extra}.",
        f"(N,) -> (N, {hidden})",
        children=(
            Part("embed_tokens", "Looks up one vector per token id.", f"(N,) -> (N, {hidden})",
                 (("weight", (text.vocab_size, hidden)),)),
            *layers,
            Part("norm", "Last RMSNorm before the head.", f"(N, {hidden})", (("weight", (hidden,)),)),
        ),
    )  # fmt: skip


def _layers(text: TextConfig, indices: tuple[int, ...], sparse: bool) -> Part:
    hidden, inner = text.hidden, text.intermediate
    q, kv = text.num_heads * text.head_dim, text.num_kv_heads * text.head_dim
    attention = (
        *_linear("q_proj", q, hidden, bias=text.qkv_bias),
        *_linear("k_proj", kv, hidden, bias=text.qkv_bias),
        *_linear("v_proj", kv, hidden, bias=text.qkv_bias),
        *_linear("o_proj", hidden, q, bias=False),
    )
    if text.qk_norm:
        attention += (("q_norm.weight", (text.head_dim,)), ("k_norm.weight", (text.head_dim,)))
    if sparse:
        inner = text.expert_intermediate
        mlp = Part(
            "mlp",
            f"A router sends each token to {text.experts_per_token} of {text.num_experts} experts.",
            f"(N, {hidden}) -> {text.experts_per_token} x (N, {inner}) -> (N, {hidden})",
            (
                ("gate.weight", (text.num_experts, hidden)),
                ("experts.gate_up_proj", (text.num_experts, hidden, 2 * inner)),
                ("experts.down_proj", (text.num_experts, inner, hidden)),
            ),
        )
    else:
        mlp = Part(
            "mlp",
            "Gated MLP with silu.",
            f"(N, {hidden}) -> (N, {inner}) -> (N, {hidden})",
            (
                *_linear("gate_proj", inner, hidden, bias=False),
                *_linear("up_proj", inner, hidden, bias=False),
                *_linear("down_proj", hidden, inner, bias=False),
            ),
        )
    return Part(
        "layers",
        "Lets each token look at those before it, then works on each alone.",
        f"(N, {hidden}) -> (N, {hidden})",
        children=(
            Part("input_layernorm", "RMSNorm before attention.", f"(N, {hidden})", (("weight", (hidden,)),)),
            Part("self_attn",
                 f"{text.num_heads} query heads share {text.num_kv_heads} key/value heads of {text.head_dim}; "
                 "positions by rotation over time, height and width.",
                 f"(N, {hidden}) -> (N, {hidden})", attention),
            Part("post_attention_layernorm", "RMSNorm before the MLP.", f"(N, {hidden})", (("weight", (hidden,)),)),
            mlp,
        ),
        indices=indices,
    )  # fmt: skip
