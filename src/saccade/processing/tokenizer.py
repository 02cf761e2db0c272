"""Text to token ids and back: byte-level BPE with Qwen's split rule, on the `tokenizers` library.

Added tokens (`<|im_start|>`, `<|image_pad|>`, `<think>`, ...) never fire by accident: the library's own matcher is not
used. `encode(text)` treats their spelling as plain characters; `encode(text, special=True)` and `encode_pieces` make
tokens of them where the caller says so.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import AddedToken, models, normalizers, pre_tokenizers

from saccade.errors import BadCheckpoint, BadMessages

# The published split pattern of the Qwen2 tokenizer: contractions, letters, single digits, punctuation, white space.
SPLIT_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class Tokenizer:
    """An immutable tokenizer; safe to share between threads.

    `vocab_size` is one more than the largest id (a model's embedding may have more rows than that).
    """

    def __init__(
        self,
        library_tokenizer: tokenizers.Tokenizer,
        added: Mapping[int, AddedToken],
        *,
        eos: str = "<|im_end|>",
        pad: str = "<|endoftext|>",
    ) -> None:
        """`library_tokenizer` gives model, normaliser and pre-tokeniser; `added` its added tokens by id."""
        self._plain = tokenizers.Tokenizer(library_tokenizer.model)  # shares the model, holds no added token
        if library_tokenizer.normalizer is not None:
            self._plain.normalizer = library_tokenizer.normalizer
        if library_tokenizer.pre_tokenizer is not None:
            self._plain.pre_tokenizer = library_tokenizer.pre_tokenizer
        self._added_text = {token_id: token.content for token_id, token in added.items()}
        self._added_id = {text: token_id for token_id, text in self._added_text.items()}
        self._special_ids = frozenset(token_id for token_id, token in added.items() if token.special)
        longest_first = sorted(self._added_id, key=len, reverse=True)
        self._added_pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self.vocab_size = max([self._plain.get_vocab_size(), *(token_id + 1 for token_id in added)])
        self.eos_token_id = self._added_id.get(eos)
        self.pad_token_id = self._added_id.get(pad)

    @classmethod
    def from_folder(cls, folder: str | Path) -> Tokenizer:
        """Reads tokenizer.json, or vocab.json with merges.txt, and tokenizer_config.json from `folder`.

        Raises BadCheckpoint when files are missing or cannot be read.
        """
        folder = Path(folder)
        config = read_json_file(folder / "tokenizer_config.json")
        try:
            if (folder / "tokenizer.json").is_file():
                library = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            elif (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
                library = _from_vocab_and_merges(folder / "vocab.json", folder / "merges.txt")
            else:
                raise BadCheckpoint(
                    f"no tokenizer in {folder}", hint="it needs tokenizer.json, or vocab.json and merges.txt"
                )
        except BadCheckpoint:
            raise
        except Exception as error:  # the library raises plain Exception for every unreadable file
            raise BadCheckpoint(f"the tokenizer files in {folder} cannot be read: {error}") from error
        added = dict(library.get_added_tokens_decoder())
        for token_id, token in _added_tokens(folder, config).items():
            added.setdefault(token_id, token)
        for token in added.values():
            if token.lstrip or token.rstrip or token.single_word:
                raise BadCheckpoint(
                    f"the added token {token.content!r} in {folder} strips its surroundings, which is not supported"
                )
        if not added:
            raise BadCheckpoint(
                f"the tokenizer in {folder} has no added tokens such as <|im_start|>",
                hint="tokenizer_config.json with added_tokens_decoder may be missing",
            )
        return cls(
            library,
            added,
            eos=_token_text(config.get("eos_token")) or "<|im_end|>",
            pad=_token_text(config.get("pad_token")) or "<|endoftext|>",
        )

    # --- ids ---------------------------------------------------------------------------------------------------------

    def special_id(self, name: str) -> int | None:
        """The id of the added token spelled `name`, or None."""
        return self._added_id.get(name)

    @property
    def added_texts(self) -> tuple[str, ...]:
        """The spelling of every added token."""
        return tuple(self._added_id)

    @property
    def special_ids(self) -> frozenset[int]:
        """Ids that `decode` leaves out by default."""
        return self._special_ids

    @property
    def stop_ids(self) -> tuple[int, ...]:
        """Ids that end an answer: end of turn and end of text."""
        ids = (self.eos_token_id, self._added_id.get("<|im_end|>"), self._added_id.get("<|endoftext|>"))
        return tuple(dict.fromkeys(token_id for token_id in ids if token_id is not None))

    # --- text to ids -------------------------------------------------------------------------------------------------

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        """Token ids of `text`. With `special`, spelled-out added tokens become those tokens; else they stay text."""
        return self.encode_pieces(self.split_special(text) if special else [text])

    def split_special(self, text: str) -> list[str | int]:
        """`text` cut at added tokens: pieces of plain text and token ids, in order, nothing empty."""
        pieces: list[str | int] = []
        start = 0
        for match in self._added_pattern.finditer(text):
            if match.start() > start:
                pieces.append(text[start : match.start()])
            pieces.append(self._added_id[match.group()])
            start = match.end()
        if start < len(text):
            pieces.append(text[start:])
        return pieces

    def encode_pieces(self, pieces: Iterable[str | int]) -> list[int]:
        """Ids of a mixture of plain text and ready ids.

        Neighbouring texts are joined first, so that cutting text into pieces never changes its tokens.
        """
        ids: list[int] = []
        text: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                text.append(piece)
                continue
            if text:
                ids += self._encode_plain("".join(text))
                text.clear()
            ids.append(piece)
        if text:
            ids += self._encode_plain("".join(text))
        return ids

    def _encode_plain(self, text: str) -> list[int]:
        try:
            encoded: list[int] = self._plain.encode(text, add_special_tokens=False).ids
        except (UnicodeEncodeError, TypeError) as error:
            raise BadMessages("the text holds half a surrogate pair, which is not a character") from error
        return encoded

    # --- ids to text -------------------------------------------------------------------------------------------------

    def decode(self, ids: Sequence[int], skip_special: bool = True) -> str:
        """The text of `ids`; bytes that are not UTF-8 become U+FFFD, ids without a token become nothing."""
        wanted = [token_id for token_id in ids if not (skip_special and token_id in self._special_ids)]
        return b"".join(map(self.token_bytes, wanted)).decode("utf-8", errors="replace")

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes one id stands for; b"" for an id beyond the vocabulary."""
        added = self._added_text.get(token_id)
        if added is not None:
            return added.encode()
        token = self._plain.id_to_token(token_id) if token_id >= 0 else None
        if token is None:
            return b""
        try:
            return bytes([_BYTE_OF_CHARACTER[character] for character in token])
        except KeyError:  # a token outside the byte alphabet stands for itself, as in the library's decoder
            return token.encode()


class StreamDecoder:
    """Text of ids that come one by one; holds back the bytes of an unfinished character.

    The pieces of `push` and the last of `flush` joined equal `Tokenizer.decode` of all ids.
    """

    def __init__(self, tokenizer: Tokenizer, skip_special: bool = True) -> None:
        self._tokenizer = tokenizer
        self._skip_special = skip_special
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token_id: int) -> str:
        """Text that became certain with `token_id`, possibly empty."""
        if self._skip_special and token_id in self._tokenizer.special_ids:
            return ""
        return self._decoder.decode(self._tokenizer.token_bytes(token_id))

    def flush(self) -> str:
        """What was held back; an unfinished character becomes U+FFFD."""
        return self._decoder.decode(b"", final=True)


