"""The bundled model as GGUF files, made by llama.cpp's own converter.

    python -m tests.peers.to_gguf LLAMA_CPP MODEL [arguments of convert_hf_to_gguf.py]

The converter knows tokenizers by a hash of one text; that of the bundled model is not in its list, so the answer is
given here: it splits text as Qwen2's does. It also looks for a SentencePiece vocabulary first, which needs a package
and is not there; this goes to the other reader at once.

Rotary frequencies that the interleaved sections of height and width leave over belong to time (transformers'
apply_interleaved_mrope); llama.cpp gives them to a fourth axis, which stands still (ggml_mrope_cache_init). Published
models turn so slowly there that nobody sees it. The bundled one, with a base of 1000, does not, so its sections are
lengthened until none is left over: text is then exact, and within a picture the last frequency follows the row.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def without_rest(sections: Sequence[int]) -> list[int]:
    """Sections (time, height, width, 0) of interleaved frequencies, with no frequency outside of them."""
    count = sum(sections)
    return [max(length, -(-(count - axis) // 3)) for axis, length in enumerate(sections[:3])] + [0]


def convert(llama: Path, model: Path, *arguments: str) -> None:
    """Run the converter of the sources at `llama` on the folder `model`."""
    sys.path[:0] = [str(llama), str(llama / "gguf-py")]
    import convert_hf_to_gguf
    import gguf
    from conversion.base import TextModel
    from conversion.qwen3vl import Qwen3VLTextModel

    TextModel.get_vocab_base_pre = lambda self, tokenizer: "qwen2"
    Qwen3VLTextModel.set_vocab = TextModel._set_vocab_gpt2
    add = gguf.GGUFWriter.add_rope_dimension_sections
    gguf.GGUFWriter.add_rope_dimension_sections = lambda self, sections: add(self, without_rest(sections))
    sys.argv = ["convert_hf_to_gguf.py", str(model), *arguments]
    convert_hf_to_gguf.main()


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
