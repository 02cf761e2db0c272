"""A training run from rows to folder. Started again with the same options it goes on exactly where it was.

The folder holds train.json (what was asked), rows.npz (lengths of the rows), metrics.jsonl, state/ and, at the end, an
adapter or a whole checkpoint. `touch FOLDER/stop` ends a run after the step it is at.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from saccade.errors import BadInput, OutOfMemory, SaccadeError
from saccade.models.adapter_files import load_adapter
from saccade.models.adapters import LoraSettings, add_lora, lora_layers
from saccade.models.checkpoint import read_config, read_json
from saccade.models.config import ModelConfig
from saccade.models.vlm import QwenVL
from saccade.models.weights import load_model
from saccade.processing.inputs import Processor
from saccade.settings import Settings
from saccade.train.tune.batches import IntArray, Pack, PackPlan, made_ahead, make_pack
from saccade.train.tune.check import Checked, check_rows, keep, kept, key_of
from saccade.train.tune.data import Rows, at
from saccade.train.tune.encode import Encoder, Example
from saccade.train.tune.folder import check_target, merge, write_result
from saccade.train.tune.optimise import Updater, rate
from saccade.train.tune.options import TuneOptions
from saccade.train.tune.ranks import Ranks, joined, shard
from saccade.train.tune.report import Report, speaker
from saccade.train.tune.state import mark_done, newest_state, read_meta, restore_state, save_state
from saccade.train.tune.step import PackLoss, checkpoint_blocks, freeze

RUN_FILE, MERGED = "train.json", "merged"


@dataclass(frozen=True, slots=True)
class Sources:
    """What a run reads and where it writes. `base` is a model folder, `base_name` what the user called it.

    `brings_chat_form`: whether the base has a chat template of its own; a model trained with --template chat gets one.
    """

    data: tuple[Path, ...]
    base: Path
    out: Path
    base_name: str = ""
    media_root: Path | None = None
    brings_chat_form: bool = True


def tune(
    sources: Sources, options: TuneOptions, *, device: str = "auto", settings: Settings | None = None,
    quiet: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Train, or go on with a run; gives folder, steps, loss and what kind of result was written.

    Raises BadInput for rows, options or folders that cannot be used, BadCheckpoint for the base or an older run's
    state, OutOfMemory when a step does not fit.
    """
    check_target(sources.out, sources.base)
    with joined(device) as ranks:
        rows = Rows(sources.data, media_root=sources.media_root)
        try:
            return _Run(sources, options, ranks, rows, settings or Settings.from_env(), quiet).go()
        except torch.OutOfMemoryError as error:
            raise OutOfMemory(
                f"a pack of {options.tokens_per_pack:,} tokens does not fit the memory of {ranks.device}",
                hint="lower --tokens-per-pack or --max-pixels, or use --checkpointing or --lora",
            ) from error
        finally:
            rows.close()


