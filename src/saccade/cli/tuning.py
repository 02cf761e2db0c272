"""saccade train: a model further on one's own rows, or the bundled model again from nothing."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from saccade.cli.options import Device, Json, MaxPixels, MinPixels
from saccade.cli.output import note, show, show_json
from saccade.errors import BadInput
from saccade.settings import Settings


def train_command(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="Without --data: where the bundled model's run keeps its state."),
    ] = None,
    data: Annotated[list[Path] | None, typer.Option(help="Rows to train on, JSONL; may be given again.")] = None,
    base: Annotated[str, typer.Option(help="Model to train further: a folder, a hub id, or tiny.")] = "tiny",
    out: Annotated[
        Path | None, typer.Option(help="Where the result and the run's state go; goes on from there.")
    ] = None,
    media_root: Annotated[
        Path | None, typer.Option(help="Where relative paths count from; else the rows' folder.")
    ] = None,
    lora: Annotated[bool, typer.Option("--lora", help="Train an adapter and leave the weights as they are.")] = False,
    rank: Annotated[int, typer.Option(min=1, help="Rank of the adapter.")] = 16,
    alpha: Annotated[
        float | None, typer.Option(help="Scale of the adapter is alpha / rank; else twice the rank.")
    ] = None,
    dropout: Annotated[float, typer.Option(help="Share of inputs that the adapter does not see in training.")] = 0.0,
    lora_vision: Annotated[bool, typer.Option("--lora-vision", help="Adapt the vision tower too.")] = False,
    adapter: Annotated[Path | None, typer.Option(help="Adapter to start from (its rank holds), or to merge.")] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Add the adapter to the weights: OUT/merged, or OUT without --data.")
    ] = False,
    freeze: Annotated[
        list[str] | None, typer.Option(help="Part that stays as it is: vision, merger or decoder.")
    ] = None,
    template: Annotated[str, typer.Option(help="chat, plain, or auto: chat where the base has a template.")] = "auto",
    epochs: Annotated[float, typer.Option(help="How often every row is seen.")] = 3.0,
    steps: Annotated[int | None, typer.Option(min=1, help="Number of steps, in place of --epochs.")] = None,
    tokens_per_pack: Annotated[int, typer.Option(min=16, help="Most tokens in one pass of the model.")] = 4096,
    accumulate: Annotated[int, typer.Option(min=1, help="Passes per step, on every device.")] = 1,
    average: Annotated[
        str, typer.Option(help="Of a step: token, sample (every answer counts the same), or square between them.")
    ] = "token",
    learning_rate: Annotated[float | None, typer.Option(help="At its height; else 1e-5, with --lora 2e-4.")] = None,
    schedule: Annotated[str, typer.Option(help="cosine, or wsd: flat, then down.")] = "cosine",
    warmup_steps: Annotated[int | None, typer.Option(min=0, help="Steps to reach the height; else 3 % of all.")] = None,
    decay_share: Annotated[
        float, typer.Option(help="wsd: the last share of the steps, in which the rate goes down.")
    ] = 0.2,
    floor: Annotated[float, typer.Option(help="Lowest rate, as a share of the height.")] = 0.0,
    weight_decay: Annotated[float, typer.Option(help="Of matrices.")] = 0.01,
    clip: Annotated[float, typer.Option(help="Longest gradient.")] = 1.0,
    dtype: Annotated[str, typer.Option(help="auto, bfloat16 or float32: of the arithmetic.")] = "auto",
    checkpointing: Annotated[bool, typer.Option("--checkpointing", help="Less memory, a third more time.")] = False,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
    skip_bad_rows: Annotated[bool, typer.Option("--skip-bad-rows", help="Leave out rows that cannot be used.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Decides the order of the rows and the adapter's start.")] = 1,
    report_every: Annotated[int, typer.Option(min=1, help="Steps per line of metrics.jsonl.")] = 10,
    save_every: Annotated[int, typer.Option(min=1, help="Steps between states to go on from.")] = 100,
    workers: Annotated[int, typer.Option(min=0, help="Threads that prepare rows.")] = 2,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Also write OUT/tensorboard.")] = False,
    device: Device = None,
    processes: Annotated[int, typer.Option(min=1, help="Bundled model: trainer processes, one core each.")] = 2,
    minutes: Annotated[float, typer.Option(min=0, help="Bundled model: stop after so many minutes.")] = 1e9,
    as_json: Json = False,
) -> None:
    """Train a model further on your own rows (--data, --base, --out); with FOLDER alone, the bundled model anew.

    The same command goes on with a run that was stopped; touch OUT/stop ends one cleanly. Several devices: start it
    with torchrun --nproc-per-node N -m saccade train ...
    """  # fmt: skip
    given = dict(locals())
    if not data and not (merge and adapter):
        _train_bundled(folder, out, processes, minutes, as_json)
        return
    if out is None and folder is None:
        raise BadInput("there is no folder for the result", hint="give --out FOLDER")
    target = out or folder
    assert target is not None
    from saccade.inspect.source import locate

    settings = Settings.from_env()
    _check_here(base, settings)
    base_folder = locate(base, settings)
    if not data:
        assert adapter is not None
        from saccade.train.tune.folder import merge as merge_adapter

        merge_adapter(base_folder, adapter, target)
        _finish({"folder": str(target), "result": "checkpoint"}, as_json)
        return
    given |= {"out": target, "base_folder": base_folder}
    summary = _tune(given, settings, as_json)
    if summary.pop("leads"):
        _finish(summary, as_json)


def _check_here(base: str, settings: Settings) -> None:
    """Raises BadInput where several processes would fetch the same model at once."""
    from saccade.inspect.source import local_folder
    from saccade.models.hub import kept_copy
    from saccade.train.tune.ranks import several

    if several() and local_folder(base) is None and kept_copy(base, settings) is None:
        raise BadInput(f"{base} is not on this machine yet", hint=f"fetch it first: saccade pull {base}")


def _tune(given: dict[str, Any], settings: Settings, quiet: bool) -> dict[str, Any]:
    from saccade.inspect.source import has_chat_form
    from saccade.train.tune.options import TuneOptions
    from saccade.train.tune.run import Sources, data_files, tune

    base: Path = given["base_folder"]
    chat_form = has_chat_form(base)
    device = given["device"] or settings.device
    if given["template"] == "auto":
        given["template"] = "chat" if chat_form else "plain"
    if given["dtype"] == "auto":
        given["dtype"] = _dtype_for(device)
    given["freeze"] = tuple(part for entry in given["freeze"] or () for part in entry.replace(",", " ").split())
    given["adapter"] = str(given["adapter"] or "")
    given["lora"] = given["lora"] or given["lora_vision"] or bool(given["adapter"])
    options = TuneOptions(**{entry.name: given[entry.name] for entry in fields(TuneOptions)})
    sources = Sources(data_files(given["data"]), base, given["out"], base_name=given["base"],
                      media_root=given["media_root"], brings_chat_form=chat_form)  # fmt: skip
    return tune(sources, options, device=device, settings=settings, quiet=False)


def _dtype_for(device: str) -> str:
    """bfloat16 where it is multiplied in hardware."""
    from saccade.models.placement import choose_devices
    from saccade.open import cpu_multiplies_bfloat16

    on_cpu = choose_devices(device)[0][0] == "cpu"
    return "float32" if on_cpu and not cpu_multiplies_bfloat16() else "bfloat16"


def _train_bundled(folder: Path | None, out: Path | None, processes: int, minutes: float, as_json: bool) -> None:
    if folder is None:
        raise BadInput(
            "there is nothing to train on", hint="give --data rows.jsonl, or a FOLDER to train the bundled model in"
        )
    if out is not None:
        raise BadInput("--out belongs to --data", hint="give --data rows.jsonl, or drop --out")
    from saccade.train.recipe import tiny_recipe
    from saccade.train.run import train

    train(folder, tiny_recipe(), processes=processes, minutes=minutes)
    if as_json:
        show_json({"folder": str(folder)})
    else:
        show(str(folder))


def _finish(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(summary)
        return
    if summary.get("stopped"):
        note(f"stopped after step {summary['steps']:,} of {summary['of']:,}; the same command goes on")
    show(summary["folder"])
