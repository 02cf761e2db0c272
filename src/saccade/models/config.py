"""Model configuration: frozen dataclasses read from a checkpoint's config.json, flat or nested.

Every key of the file is either understood here, on the list of keys that do not change the network, or an
error. A missing key takes the default of the reference configuration class, except where the published
checkpoints all state it and the class default is known to be wrong for them; then it is an error.
Sources: the published config.json files and the configuration classes of the reference implementation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from saccade.errors import BadCheckpoint, UnknownModel
from saccade.families import family_profile

Activation = Literal["silu", "quick_gelu", "gelu_tanh"]

# Keys that re-saved files carry and that do not change inference.
_IGNORABLE = frozenset((
    "_name_or_path", "architectures", "chunk_size_feed_forward", "dtype", "torch_dtype", "is_encoder_decoder",
    "output_attentions", "output_hidden_states", "problem_type", "return_dict", "transformers_version", "id2label",
    "label2id", "initializer_range", "use_cache", "attention_dropout", "use_sliding_window", "sliding_window",
    "max_window_layers", "layer_types", "pad_token_id", "vision_token_id", "in_chans", "spatial_patch_size",
    "attn_implementation", "_attn_implementation", "_attn_implementation_autoset", "router_aux_loss_coef",
    "output_router_logits", "use_return_dict", "auto_map", "hidden_dropout", "attention_probs_dropout_prob",
    "quantization_config", "text_config", "vision_config", "model_type", "tie_word_embeddings", "bos_token_id",
    "eos_token_id", "vision_start_token_id", "vision_end_token_id", "image_token_id", "video_token_id", "torchscript",
    "pruned_heads", "tf_legacy_loss", "use_bfloat16", "unsloth_fixed", "unsloth_version", "processor_class",
    "saccade", "mlp_bias", "attention_bias", "cross_attention_hidden_size", "add_cross_attention",
    "tie_encoder_decoder", "is_decoder", "finetuning_task", "task_specific_params",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Yarn:
    """Context extension by YaRN (arXiv 2309.00071)."""

    factor: float
    original_positions: int
    beta_fast: float = 32.0
    beta_slow: float = 1.0


@dataclass(frozen=True, slots=True)
class VisionConfig:
    """The vision tower. `window_size_px` 0 means every block attends to the whole frame."""

    depth: int
    width: int
    num_heads: int
    intermediate: int
    out_width: int
    patch_size: int
    temporal_patch_size: int
    merge_size: int
    in_channels: int
    activation: Activation
    gated_mlp: bool
    rms_norm: bool
    patch_bias: bool
    window_size_px: int
    full_attention_blocks: tuple[int, ...]
    deepstack_blocks: tuple[int, ...]
    num_positions: int
    tokens_per_second: float

    @property
    def head_dim(self) -> int:
        return self.width // self.num_heads

    @property
    def merge_unit(self) -> int:
        """Patches per merged token: merge_size squared."""
        return self.merge_size**2

    @property
    def patch_values(self) -> int:
        """Numbers per patch row: channels x frames x height x width."""
        return self.in_channels * self.temporal_patch_size * self.patch_size**2


@dataclass(frozen=True, slots=True)
class TextConfig:
    """The decoder. `num_experts` 0 means a dense MLP of `intermediate` in every layer."""

    hidden: int
    layers: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    intermediate: int
    vocab_size: int
    rope_theta: float
    rope_sections: tuple[int, int, int]
    rope_interleaved: bool
    rms_eps: float
    max_positions: int
    qkv_bias: bool
    qk_norm: bool
    yarn: Yarn | None = None
    num_experts: int = 0
    experts_per_token: int = 0
    expert_intermediate: int = 0
    norm_topk: bool = True
    dense_layers: tuple[int, ...] = ()

    @property
    def kv_bytes_per_token(self) -> int:
        """Bytes of keys and values one token keeps in a two-byte dtype."""
        return 2 * self.layers * self.num_kv_heads * self.head_dim * 2


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """A whole model: family name, both towers, special token ids, and whether the head shares the embedding."""

    family: str
    vision: VisionConfig
    text: TextConfig
    image_token_id: int
    video_token_id: int
    vision_start_token_id: int
    vision_end_token_id: int
    eos_token_ids: tuple[int, ...]
    tied: bool
    dtype: str
    quantization: Mapping[str, Any] | None = None

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> ModelConfig:
        """Read the content of a config.json. Raises UnknownModel or BadCheckpoint naming the key."""
        try:
            return cls._read(raw)
        except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise BadCheckpoint(f"config.json holds a value that is not understood: {error}") from error

    @classmethod
    def _read(cls, raw: Mapping[str, Any]) -> ModelConfig:
        if "model_type" not in raw:
            raise BadCheckpoint("config.json has no model_type; this does not look like a Qwen-VL checkpoint")
        try:
            family = family_profile(str(raw["model_type"])).name
        except UnknownModel as error:
            raise UnknownModel(
                f"config.json says model_type {raw['model_type']!r}, which is not a Qwen-VL architecture; "
                "known: qwen2_vl, qwen2_5_vl, qwen3_vl, qwen3_vl_moe"
            ) from error
        nested = raw.get("text_config")
        text_raw = dict(nested) if isinstance(nested, Mapping) else dict(raw)
        if not isinstance(raw.get("vision_config"), Mapping):
            raise BadCheckpoint("config.json has no vision_config; text-only checkpoints are not supported")
        text = _read_text(text_raw, family)
        vision = _read_vision(dict(raw["vision_config"]), family, text.hidden)
        if nested is not None:
            _Keys(dict(raw), "config.json").finish()
        eos = raw.get("eos_token_id", text_raw.get("eos_token_id", 151645))
        eos_ids = tuple(eos) if isinstance(eos, list) else ((eos,) if eos is not None else ())
        tied = raw.get("tie_word_embeddings", text_raw.get("tie_word_embeddings", False))
        return cls(
            family=family, vision=vision, text=text,
            image_token_id=int(raw.get("image_token_id", 151655)),
            video_token_id=int(raw.get("video_token_id", 151656)),
            vision_start_token_id=int(raw.get("vision_start_token_id", 151652)),
            vision_end_token_id=int(raw.get("vision_end_token_id", 151653)),
            eos_token_ids=tuple(int(i) for i in eos_ids), tied=bool(tied),
            dtype=str(raw.get("dtype") or raw.get("torch_dtype") or text_raw.get("dtype") or "bfloat16"),
            quantization=raw.get("quantization_config"),
        )  # fmt: skip


class _Keys:
    """Takes keys out of a raw mapping one by one, so that what is left over can be named."""

    def __init__(self, raw: dict[str, Any], where: str) -> None:
        self.raw, self.where, self.seen = raw, where, set[str]()

    def take(self, name: str, default: Any = None, *, required: bool = False) -> Any:
        self.seen.add(name)
        if name in self.raw and self.raw[name] is not None:
            return self.raw[name]
        if required:
            raise BadCheckpoint(f"{self.where} lacks the key {name!r}, which has no safe default")
        return default

    def finish(self) -> None:
        unknown = sorted(set(self.raw) - self.seen - _IGNORABLE)
        if unknown:
            raise BadCheckpoint(
                f"{self.where} has keys that Saccade does not know: {', '.join(unknown)}",
                hint="if they do not change the network, remove them from the file",
            )


def _check_counts(config: VisionConfig | TextConfig, names: str, where: str) -> None:
    for name in names.split():
        if getattr(config, name) < 1:
            raise BadCheckpoint(f"{where} gives {getattr(config, name)} for {name}; at least 1 is needed")


_ACTIVATIONS: Mapping[str, Activation] = {
    "silu": "silu", "quick_gelu": "quick_gelu", "gelu_pytorch_tanh": "gelu_tanh",
}  # fmt: skip


def _read_vision(raw: dict[str, Any], family: str, hidden: int) -> VisionConfig:
    keys = _Keys(raw, "vision_config")
    windowed, third = family == "qwen2.5-vl", family.startswith("qwen3")
    common = {
        "patch_size": int(keys.take("patch_size", 16 if third else 14)),
        "temporal_patch_size": int(keys.take("temporal_patch_size", 2)),
        "merge_size": int(keys.take("spatial_merge_size", 2)),
        "in_channels": int(keys.take("in_channels", keys.take("in_chans", 3))),
        "depth": int(keys.take("depth", 27 if third else 32)),
        "num_heads": int(keys.take("num_heads", 16)),
    }
    theta = keys.take("rope_parameters", {}).get("rope_theta", 10000.0)
    if theta != 10000.0:
        raise BadCheckpoint(f"vision_config asks for rope_theta {theta}; the vision tower is defined for 10000")
    default_activation = "gelu_pytorch_tanh" if third else "silu" if windowed else "quick_gelu"
    activation = keys.take("hidden_act", default_activation)
    if activation not in _ACTIVATIONS:
        raise BadCheckpoint(f"vision_config has hidden_act {activation!r}; known: {', '.join(_ACTIVATIONS)}")
    if family == "qwen2-vl":
        width = int(keys.take("embed_dim", 1280))
        intermediate = int(width * keys.take("mlp_ratio", 4))
        out_width = int(keys.take("hidden_size", hidden))
    else:
        width = int(keys.take("hidden_size", required=windowed, default=1152))
        intermediate = int(keys.take("intermediate_size", 3420 if windowed else 4304))
        out_width = int(keys.take("out_hidden_size", hidden))
    if out_width != hidden:
        raise BadCheckpoint(f"the vision tower gives {out_width} numbers per token but the decoder takes {hidden}")
    if min(width, common["num_heads"]) < 1 or width % (4 * common["num_heads"]):
        raise BadCheckpoint(f"vision width {width} must be a multiple of 4 x num_heads ({common['num_heads']})")
    config = VisionConfig(
        width=width, intermediate=intermediate, out_width=out_width, activation=_ACTIVATIONS[activation],
        gated_mlp=windowed, rms_norm=windowed, patch_bias=third,
        window_size_px=int(keys.take("window_size", 112)) if windowed else 0,
        full_attention_blocks=tuple(keys.take("fullatt_block_indexes", (7, 15, 23, 31))) if windowed else (),
        deepstack_blocks=tuple(keys.take("deepstack_visual_indexes", (8, 16, 24))) if third else (),
        num_positions=int(keys.take("num_position_embeddings", 2304)) if third else 0,
        tokens_per_second=float(keys.take("tokens_per_second", 4)) if windowed else 0.0,
        **common,
    )  # fmt: skip
    _check_counts(config, "depth intermediate patch_size", "vision_config")
    if (config.merge_size, config.temporal_patch_size, config.in_channels) != (2, 2, 3):
        raise BadCheckpoint("vision_config must have spatial_merge_size 2, temporal_patch_size 2 and 3 channels")
    if windowed and config.window_size_px < 2 * config.patch_size:
        raise BadCheckpoint(f"window_size {config.window_size_px} is smaller than one merged token")
    if round(config.num_positions**0.5) ** 2 != config.num_positions:
        raise BadCheckpoint(f"num_position_embeddings {config.num_positions} is not the square of a whole number")
    keys.finish()
    return config


def _read_text(raw: dict[str, Any], family: str) -> TextConfig:
    keys = _Keys(raw, "text_config" if "vision_config" not in raw else "config.json")
    third, moe = family.startswith("qwen3"), family == "qwen3-vl-moe"
    hidden, heads = int(keys.take("hidden_size", required=True)), int(keys.take("num_attention_heads", required=True))
    theta, sections, yarn = _read_rope(keys, third)
    activation = keys.take("hidden_act", "silu")
    if activation != "silu":
        raise BadCheckpoint(f"the decoder's hidden_act is {activation!r}; only silu is defined for these families")
    if third and keys.take("attention_bias", False):
        raise BadCheckpoint("attention_bias is true; this family is published without biases in attention")
    if keys.take("use_sliding_window", False):
        raise BadCheckpoint("use_sliding_window is true; these families are published without sliding windows")
    layers = int(keys.take("num_hidden_layers", required=True))
    head_dim = int(keys.take("head_dim", 128 if third else hidden // heads))
    if 2 * sum(sections) != head_dim:
        raise BadCheckpoint(f"mrope_section {list(sections)} must add up to head_dim / 2 = {head_dim // 2}")
    step = int(keys.take("decoder_sparse_step", 1))
    dense = set(keys.take("mlp_only_layers", ())) | {i for i in range(layers) if (i + 1) % step}
    config = TextConfig(
        hidden=hidden, layers=layers, num_heads=heads,
        num_kv_heads=int(keys.take("num_key_value_heads", heads)), head_dim=head_dim,
        intermediate=int(keys.take("intermediate_size", required=not moe, default=0)),
        vocab_size=int(keys.take("vocab_size", required=True)),
        rope_theta=theta, rope_sections=sections, rope_interleaved=third,
        rms_eps=float(keys.take("rms_norm_eps", 1e-6 if third else 1e-5)),
        max_positions=int(keys.take("max_position_embeddings", 128000 if third else 32768)),
        qkv_bias=not third, qk_norm=third, yarn=yarn,
        num_experts=int(keys.take("num_experts", keys.take("num_local_experts", 0))) if moe else 0,
        experts_per_token=int(keys.take("num_experts_per_tok", 8)) if moe else 0,
        expert_intermediate=int(keys.take("moe_intermediate_size", required=moe, default=0)),
        norm_topk=bool(keys.take("norm_topk_prob", True)), dense_layers=tuple(sorted(dense)) if moe else (),
    )  # fmt: skip
    _check_counts(config, "hidden layers num_heads num_kv_heads vocab_size", keys.where)
    if heads % config.num_kv_heads:
        raise BadCheckpoint(f"{heads} attention heads cannot share {config.num_kv_heads} key heads evenly")
    if moe and not 1 <= config.experts_per_token <= config.num_experts:
        raise BadCheckpoint(f"{config.experts_per_token} experts per token are asked of {config.num_experts}")
    keys.finish()
    return config


_ROPE_KEYS = frozenset(
    {
        "rope_type", "type", "rope_theta", "mrope_section", "mrope_interleaved", "factor",
        "original_max_position_embeddings", "beta_fast", "beta_slow",
    }
)  # fmt: skip


def _read_rope(keys: _Keys, third: bool) -> tuple[float, tuple[int, int, int], Yarn | None]:
    """Rotary base, (time, height, width) sections and YaRN, from either spelling of the rope settings."""
    old, new = keys.take("rope_scaling", {}), keys.take("rope_parameters", {})
    scaling = {**old, **new}
    theta = float(scaling.get("rope_theta") or keys.take("rope_theta", 5e5 if third else 1e6))
    keys.seen.add("rope_theta")
    sections = tuple(int(n) for n in scaling.get("mrope_section") or ((24, 20, 20) if third else (16, 24, 24)))
    kind = scaling.get("rope_type") or scaling.get("type") or "default"
    if kind not in ("default", "mrope", "yarn") or len(sections) != 3:
        raise BadCheckpoint(f"rope settings {scaling!r} are not understood; known types: default, mrope, yarn")
    unknown = sorted(key for key, value in scaling.items() if key not in _ROPE_KEYS and value is not None)
    if unknown or scaling.get("mrope_interleaved") not in (None, third):
        what = ", ".join(unknown) or "another mrope_interleaved than the family's"
        raise BadCheckpoint(f"rope settings with {what} are not understood")
    if kind != "yarn":
        return theta, (sections[0], sections[1], sections[2]), None
    if not scaling.get("factor"):
        raise BadCheckpoint("rope settings of type yarn lack the key 'factor'")
    original = scaling.get("original_max_position_embeddings") or keys.take("max_position_embeddings", 32768)
    yarn = Yarn(
        factor=float(scaling["factor"]),
        original_positions=int(original),
        beta_fast=float(scaling.get("beta_fast") or 32),
        beta_slow=float(scaling.get("beta_slow") or 1),
    )
    return theta, (sections[0], sections[1], sections[2]), yarn
