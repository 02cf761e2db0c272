"""`verify(folder)`: the same prompts through our network and through transformers, compared layer by layer.

Both get the very same token ids and patches, so that what is compared is the network and the positions. Pictures are
drawn from a fixed seed. One network is in memory at a time. Needs the package transformers.
"""

from __future__ import annotations

import gc
import inspect as signatures
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from saccade.errors import BadCheckpoint, MissingExtra
from saccade.inspect.source import locate
from saccade.processing.inputs import ModelInputs, Processor
from saccade.processing.patches import patches_of
from saccade.settings import Settings
from saccade.types import Message, Part

if TYPE_CHECKING:
    from torch import Tensor, nn

    from saccade.engine.local import LocalEngine

# Largest logit difference that rounding explains: float32 sums in another order; bfloat16 has 8 bits.
LOGIT_TOLERANCE = {"float32": 1e-3, "bfloat16": 1.0}
_QUESTIONS = (
    "What is in the picture?", "Read all the text in the image.", "Describe this image.", "How many things are there?",
    "Hello, who are you?", "Which colour is it?", "Compare the two pictures.", "Write a haiku about a lake.",
)  # fmt: skip
_PICTURE_SIDES = ((64, 96), (140, 112), (224, 224), (70, 200))  # height, width in pixels


@dataclass(frozen=True, slots=True)
class LayerDifference:
    """Largest absolute difference of one layer's output over all prompts, and the largest value in it."""

    name: str
    max_difference: float
    max_value: float


@dataclass(frozen=True, slots=True)
class Verification:
    """How far our network is from the reference. `agreed` counts prompts whose greedy answers are the same tokens."""

    source: str
    family: str
    dtype: str
    reference: str
    layers: tuple[LayerDifference, ...]
    logits_max_difference: float
    prompts: int
    agreed: int
    tolerance: float
    disagreements: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Logits within the tolerance and, in float32, every greedy answer the same."""
        same = self.agreed == self.prompts or self.dtype != "float32"
        return self.logits_max_difference <= self.tolerance and same

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "source": self.source, "family": self.family, "dtype": self.dtype, "reference": self.reference,
            "passed": self.passed, "logits_max_difference": self.logits_max_difference, "tolerance": self.tolerance,
            "prompts": self.prompts, "agreed": self.agreed, "disagreements": list(self.disagreements),
            "layers": [{"name": layer.name, "max_difference": layer.max_difference, "max_value": layer.max_value}
                       for layer in self.layers],
        }  # fmt: skip

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """The comparison for people."""
        yield f"{self.source} ({self.family}, {self.dtype}) against {self.reference}"
        for layer in self.layers:
            yield f"  {layer.name:<44} differs by {layer.max_difference:.2e} of {layer.max_value:.2e}"
        yield f"  {'logits':<44} differ by {self.logits_max_difference:.2e}, allowed {self.tolerance:.0e}"
        yield f"greedy answers: {self.agreed} of {self.prompts} the same"
        yield from (f"  {line}" for line in self.disagreements)
        yield "passed" if self.passed else "FAILED"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one network made of one prompt: outputs by layer name, logits (L, V), greedy answer ids."""

    layers: Mapping[str, Tensor]
    logits: Tensor
    answer: list[int]


def verify(
    source: str | Path,
    *,
    prompts: int = len(_QUESTIONS),
    max_tokens: int = 16,
    dtype: str = "float32",
    device: str = "cpu",
    settings: Settings | None = None,
) -> Verification:
    """Compare a model folder ("tiny", a path or a hub id) with transformers on `prompts` prompts, half with pictures.

    Raises MissingExtra when transformers is not installed, BadCheckpoint when it cannot open the folder.
    """
    settings = Settings.from_env() if settings is None else settings
    from saccade.engine.local import LocalEngine
    from saccade.models.weights import load_model

    try:
        import transformers
    except ImportError:
        raise MissingExtra.for_package("transformers", "dev") from None
    folder = locate(source, settings)
    processor = Processor.from_folder(folder, settings=settings)
    inputs = [processor.prepare([message]) for message in _messages(prompts)]
    engine = LocalEngine(load_model(folder, device=device, dtype=dtype), processor, settings=settings)
    family, tokenizer = engine.info.family, processor.tokenizer
    ours = [_ours(engine, prompt, max_tokens) for prompt in inputs]
    del engine
    gc.collect()
    reference = _load_reference(folder, dtype, device)
    theirs = [_theirs(reference, processor, prompt, max_tokens) for prompt in inputs]
    disagreements = tuple(
        f"prompt {i}: ours {tokenizer.decode(a.answer)!r}, theirs {tokenizer.decode(b.answer)!r}"
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True))
        if a.answer != b.answer
    )
    return Verification(
        source=str(source), family=family, dtype=dtype, reference=f"transformers {transformers.__version__}",
        layers=tuple(_compare(ours, theirs)),
        logits_max_difference=max(_distance(a.logits, b.logits) for a, b in zip(ours, theirs, strict=True)),
        prompts=len(inputs), agreed=len(inputs) - len(disagreements), tolerance=LOGIT_TOLERANCE[dtype],
        disagreements=disagreements,
    )  # fmt: skip


