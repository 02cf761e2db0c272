"""Everything that decides a training run besides the rows and the base model, as one frozen value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from saccade.errors import BadInput
from saccade.train.tune.average import AVERAGES, Average

Part = Literal["vision", "merger", "decoder"]
PARTS: tuple[Part, ...] = ("vision", "merger", "decoder")
_CHOICES = {
    "template": ("chat", "plain"), "average": AVERAGES, "schedule": ("cosine", "wsd"), "dtype": ("bfloat16", "float32"),
}  # fmt: skip
# May differ when a run goes on: they change how a run is watched or kept, never what is learnt. With twice the
# processes half the `accumulate` is the same step; the run itself holds the product against what it was.
_FREE = ("accumulate", "report_every", "save_every", "workers", "tensorboard", "merge")


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """Options of a run; a value that cannot be is BadInput.

    What is trained: `lora` False trains the weights, True an adapter of `rank`, `alpha` and `dropout` on the decoder
    (and on the tower with `lora_vision`). `freeze` names parts that stay as they are. `adapter` starts from there.
    Rows: `template` "chat" or "plain"; `tokens_per_pack` most tokens in one pass; `min_pixels`, `max_pixels` areas of
    pictures in place of the checkpoint's; `skip_bad_rows` leaves out rows that cannot be used.
    Steps: `epochs`, or `steps` where given; a step learns from `accumulate` packs on every device, from the mean over
    their learnt tokens by `average`: "token", "square" or "sample".
    Optimiser: AdamW with `learning_rate` at its height, `weight_decay` on matrices, gradients clipped to `clip`.
    `schedule` "cosine" or "wsd" (flat, then down over the last `decay_share` of the steps), after `warmup_steps`
    (None: 3 % of all), down to `floor` of the height.
    `dtype` of the arithmetic; `checkpointing` keeps less of each layer and computes it again on the way back.
    """

    lora: bool = False
    rank: int = 16
    alpha: float | None = None
    dropout: float = 0.0
    lora_vision: bool = False
    adapter: str = ""
    freeze: tuple[Part, ...] = ()
    template: Literal["chat", "plain"] = "chat"
    tokens_per_pack: int = 4096
    min_pixels: int | None = None
    max_pixels: int | None = None
    skip_bad_rows: bool = False
    epochs: float = 3.0
    steps: int | None = None
    accumulate: int = 1
    average: Average = "token"
    learning_rate: float | None = None
    schedule: Literal["cosine", "wsd"] = "cosine"
    warmup_steps: int | None = None
    decay_share: float = 0.2
    floor: float = 0.0
    weight_decay: float = 0.01
    clip: float = 1.0
    dtype: Literal["bfloat16", "float32"] = "bfloat16"
    checkpointing: bool = False
    seed: int = 1
    report_every: int = 10
    save_every: int = 100
    workers: int = 2
    tensorboard: bool = False
    merge: bool = False

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise BadInput(f"{name} is {getattr(self, name)!r}", hint=f"known are {', '.join(known)}")
        unknown = [part for part in self.freeze if part not in PARTS]
        if unknown:
            raise BadInput(f"there is no part {unknown[0]!r} to freeze", hint=f"the parts are {', '.join(PARTS)}")
        for name, least in (("tokens_per_pack", 16), ("accumulate", 1), ("rank", 1), ("report_every", 1),
                            ("save_every", 1), ("steps", 1), ("warmup_steps", 0), ("workers", 0)):  # fmt: skip
            value = getattr(self, name)
            if value is not None and value < least:
                raise BadInput(f"{name} is {value}", hint=f"it is at least {least}")
        for name, low, high in (("epochs", 0, 1e6), ("decay_share", 0, 1), ("clip", 0, float("inf"))):
            if not low < getattr(self, name) <= high:
                raise BadInput(f"{name} is {getattr(self, name):g}", hint=f"it is above {low} and at most {high:g}")
        for name, high in (("floor", 1.0), ("weight_decay", 1.0), ("dropout", 0.99)):
            if not 0 <= getattr(self, name) <= high:
                raise BadInput(f"{name} is {getattr(self, name):g}", hint=f"it is between 0 and {high:g}")
        if self.learning_rate is not None and not 0 < self.learning_rate < 1:
            raise BadInput(f"learning_rate is {self.learning_rate:g}", hint="it is above 0 and below 1, such as 1e-5")
        if not self.lora and (self.merge or self.adapter):
            raise BadInput("weights are trained, so there is no adapter to start from or to merge", hint="use --lora")
        if set(self.freeze) >= set(PARTS) or (self.lora and "decoder" in self.freeze and not self.learns_vision):
            raise BadInput("every part is frozen, so nothing would be trained", hint="freeze fewer parts")

    @property
    def height(self) -> float:
        """The learning rate at its height: as asked, or what suits the kind of training."""
        return self.learning_rate if self.learning_rate is not None else 2e-4 if self.lora else 1e-5

    @property
    def learns_vision(self) -> bool:
        """Whether gradients must reach the tower."""
        if self.lora:
            return self.lora_vision and not {"vision", "merger"} <= set(self.freeze)
        return not {"vision", "merger"} <= set(self.freeze)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "freeze": list(self.freeze)}

    def check_same(self, kept: dict[str, Any], folder: Path) -> None:
        """Raises BadInput when a run with the options `kept` cannot go on with these."""
        before = TuneOptions().as_json() | kept  # an option that was not known then is as if it had not been given
        for entry in fields(self):
            now = self.as_json()[entry.name]
            if entry.name not in _FREE and now != before[entry.name]:
                raise BadInput(
                    f"the run in {folder} was started with {entry.name} {before[entry.name]!r}, now it is {now!r}",
                    hint="start it as before to go on, or give another --out folder",
                )
