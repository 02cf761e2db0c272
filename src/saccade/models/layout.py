"""From the names and shapes a checkpoint uses to those of the model's parameters.

Two naming schemes are in circulation: `visual.*` and `model.*` (published first and second family, and their
re-saved copies), and `model.visual.*` and `model.language_model.*` (third family; some re-saved copies of all).
Experts come fused as published, (E, D, 2 I) and (E, I, D); fused the other way round, as newer tools save them; or
one by one as experts.N.{gate,up,down}_proj.weight.
Shapes: E experts, D hidden, I inner width of an expert.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from saccade.errors import BadCheckpoint
from saccade.models.checkpoint import in_short
from saccade.models.config import ModelConfig
from saccade.models.tensors import Source

Shape = tuple[int, ...]

_HEAD, _EMBEDDING = "lm_head.weight", "model.language_model.embed_tokens.weight"
_ONE_EXPERT = re.compile(r"(?P<experts>.+\.mlp\.experts)\.(?P<number>\d+)\.(?P<part>gate|up|down)_proj\.weight")


def parameter_sources(
    sources: Mapping[str, Source], config: ModelConfig, parameters: Mapping[str, Shape]
) -> dict[str, Source]:
    """A source for every parameter, each stored tensor used once.

    `sources` are the checkpoint's plain tensors under their stored names; `parameters` the shapes of the model's
    distinct parameters (a tied head is none). Raises BadCheckpoint listing what is missing, left over or shaped
    otherwise.
    """
    named: dict[str, Source] = {}
    unexpected: list[str] = []
    for stored, source in sources.items():
        name = parameter_name(stored)
        if name is None:
            unexpected.append(stored)
        elif name in named:
            raise BadCheckpoint(f"{stored!r} and {named[name].stored[0]!r} are both the parameter {name!r}")
        else:
            named[name] = source
    if config.tied and _HEAD in named and _EMBEDDING in named:
        # Some tools store the shared matrix twice. The config decides: the head is the embedding.
        head = named.pop(_HEAD)
        if head.shape != named[_EMBEDDING].shape:
            raise BadCheckpoint(f"the head is tied but has shape {head.shape}, the embedding {named[_EMBEDDING].shape}")
    named = _oriented(_fused(named, config), parameters)
    _check(named, parameters, unexpected, config)
    return named


def parameter_name(stored: str) -> str | None:
    """The parameter's name for a stored tensor's name under either scheme, or None where it is neither's."""
    if stored == _HEAD or stored.startswith(("model.visual.", "model.language_model.")):
        return stored
    if stored.startswith("visual."):
        return f"model.{stored}"
    if stored.startswith("model."):
        return "model.language_model." + stored.removeprefix("model.")
    return None


def _fused(named: Mapping[str, Source], config: ModelConfig) -> dict[str, Source]:
    """Experts stored one by one become one source per fused parameter."""
    fused = {name: source for name, source in named.items() if not _ONE_EXPERT.fullmatch(name)}
    groups: dict[str, dict[tuple[int, str], Source]] = {}
    for name, source in named.items():
        if match := _ONE_EXPERT.fullmatch(name):
            groups.setdefault(match["experts"], {})[int(match["number"]), match["part"]] = source
    wanted = {(number, part) for number in range(config.text.num_experts) for part in ("gate", "up", "down")}
    d, i = config.text.hidden, config.text.expert_intermediate
    shapes = {"gate": (i, d), "up": (i, d), "down": (d, i)}
    for experts, parts in groups.items():
        wrong = [f"{experts}.{n}.{part}_proj.weight" for n, part in sorted(wanted ^ parts.keys())]
        if wrong:
            raise BadCheckpoint(
                f"{experts!r} should hold {config.text.num_experts} experts of three matrices each; "
                f"missing or beyond that: {in_short(wrong)}"
            )
        for (number, part), source in parts.items():
            if source.shape != shapes[part]:
                raise BadCheckpoint(
                    f"{experts}.{number}.{part}_proj.weight has shape {source.shape}; the model's is {shapes[part]}"
                )
        numbers = range(config.text.num_experts)
        halves = [[parts[n, "gate"], parts[n, "up"]] for n in numbers]
        fused[f"{experts}.gate_up_proj"] = _stacked(halves, (len(numbers), d, 2 * i))
        fused[f"{experts}.down_proj"] = _stacked([[parts[n, "down"]] for n in numbers], (len(numbers), i, d))
    return fused


def _stacked(experts: list[list[Source]], shape: Shape) -> Source:
    """Matrices [out, in] of every expert, side by side in the output dimension, transposed for x @ W."""

    def read(dtype: torch.dtype) -> Tensor:
        out = torch.empty(shape, dtype=dtype)
        for target, matrices in zip(out, experts, strict=True):
            start = 0
            for source in matrices:
                target[:, start : start + source.shape[0]] = source.read(dtype).T
                start += source.shape[0]
        return out

    return Source(shape, tuple(name for matrices in experts for s in matrices for name in s.stored), read)


def _oriented(named: Mapping[str, Source], parameters: Mapping[str, Shape]) -> dict[str, Source]:
    """Fused experts in the model's orientation; the other one is turned by a view.

    One of the two matrices may be square and tell nothing, never both; the layer's other one decides then.
    """
    result = dict(named)
    for name in named:
        if not name.endswith(".experts.gate_up_proj"):
            continue
        pair = (name, name.replace("gate_up_proj", "down_proj"))
        known = [key for key in pair if key in named and key in parameters and len(named[key].shape) == 3]
        votes = {named[key].shape == _turned(parameters[key]) for key in known if not _square(parameters[key])}
        if votes == {True}:
            for key in known:
                result[key] = _transposed(named[key])
    return result


def _turned(shape: Shape) -> Shape:
    return (*shape[:-2], shape[-1], shape[-2])


def _square(shape: Shape) -> bool:
    return shape[-1] == shape[-2]


def _transposed(source: Source) -> Source:
    return Source(_turned(source.shape), source.stored, lambda dtype: source.read(dtype).transpose(-1, -2))


def _check(
    named: Mapping[str, Source], parameters: Mapping[str, Shape], unexpected: Iterable[str], config: ModelConfig
) -> None:
    missing = [name for name in parameters if name not in named]
    extra = [*unexpected, *(s for name, source in named.items() if name not in parameters for s in source.stored)]
    shaped = [
        f"{name} is {list(source.shape)} in the file and {list(parameters[name])} in the model"
        for name, source in named.items()
        if name in parameters and source.shape != parameters[name]
    ]
    if not (missing or extra or shaped):
        return
    raise BadCheckpoint(
        f"the checkpoint does not fit the {config.family} model its config.json describes: "
        f"missing: {in_short(missing)}; unexpected: {in_short(extra)}; wrong shape: {in_short(shaped)}",
        hint=_advice(missing, extra),
    )


def _advice(missing: list[str], extra: list[str]) -> str | None:
    if missing == [_HEAD]:
        return "config.json says the head is not tied to the embedding; set tie_word_embeddings to true if it is"
    if any(".qweight" in name or ".absmax" in name or "_scale_inv" in name for name in extra):
        return "the weights are quantised but config.json has no quantization_config"
    if any(name.startswith("base_model.") for name in extra):
        return "the names carry a PEFT prefix; merge the adapter into the model first"
    return None