class _Run:
    """One sitting of a run in one process."""

    def __init__(
        self, sources: Sources, options: TuneOptions, ranks: Ranks, rows: Rows, settings: Settings, quiet: bool
    ) -> None:
        self.sources, self.options, self.ranks, self.rows = sources, options, ranks, rows
        self.say = speaker(ranks, quiet=quiet)
        self.config = ModelConfig.from_json(read_config(sources.base))
        processor = Processor.from_folder(
            sources.base, min_pixels=options.min_pixels, max_pixels=options.max_pixels, settings=settings
        )
        self.encoder, self.profile = Encoder(processor, options.template, options.average), processor.profile
        self.pads = frozenset((processor.token_ids.image_pad, processor.token_ids.video_pad))
        self.per_step = options.accumulate * ranks.world
        self._keep_options()
        self.checked = self._look_at_rows()
        self.plan = PackPlan(self.checked.tokens, options.tokens_per_pack, options.seed)
        self.total = options.steps or max(1, math.ceil(self.plan.count(options.epochs) / self.per_step))

    def go(self) -> dict[str, Any]:
        state = newest_state(self.sources.out)
        meta = read_meta(state) if state else {}
        first = int(meta.get("step", 0))
        if meta.get("done"):
            self.say(f"the run in {self.sources.out} is done: {first:,} steps")
            return self._summary(first, meta.get("loss"), stopped=False)
        model, loss, updater = self._prepare()
        if state is not None:
            restore_state(state, updater)
            self.say(f"going on after step {first:,}")
        report = Report(self.sources.out, self.ranks, first=first, total=self.total, say=self.say,
                        tensorboard=self.options.tensorboard)  # fmt: skip
        report.restore(meta.get("sums"))
        try:
            step, last_loss = self._steps(first, loss, updater, report, meta.get("loss"))
        finally:
            report.close()
        done = step == self.total
        self._write(model)
        if done:
            mark_done(self.sources.out, self.ranks, {"step": step, "done": True, "loss": last_loss})
        else:
            self._save(step, updater, report, last_loss)
        return self._summary(step, last_loss, stopped=not done)

    def _steps(
        self, first: int, loss: PackLoss, updater: Updater, report: Report, last_loss: float | None
    ) -> tuple[int, float | None]:
        """Run until the end or a stop; gives the steps done and the last reported loss."""
        options, ranks = self.options, self.ranks
        packs = made_ahead(self._orders(first), self._make, options.workers)
        for step in range(first, self.total):
            # Dropout follows from the step, so that a run that goes on drops what it would have dropped.
            torch.manual_seed((options.seed << 32) + step * ranks.world + ranks.rank)
            numbers = range(step * self.per_step, (step + 1) * self.per_step)
            weight = sum(float(self.checked.weight[self.plan.rows(number)].sum()) for number in numbers)
            for _ in range(options.accumulate):
                pack = next(packs).to(ranks.device)
                summed, right = loss(pack)
                # A sharded model averages its gradients over the processes; the mean over all tokens is meant.
                (summed * (ranks.world / weight)).backward()
                updater.gather()
                report.add(float(summed.detach()), float(pack.weights.sum()), int(right), len(pack.targets),
                           len(pack.input_ids))  # fmt: skip
            now = rate(step, self.total, options)
            norm = updater.step(now, ranks.total(updater.squares()))
            if not math.isfinite(norm):
                self.say(f"step {step + 1:,} gave no finite gradient and was left out")
            done = step + 1
            stop = ranks.any(ranks.leads and (self.sources.out / "stop").exists())
            if done % options.report_every == 0 or done == self.total:
                epoch = self.plan.progress(done * self.per_step)
                last_loss = report.line(done, epoch=epoch, rate=now, norm=norm)["loss"]
            if stop:
                return done, last_loss
            if done % options.save_every == 0 and done < self.total:
                self._save(done, updater, report, last_loss)
        return self.total, last_loss

    def _save(self, step: int, updater: Updater, report: Report, loss: float | None) -> None:
        save_state(self.sources.out, updater, self.ranks, {"step": step, "loss": loss, "sums": report.kept()})

    # --- rows --------------------------------------------------------------------------------------------------------

    def _look_at_rows(self) -> Checked:
        """The lengths of the rows: kept ones, or measured by the leading process for all."""
        options, out = self.options, self.sources.out
        key = key_of(self.rows, base=self.sources.base.resolve(), template=options.template, average=options.average,
                     budget=options.tokens_per_pack, pixels=(options.min_pixels, options.max_pixels),
                     skip=options.skip_bad_rows, media_root=self.sources.media_root)  # fmt: skip
        found = kept(out, key)
        if self.ranks.any(found is None):
            if self.ranks.leads:
                found = check_rows(self.rows, self.encoder, budget=options.tokens_per_pack, say=self.say,
                                   skip_bad=options.skip_bad_rows, workers=options.workers)  # fmt: skip
                keep(found, out, key)
            self.ranks.wait()
            found = found or kept(out, key)
        if found is None:
            raise BadInput(f"{out} is not one folder for all processes", hint="use a folder that all of them see")
        return found

    def _orders(self, first: int) -> Iterator[IntArray]:
        """The rows of this process's packs, from step `first` on."""
        for step in range(first, self.total):
            for turn in range(self.options.accumulate):
                yield self.plan.rows(step * self.per_step + turn * self.ranks.world + self.ranks.rank)

    def _make(self, order: IntArray) -> Pack:
        examples: list[Example] = []
        for place in order:
            row = int(self.checked.rows[place])
            conversations = self.rows.conversations(row)
            try:
                made = [self.encoder.encode(conversation) for conversation in conversations]
            except SaccadeError as error:
                raise at(self.rows.where(row), error) from error
            if sum(len(example.input_ids) for example in made) != self.checked.tokens[place]:
                raise BadInput(f"{self.rows.where(row)}: its pictures are not those of when the run began",
                               hint=f"remove {self.sources.out / 'rows.npz'} and start anew")  # fmt: skip
            examples += made
        return make_pack(examples, self.profile, self.pads)

    # --- the model ---------------------------------------------------------------------------------------------------

    def _prepare(self) -> tuple[QwenVL, PackLoss, Updater]:
        options, ranks = self.options, self.ranks
        alone = ranks.world == 1
        model = load_model(self.sources.base, device=str(ranks.device) if alone else "cpu", dtype=options.dtype)
        if options.adapter:
            load_adapter(model, options.adapter)
        elif options.lora:
            alpha = 2.0 * options.rank if options.alpha is None else options.alpha
            add_lora(
                model, LoraSettings(options.rank, alpha, options.dropout), seed=options.seed,
                decoder="decoder" not in options.freeze, vision=options.lora_vision,
            )  # fmt: skip
        chosen = freeze(model, options.freeze, adapter=bool(lora_layers(model)))
        count, held = sum(p.numel() for _, p in chosen), sum(p.numel() for p in model.parameters())
        loss = PackLoss(model, always_look=not alone)
        if options.checkpointing:
            checkpoint_blocks(model)
        if not alone:
            for _, parameter in chosen:  # the shards are the masters
                parameter.data = parameter.data.float()
            shard(loss, ranks, torch.bfloat16 if options.dtype == "bfloat16" else torch.float32)
        loss.train()
        self.say(
            f"{len(self.checked.rows):,} rows, {int(self.checked.tokens.sum()):,} tokens, "
            f"{self.plan.count(1):,} packs an epoch; training {count:,} of {held:,} parameters for {self.total:,} steps"
        )
        named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
        return model, loss, Updater(named, options)

    def _write(self, model: QwenVL) -> None:
        sources, chat = self.sources, self.options.template == "chat"
        template = self.encoder.processor.template.source if chat and not sources.brings_chat_form else None
        write_result(sources.out, sources.base, model, self.ranks, base_name=sources.base_name or str(sources.base),
                     chat_template=template)  # fmt: skip
        if self.options.merge and self.options.lora and self.ranks.leads:
            merge(sources.base, sources.out, sources.out / MERGED)

    # --- records -----------------------------------------------------------------------------------------------------

    def _keep_options(self) -> None:
        """Write train.json, or hold what is asked now against what a run in this folder was started with."""
        out, file = self.sources.out, self.sources.out / RUN_FILE
        now = {
            "base": self.sources.base_name or str(self.sources.base), "rows": self.rows.fingerprint(),
            "packs_per_step": self.per_step, "options": self.options.as_json(),
        }  # fmt: skip
        try:
            if self.ranks.leads:
                out.mkdir(parents=True, exist_ok=True)
                (out / "stop").unlink(missing_ok=True)
            if newest_state(out) is not None and file.is_file():
                self._hold_against(read_json(file), now)
            elif self.ranks.leads:
                file.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{out} cannot be written: {error.strerror}", hint="give another --out") from error
        self.ranks.wait()

    def _hold_against(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        """Raises BadInput unless the run that was started with `before` can go on with `now`."""
        out = self.sources.out
        self.options.check_same(before.get("options", {}), out)
        for key, what in (("base", "base model"), ("rows", "rows"), ("packs_per_step", "number of packs a step")):
            if before.get(key) != now[key]:
                raise BadInput(f"the run in {out} was started with another {what}", hint="give another --out")

    def _summary(self, steps: int, loss: float | None, *, stopped: bool) -> dict[str, Any]:
        return {
            "folder": str(self.sources.out), "result": "adapter" if self.options.lora else "checkpoint",
            "steps": steps, "of": self.total, "loss": loss, "stopped": stopped, "leads": self.ranks.leads,
        }  # fmt: skip


def data_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files as given. Raises BadInput for one that is not there."""
    for path in paths:
        if not path.is_file():
            raise BadInput(f"there is no file {path}", hint="give a .jsonl file of rows")
    return tuple(paths)