def _messages(count: int) -> Iterator[Message]:
    """Prompts with no, one or two pictures of fixed seeded content."""
    rng = np.random.default_rng(0)
    for number in range(count):
        question = Part("text", _QUESTIONS[number % len(_QUESTIONS)])
        pictures = []
        for extra in range((1, 0, 2, 0)[number % 4]):
            height, width = _PICTURE_SIDES[(number + extra) % len(_PICTURE_SIDES)]
            coarse = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
            pixels = coarse.repeat(8, axis=0).repeat(8, axis=1)[:height, :width]
            pictures.append(Part("image", source=pixels))
        yield Message("user", (*pictures, question))


def _ours(engine: LocalEngine, inputs: ModelInputs, max_tokens: int) -> _Seen:
    from saccade.engine.api import EngineRequest, SamplingParams

    with _watched(_layers(engine.runner.model)) as seen:
        logits = engine.logits(inputs)
    params = SamplingParams(max_tokens=max_tokens, loop_guard=False)
    reply = engine.generate([EngineRequest(inputs, params)])[0]
    return _Seen(seen, logits.float().cpu(), _without(list(reply.token_ids), engine.tokenizer.stop_ids))


def _load_reference(folder: Path, dtype: str, device: str) -> Any:
    from transformers import AutoModelForImageTextToText
    from transformers.utils import logging

    from saccade.models.weights import DTYPES

    logging.disable_progress_bar()
    try:
        model: Any = AutoModelForImageTextToText.from_pretrained(
            str(folder), dtype=DTYPES[dtype], attn_implementation="sdpa", local_files_only=True
        )
    except Exception as error:  # foreign code: whatever it raises, the reference is not to be had
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadCheckpoint(f"transformers cannot open {folder}: {first}") from error
    finally:
        logging.enable_progress_bar()
    return model.to("cuda" if device.startswith("cuda") else "cpu").eval().requires_grad_(False)


def _theirs(reference: Any, processor: Processor, inputs: ModelInputs, max_tokens: int) -> _Seen:
    from transformers import BatchFeature

    ids = np.array([inputs.input_ids])
    arrays: dict[str, Any] = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    if inputs.media:
        patches = [patches_of(item.pixels, processor.profile).numpy() for item in inputs.media]
        arrays["pixel_values"] = np.concatenate(patches)
        arrays["image_grid_thw"] = np.array([item.grid for item in inputs.media])
        if "mm_token_type_ids" in signatures.signature(reference.forward).parameters:
            arrays["mm_token_type_ids"] = (ids == processor.token_ids.image_pad).astype(np.int64)
    given = BatchFeature(arrays, tensor_type="pt").to(reference.device)
    tokenizer, rows = processor.tokenizer, reference.get_output_embeddings().weight.shape[0]
    # Rows behind the tokenizer's last token were never trained; our engine does not choose them either.
    unknown = list(range(tokenizer.vocab_size, rows)) or None
    with _watched(_layers(reference)) as seen:
        logits = reference(**given, use_cache=False).logits[0]
    answer = reference.generate(
        **given, max_new_tokens=max_tokens, do_sample=False, repetition_penalty=1.0, suppress_tokens=unknown,
        temperature=None, top_p=None, top_k=None, pad_token_id=tokenizer.pad_token_id,
    )[0, len(inputs.input_ids):]  # fmt: skip
    return _Seen(seen, logits.float().cpu(), _without(answer.tolist(), tokenizer.stop_ids))


def _layers(model: nn.Module) -> dict[str, nn.Module]:
    """Modules whose outputs are compared; both networks use the checkpoint's names for them."""
    wanted: dict[str, nn.Module] = {}
    for name, module in model.named_modules():
        parent, _, last = name.rpartition(".")
        in_stack = last.isdigit() and parent.endswith(("visual.blocks", "language_model.layers"))
        if in_stack or name.endswith("visual.merger"):
            wanted[name] = module
    return wanted


@contextmanager
def _watched(modules: Mapping[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """The outputs of `modules` during the block, as (rows, width) float32 on the CPU."""
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_: nn.Module, __: Any, output: Any) -> None:
            tensor = output[0] if isinstance(output, tuple) else output
            seen[name] = tensor.detach().float().reshape(-1, tensor.shape[-1]).cpu()

        return hook

    handles = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _compare(ours: Sequence[_Seen], theirs: Sequence[_Seen]) -> Iterator[LayerDifference]:
    names = dict.fromkeys(name for seen in ours for name in seen.layers)
    for name in names:
        pairs = [(a.layers[name], b.layers[name]) for a, b in zip(ours, theirs, strict=True)
                 if name in a.layers and name in b.layers]  # fmt: skip
        if pairs:
            largest = max(float(a.abs().max()) for a, _ in pairs)
            yield LayerDifference(name, max(_distance(a, b) for a, b in pairs), largest)


def _distance(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max()) if a.shape == b.shape else float("inf")


def _without(ids: list[int], stop_ids: Any) -> list[int]:
    """`ids` up to the first that ends an answer."""
    end = next((i for i, token_id in enumerate(ids) if token_id in stop_ids), len(ids))
    return ids[:end]
