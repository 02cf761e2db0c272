"""The whole model: encode pictures, put their features into the text, decode.

Parameter names equal those of the published nested checkpoints: model.visual.*, model.language_model.*, lm_head.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.models.cache import KVCache
from saccade.models.config import ModelConfig
from saccade.models.text import TextDecoder
from saccade.models.vision import Grid, VisionEncoder, VisionFeatures


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Rows of one forward pass, several sequences packed one behind the other.

    input_ids (N,); positions (3, N): time, height, width; lengths: new rows per sequence, adding up to N;
    caches: one per sequence, or None to attend within the rows alone; vision: features of the media whose pad
    tokens are among these rows; vision_rows (M,): those pad tokens' row numbers in the features' order;
    select: row numbers whose logits are wanted (None: all rows).
    """

    input_ids: Tensor
    positions: Tensor
    lengths: Sequence[int]
    caches: Sequence[KVCache] | None = None
    vision: VisionFeatures | None = None
    vision_rows: Tensor | None = None
    select: Tensor | None = None


class Core(nn.Module):
    """Both towers, under the names the checkpoints use."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.visual = VisionEncoder(config.vision)
        self.language_model = TextDecoder(config.text)


class QwenVL(nn.Module):
    """A Qwen-VL model of any family. Holds weights and nothing about requests."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.device_map: dict[str, str] = {}  # part name -> device, filled by the loader
        self.model = Core(config)
        self.lm_head = nn.Linear(config.text.hidden, config.text.vocab_size, bias=False)
        self.tie_weights()

    def tie_weights(self) -> None:
        """Share the embedding with the head where the config says so."""
        if self.config.tied:
            self.lm_head.weight = self.model.language_model.embed_tokens.weight

    @property
    def visual(self) -> VisionEncoder:
        return self.model.visual

    @property
    def decoder(self) -> TextDecoder:
        return self.model.language_model

    @property
    def dtype(self) -> torch.dtype:
        return self.decoder.norm.weight.dtype

    @property
    def device(self) -> torch.device:
        """Where token ids go in; layers further on may lie elsewhere."""
        return self.decoder.embed_tokens.weight.device

    def layer_devices(self) -> list[torch.device]:
        """The device of each decoder layer, for caches."""
        return [parameter.device for layer in self.decoder.layers for parameter in [next(layer.parameters())]]

    def new_cache(self, capacity: int) -> KVCache:
        """An empty cache for one sequence of up to `capacity` tokens."""
        return KVCache(self.config.text, capacity, self.dtype, self.layer_devices())

    def encode(self, patches: Tensor, grids: list[Grid]) -> VisionFeatures:
        """patches (P, 3 * 2 * p * p) float32 of all media in turn, one grid each -> features (M, D)."""
        return self.visual(patches.to(self.visual.patch_embed.proj.weight.device), grids)

    def hidden(self, batch: TextBatch, after_layer: Callable[[int, Tensor], None] | None = None) -> Tensor:
        """Final hidden states (N, D) of every row, after the last norm."""
        x = self.decoder.embed_tokens(batch.input_ids)
        deepstack: Sequence[Tensor] = ()
        if batch.vision is not None and batch.vision_rows is not None:
            assert len(batch.vision_rows) == len(batch.vision.embeds), "pad tokens and features disagree"
            x = x.index_copy(0, batch.vision_rows, batch.vision.embeds.to(x))
            deepstack = batch.vision.deepstack
        return self.decoder(x, batch.positions, batch.lengths, batch.caches, deepstack=deepstack,
                            visual_rows=batch.vision_rows, after_layer=after_layer)  # fmt: skip

    def forward(self, batch: TextBatch) -> Tensor:
        """Logits in float32, (rows selected, vocab)."""
        return self.logits(self.hidden(batch), batch.select)

    def logits(self, hidden: Tensor, select: Tensor | None = None) -> Tensor:
        """Logits in float32 of the selected rows of `hidden` (N, D); two-dimensional rows, so no weight is copied."""
        rows = hidden if select is None else hidden[select.to(hidden.device)]
        return F.linear(rows.to(self.lm_head.weight.device), self.lm_head.weight).float()
