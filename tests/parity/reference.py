"""The same tiny checkpoint in the reference library and here, and one prompt handed to both.

The folder is written once; both sides read it with their own loaders, so the loaders are part of what is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.models.config import ModelConfig
from saccade.models.random_weights import published_tensor_name, random_tensor
from saccade.models.vlm import QwenVL
from saccade.models.weights import load_model, parameter_shapes, skeleton
from saccade.processing.inputs import MediaInput, ModelInputs, Processor
from saccade.processing.patches import patches_of
from tests.checkpoints import ARCHITECTURES, MODEL_TYPES, tiny_config, write_json, write_processor, write_weights


@dataclass(frozen=True)
class Pair:
    """One checkpoint folder, opened by the reference library and by us."""

    family: str
    folder: Path
    reference: Any
    model: QwenVL
    processor: Processor

    def reference_inputs(self, inputs: ModelInputs) -> dict[str, Tensor]:
        """Our prompt as keyword arguments of the reference model.

        It works out positions by itself, except for prompts with a video: there its rule is another one (see
        test_deviations), so it gets ours.
        """
        ids = torch.tensor([inputs.input_ids])
        token_ids = self.processor.token_ids
        kinds = (ids == token_ids.image_pad).long() + 2 * (ids == token_ids.video_pad).long()
        pictures = [item for item in inputs.media if item.kind == "image"]
        videos = [item for item in inputs.media if item.kind == "video"]
        arguments = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "mm_token_type_ids": kinds}
        if pictures:
            arguments |= {"pixel_values": self._patches(pictures), "image_grid_thw": grids_of(pictures)}
        if videos:
            arguments |= {"pixel_values_videos": self._patches(videos), "video_grid_thw": grids_of(videos)}
            arguments["position_ids"] = torch.from_numpy(inputs.positions)[:, None]
        return arguments

    def _patches(self, media: Sequence[MediaInput]) -> Tensor:
        return torch.cat([patches_of(item.pixels, self.processor.profile) for item in media])

    def reference_logits(self, inputs: ModelInputs) -> Tensor:
        """(prompt tokens, vocabulary) of the reference model."""
        with torch.inference_mode():
            return self.reference(**self.reference_inputs(inputs)).logits[0]

    def reference_answer(self, inputs: ModelInputs, num_tokens: int) -> tuple[list[int], float]:
        """Greedy tokens of the reference's `generate`, and the smallest lead the best token ever had in logits."""
        unknown = list(range(self.processor.tokenizer.vocab_size, self.model.config.text.vocab_size))
        with torch.inference_mode():
            out = self.reference.generate(
                **self.reference_inputs(inputs),
                do_sample=False,
                max_new_tokens=num_tokens,
                suppress_tokens=unknown,  # rows of the vocabulary behind the tokenizer's last id
                eos_token_id=None,
                return_dict_in_generate=True,
                output_scores=True,
            )
        best = torch.cat(out.scores).topk(2).values
        return out.sequences[0, len(inputs.input_ids) :].tolist(), float((best[:, 0] - best[:, 1]).min())


def grids_of(media: Sequence[MediaInput]) -> Tensor:
    return torch.tensor([item.grid for item in media])


def write_family(folder: Path, family: str, **text_changes: Any) -> None:
    """A tiny checkpoint that has every part of its family: windows, two full blocks, DeepStack on three layers.

    The rotary base is small, so that a position that is off by one on any axis shows in the logits.
    """
    rope = text_changes.pop("rope_scaling", {})
    changes = {"rope_theta": 100.0} | text_changes
    raw_config = tiny_config(family, tied=changes.pop("tied", False), **changes)
    raw_text = raw_config.get("text_config", raw_config)
    raw_text["rope_scaling"] |= rope
    if family.startswith("qwen3"):
        raw_config["vision_config"]["deepstack_visual_indexes"] = [0, 1, 2]
    shapes = parameter_shapes(skeleton(ModelConfig.from_json(raw_config)))
    tensors = {name: random_tensor(name, shape, torch.float32) for name, shape in shapes.items()}
    if not family.startswith("qwen3"):
        tensors = {published_tensor_name(name): tensor for name, tensor in tensors.items()}
    # The reference library's own class stores experts as [E, out, in].
    tensors = {name: t.transpose(1, 2) if ".experts." in name else t for name, t in tensors.items()}
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", raw_config)
    write_weights(folder, tensors, shards=1)
    write_processor(folder, family)


def open_pair(folder: Path, family: str) -> Pair:
    """Open a folder on both sides, in float32 on the CPU."""
    import transformers

    model_class = getattr(transformers, ARCHITECTURES[MODEL_TYPES[family]])
    reference, report = model_class.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not any(report.values()), f"the reference library did not read the whole folder: {report}"
    model = load_model(folder, device="cpu", dtype="float32")
    return Pair(family, folder, reference.eval(), model, Processor.from_folder(folder))