def _byte_alphabet() -> dict[str, int]:
    """The character that byte-level BPE (Radford et al. 2019) writes for each byte, inverted."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    shown = {chr(byte): byte for byte in printable}
    others = [byte for byte in range(256) if byte not in set(printable)]
    shown.update({chr(0x100 + rank): byte for rank, byte in enumerate(others)})
    return shown


_BYTE_OF_CHARACTER = _byte_alphabet()


def _from_vocab_and_merges(vocab: Path, merges: Path) -> tokenizers.Tokenizer:
    library = tokenizers.Tokenizer(models.BPE.from_file(str(vocab), str(merges)))
    library.normalizer = normalizers.NFC()
    library.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(tokenizers.Regex(SPLIT_PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return library


def _added_tokens(folder: Path, config: Mapping[str, Any]) -> dict[int, AddedToken]:
    """Added tokens of tokenizer_config.json, or of the older added_tokens.json ({spelling: id})."""
    try:
        listed = config.get("added_tokens_decoder")
        if listed:
            flags = ("lstrip", "rstrip", "single_word", "normalized", "special")
            return {
                int(token_id): AddedToken(
                    entry["content"], **{flag: bool(entry[flag]) for flag in flags if flag in entry}
                )
                for token_id, entry in listed.items()
            }
        older = read_json_file(folder / "added_tokens.json")
        # that file has no flags: the published rule is that <|...|> tokens are special and XML-like ones are not
        return {
            int(token_id): AddedToken(text, special=text.startswith("<|"), normalized=False)
            for text, token_id in older.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadCheckpoint(f"the added tokens in {folder} cannot be read: {error!r}") from error


def _token_text(entry: Any) -> str | None:
    """A token named as text or as {"content": text}."""
    if isinstance(entry, Mapping):
        entry = entry.get("content")
    return entry if isinstance(entry, str) else None


def read_json_file(path: Path) -> dict[str, Any]:
    """The object in the JSON file `path`, {} when there is no such file. Raises BadCheckpoint when it is not one."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadCheckpoint(f"{path} must hold a JSON object, it holds a {type(value).__name__}")
    return value
