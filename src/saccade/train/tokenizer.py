"""The bundled model's own tokenizer: byte-level BPE, small, with the family's pre-tokenization and special tokens.

Few merges on purpose: the words of prompts and answer scaffolding become single tokens, while text that is read
from pictures mostly stays single characters, which a small model spells more reliably.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

# The family's split pattern: contractions, letter runs with one leading symbol, single digits, symbols, white space.
SPLIT_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
ADDED_TOKENS = (
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>",
)  # fmt: skip

_SHAPES = "circle square triangle star rectangle ellipse diamond cross ring heart hexagon pentagon arrow moon".split()  # noqa: SIM905
_COLOURS = "red green blue yellow orange purple pink brown black white grey gray cyan teal".split()  # noqa: SIM905
_NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_SENTENCES = (
    "You are a helpful assistant.", "system\n", "user\n", "assistant\n", "Read all the text in the image.",
    "Please output only the text content from the image without any additional descriptions or formatting.",
    "Spotting all the text in the image with line-level, and output in JSON format.",
    "Locate every instance that belongs to the following categories: \"a, b, c\". Report bbox coordinates in JSON format.",
    "Locate every object that matches the description \"the word\" in the image. Report bbox coordinates in JSON format.",
    "Locate every button with points, report their point coordinates in JSON format.",
    "Describe this image in one sentence.", "Describe this image.", "Describe this image in detail.",
    "Answer the question using a single word or phrase.", "QwenVL HTML", "qwenvl html", "qwenvl markdown",
    "Extract the key-value information in the format:{\"company\": \"\", \"date\": \"\", \"total\": \"\", \"number\": \"\"}",
    "output in JSON format", "Is there a", "What is the colour of the", "What is the total?", "Which is larger?",
    "Give the query: 'a', when does the described content occur in the video? Use 'mm:ss.ff' as time format.",
    "Localize a series of activity events in the video, output the start and end timestamp for each event, and describe "
    "each event with sentences. Provide the result in json format with 'mm:ss.ff' format for time depiction.",
    "Picture 1: Picture 2: Video 1:", "match mismatch unclear true false null yes no", "And its colour? as a table",
    "left of right of above below between the same different larger smaller small large",
    "The event happens in 00:12.00 - 00:15.00.", "Output that as a table. CSV Markdown",
)  # fmt: skip
_JSON = (
    '[{"bbox_2d": [1, 2, 3, 4], "label": "', '"}, {"bbox_2d": [1, 2, 3, 4], "text_content": "', '"}]', "[]",
    '{"point_2d": [1, 2], "label": "', '{"start_time": "00:25.00", "end_time": "00:46.00", "description": "',
    '{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [1, 2]}}', "```json\n", "\n```",
    '{"name": "", "date": "", "total": "", "number": "", "address": "", "phone": "", "email": "", "items": [{', '": null, "',
    '", "quantity": 1, "price": 2.00, "amount": 3.00}', '"invoice_number": "', '"subtotal": ', '"tax": ', '"currency": "',
)  # fmt: skip
_HTML = (
    '<html><body>\n<h1 data-bbox="1 2 3 4">', '</h1>\n<h2 data-bbox="1 2 3 4">', '</h2>\n<p data-bbox="1 2 3 4">', "</p>\n",
    '<table class="table1" data-bbox="1 2 3 4"><tr><th>', "</th><th>", "</th></tr><tr><td>", "</td><td>", "</td></tr></table>\n",
    '<ul data-bbox="1 2 3 4"><li data-bbox="1 2 3 4">', "</li></ul>\n", '<div class="image caption" data-bbox="1 2 3 4">',
    '<img data-bbox="1 2 3 4"/>', "</div>\n</body></html>", "| a | b |\n|---|---|\n",
)  # fmt: skip


def scaffolding() -> Iterator[str]:
    """The corpus the merges are learnt from: prompts, answer forms and the drawn worlds' vocabulary."""
    for text, weight in ((_SENTENCES, 40), (_JSON, 40), (_HTML, 20)):
        for _ in range(weight):
            yield from text
    for colour, shape in product(_COLOURS, _SHAPES):
        yield f"A {colour} {shape} and two {colour} {shape}s on a {colour} background."
        yield f'"{colour} {shape}", "label": "{colour} {shape}"'
        yield f"How many {shape}s are there in the image? How many {colour} objects are there in the image?"
    for number, shape in product(_NUMBERS, _SHAPES):
        yield f"{number} {shape}s, {number.capitalize()} objects, among them"


def train_tokenizer(num_merges: int = 460, corpus: Iterable[str] | None = None) -> Tokenizer:
    """A byte-level BPE tokenizer of 256 bytes, `num_merges` merges and the family's special and added tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(SPLIT_PATTERN), behavior="isolated", invert=False)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + num_merges, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(corpus if corpus is not None else scaffolding(), trainer)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in ADDED_TOKENS])
    return tokenizer


def special_ids(tokenizer: Tokenizer) -> dict[str, int]:
    """Ids of the special tokens by their text."""
    return {text: index for text in SPECIAL_TOKENS if (index := tokenizer.token_to_id(text)) is not None}


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json into `folder`."""
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
