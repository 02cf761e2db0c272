"""A held-out question as a call of the public function, or of the command, that a user would type for it.

What the question is about is read off its prompt by the very functions that wrote it (`saccade.prompts`). A public
function asks in one wording, a held-out set in several: `verbatim` says whether the call sends the question as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saccade.prompts.captions import STYLES
from saccade.prompts.charts import CHART_PROMPT
from saccade.prompts.compare import DIFFERENCE_PROMPT, DIFFERENCE_PROMPTS, claim_prompt, verify_prompt
from saccade.prompts.documents import (
    CHOICE_SEPARATOR,
    extract_described_prompt,
    extract_names_prompt,
    extract_prompt,
    product_prompt,
)
from saccade.prompts.pages import PARSE_HTML, TABLE_PROMPTS
from saccade.prompts.scenes import (
    JOINTS,
    attributes_prompt,
    count_prompt,
    detect_prompt,
    find_prompt,
    keypoints_prompt,
    point_prompt,
    short_point_prompt,
)
from saccade.prompts.text import READ_PROMPT, SPOT_PROMPT
from saccade.synth.sample import Turn

_BLANK = "\0"
_KEY = re.compile(r', "([^"]+)": "\.\.\."')  # in the form that a prompt shows


@dataclass(frozen=True, slots=True)
class Call:
    """A method of `Model`, what it gets behind the media, and its options; the command of that name takes the same."""

    method: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    verbatim: bool = True


def call_of(turn: Turn) -> Call:
    """The call that asks what `turn` asks; what has no function of its own goes to `ask` in its own words."""
    make = _compare if turn.prompt in DIFFERENCE_PROMPTS else _CALLS.get(turn.task)
    return Call("ask", (turn.prompt,)) if make is None else make(turn)


def filled(build: Callable[[str], str], prompt: str) -> str | None:
    """What stands in `prompt` where `build` puts its argument; None where `build` did not write it."""
    before, _, after = build(_BLANK).partition(_BLANK)
    if not prompt.startswith(before) or not prompt.endswith(after):
        return None
    return prompt[len(before) : len(prompt) - len(after)]


def names_in(build: Callable[[Sequence[str]], str], prompt: str) -> list[str] | None:
    """The names that `build` was given."""
    inside = filled(lambda blank: build([blank]), prompt)
    return None if inside is None else inside.split(", ")


def _ocr(turn: Turn) -> Call:
    return Call("ocr", verbatim=turn.prompt == READ_PROMPT)


def _spot(turn: Turn) -> Call:
    return Call("ocr", options={"boxes": True}, verbatim=turn.prompt == SPOT_PROMPT)


def _detect(turn: Turn) -> Call:
    names, phrase = names_in(detect_prompt, turn.prompt), filled(find_prompt, turn.prompt)
    if phrase is not None:
        return Call("detect", options={"phrase": phrase})
    if names is not None:
        return Call("detect", (names,))
    asked = _KEY.findall(turn.prompt)[1:]  # behind the label
    named = filled(lambda blank: attributes_prompt([blank], asked), turn.prompt)
    assert named is not None, turn.prompt
    return Call("detect", (named.split(", "),), {"attributes": asked})


def _point(turn: Turn) -> Call:
    names = names_in(point_prompt, turn.prompt)
    if names is not None:
        return Call("point", (names,))
    names = names_in(short_point_prompt, turn.prompt)
    assert names is not None, turn.prompt
    return Call("point", (names,), verbatim=False)


def _count(turn: Turn) -> Call:
    plural = filled(count_prompt, turn.prompt)
    assert plural is not None, turn.prompt
    return Call("count", (plural,))


def _keypoints(turn: Turn) -> Call:
    names = names_in(lambda joints: keypoints_prompt("person", joints), turn.prompt)
    assert names is not None, turn.prompt
    return Call("keypoints", ("person",), {} if names == list(JOINTS) else {"names": names})


def _caption(turn: Turn) -> Call:
    style = next(name for name, prompt in STYLES.items() if prompt == turn.prompt)
    return Call("caption", options={"style": style})


def _extract(turn: Turn) -> Call:
    names = names_in(extract_names_prompt, turn.prompt)
    if names is not None:
        return Call("extract", (names,))
    wanted = json.loads(turn.prompt[turn.prompt.index("{") :])
    assert turn.prompt in (extract_prompt(wanted), extract_described_prompt(wanted)), turn.prompt
    # A schema without descriptions is asked for as a template: shorter, and trained as well.
    return Call("extract", (wanted,), verbatim=turn.prompt == extract_prompt(wanted))


def _tables(turn: Turn) -> Call:
    form = next(name for name, prompts in TABLE_PROMPTS.items() if turn.prompt in prompts)
    return Call("tables", options={"form": form}, verbatim=turn.prompt == TABLE_PROMPTS[form][0])


def _chart(turn: Turn) -> Call:
    return Call("chart", verbatim=turn.prompt == CHART_PROMPT)


def _parse(turn: Turn) -> Call:
    return Call("parse", verbatim=turn.prompt == PARSE_HTML[0])


def _compare(turn: Turn) -> Call:
    return Call("compare", verbatim=turn.prompt == DIFFERENCE_PROMPT)


def _verify(turn: Turn) -> Call:
    claim = filled(claim_prompt, turn.prompt)
    if claim is not None:
        return Call("verify_images", options={"claim": claim})
    inside = filled(lambda blank: verify_prompt([blank]), turn.prompt)
    assert inside is not None, turn.prompt
    fields = inside.split(" and the ")
    return Call("verify_images", options={"fields": fields}, verbatim=len(fields) == 1)  # each field is asked alone


def _product(turn: Turn) -> Call:
    wanted = json.loads(filled(lambda blank: product_prompt({})[:-2] + blank, turn.prompt) or "")
    options: dict[str, Any] = {"attributes": {
        name: value.split(CHOICE_SEPARATOR) if CHOICE_SEPARATOR in str(value) else value
        for name, value in wanted.items() if own_field(name) is None
    }}  # fmt: skip
    category = next((name for name in wanted if own_field(name) == "category"), None)
    if category is not None:
        options["taxonomy"] = wanted[category].split(CHOICE_SEPARATOR)
    return Call("product", options=options, verbatim=False)  # its title and barcode are always asked for


def own_field(name: str) -> str | None:
    """The field of `saccade.tasks.Product` that a name of a held-out template means; None for an attribute."""
    return _PRODUCT_FIELDS.get(re.sub(r"[\W_]", "", name.casefold()))


_PRODUCT_FIELDS = {
    "name": "title",
    "productname": "title",
    "product": "title",
    "brand": "brand",
    "category": "category",
}

_CALLS: Mapping[str, Callable[[Turn], Call]] = {
    "ocr": _ocr, "spot": _spot, "detect": _detect, "find": _detect, "point": _point, "count": _count,
    "keypoints": _keypoints, "caption": _caption, "describe": _caption, "extract": _extract, "tables": _tables,
    "chart": _chart, "parse": _parse, "verify": _verify, "product": _product,
}  # fmt: skip


def words_of(call: Call, files: Sequence[Path]) -> list[str]:
    """The command line of a call about `files`; a schema or template is written beside the first of them."""
    words = [call.method.replace("_", "-"), *map(str, files)]
    for value in call.arguments:
        if isinstance(value, Mapping):
            schema = files[0].with_suffix(".json")
            schema.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
            words += ["--schema", str(schema)]
        else:
            words.append(_word(value))
    for name, value in call.options.items():
        flag = f"--{name.replace('_', '-')}"
        words += [flag] if value is True else [flag, _word(value)]
    return words


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(map(str, value))
