"""Questions about pictures with text in them: DocVQA, InfoVQA, TextVQA, ChartQA, OCRBench.

DocVQA and InfoVQA (rrc.cvc.uab.es, challenge 17): val_v1.0_withQT.json, infographicsVQA_val_v1.0_withQT.json, an
object with "data": [{"questionId", "question", "image" or "image_local_name", "answers"}].
TextVQA (textvqa.org): TextVQA_0.5.1_val.json, "data": [{"question_id", "question", "image_id", "answers": ten
texts}], pictures train_images/IMAGE_ID.jpg.
ChartQA (github.com/vis-nlp/ChartQA): test/test_human.json and test/test_augmented.json, [{"imgname", "query",
"label"}], pictures test/png.
OCRBench (github.com/Yuliang-Liu/MultimodalOCR): OCRBench.json, [{"dataset_name", "type", "question", "answers",
"image_path"}].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from saccade.errors import BadInput
from saccade.prompts.scenes import short_answer_prompt
from saccade.train.asking import Case, Question
from saccade.train.benchmarks.folders import DataFolder, texts_of
from saccade.train.benchmarks.published import contains_answer, relaxed_correct, vqa_accuracy
from saccade.train.scoring.amounts import Scores, Shown, share
from saccade.train.scoring.text import anls, said
from saccade.types import Part

_PICTURES = ("", ".png", ".jpg", ".jpeg")


def read_docvqa(folder: DataFolder, limit: int | None = None) -> Iterator[Case]:
    """ANLS."""
    files = folder.annotations("val_v1.0*.json", "val*.json", "train_v1.0*.json")
    for entry in folder.entries(files[0], "data")[:limit]:
        name = str(folder.field(entry, "image"))
        media = folder.media(name, (str(files[0].parent.relative_to(folder.path)), "spdocvqa_images"), _PICTURES)
        yield _anls_case(folder, entry, media)


def read_infovqa(folder: DataFolder, limit: int | None = None) -> Iterator[Case]:
    """ANLS."""
    files = folder.annotations("infographic*VQA_val*.json", "infographic*val*.json", "infographic*VQA_train*.json")
    for entry in folder.entries(files[0], "data")[:limit]:
        name = str(folder.field(entry, "image_local_name", "image"))
        yield _anls_case(folder, entry, folder.media(name, ("infographicsvqa_images", "images"), _PICTURES))


def _anls_case(folder: DataFolder, entry: Mapping[str, Any], media: Path) -> Case:
    answers = _answers(folder, entry)
    question = Question(folder.benchmark, short_answer_prompt(str(folder.field(entry, "question"))),
                        partial(_score_anls, answers))  # fmt: skip
    return _case(media, question, entry.get("questionId", ""))


def _answers(folder: DataFolder, entry: Mapping[str, Any]) -> list[str]:
    answers = entry.get("answers", entry.get("answer"))
    if answers is None or answers == []:
        raise BadInput(f"{folder.benchmark}: these annotations have no answers", hint="take the validation split")
    return texts_of(answers)


def _score_anls(answers: list[str], answer: str, shown: Shown) -> Scores:
    return {"ANLS": share(anls(answers, said(answer)))}


def read_textvqa(folder: DataFolder, limit: int | None = None) -> Iterator[Case]:
    """VQA accuracy over ten people's answers."""
    files = folder.annotations("TextVQA_*val*.json", "*val*.json")
    for entry in folder.entries(files[0], "data")[:limit]:
        media = folder.media(str(folder.field(entry, "image_id")), ("train_images", "images"), (".jpg", ".png", ""))
        question = Question(folder.benchmark, short_answer_prompt(str(folder.field(entry, "question"))),
                            partial(_score_vqa, _answers(folder, entry)))  # fmt: skip
        yield _case(media, question, entry.get("question_id", ""))


def _score_vqa(people: list[str], answer: str, shown: Shown) -> Scores:
    return {"VQA accuracy": share(vqa_accuracy(people, said(answer)))}


def read_chartqa(folder: DataFolder, limit: int | None = None) -> Iterator[Case]:
    """Relaxed accuracy; `limit` counts in each of the two parts, whose mean is the published number."""
    for file in folder.annotations("test_human.json", "test_*.json", "val_*.json") + _augmented(folder):
        for number, entry in enumerate(folder.entries(file)[:limit]):
            media = folder.media(str(folder.field(entry, "imgname")), ("png", "test/png", "val/png"), _PICTURES)
            question = Question(folder.benchmark, short_answer_prompt(str(folder.field(entry, "query"))),
                                partial(_score_relaxed, str(folder.field(entry, "label"))))  # fmt: skip
            yield _case(media, question, number, group=file.stem.rpartition("_")[2])


def _augmented(folder: DataFolder) -> list[Path]:
    return sorted(folder.path.rglob("test_augmented.json")) if any(folder.path.rglob("test_human.json")) else []


def _score_relaxed(wanted: str, answer: str, shown: Shown) -> Scores:
    return {"relaxed accuracy": share(relaxed_correct(wanted, said(answer).rstrip(".")))}


def read_ocrbench(folder: DataFolder, limit: int | None = None) -> Iterator[Case]:
    """Share of answers that hold the wanted text, by kind of question; times 1000 it is the published number."""
    files = folder.annotations("OCRBench.json", "*OCRBench*.json", "*ocrbench*.json")
    for number, entry in enumerate(folder.entries(files[0])[:limit]):
        media = folder.media(str(folder.field(entry, "image_path")), ("OCRBench_Images", "images"))
        formula = entry.get("dataset_name") == "HME100k"
        question = Question(folder.benchmark, str(folder.field(entry, "question")),
                            partial(_score_contained, _answers(folder, entry), formula))  # fmt: skip
        yield _case(media, question, entry.get("id", number), group=str(entry.get("type", "")))


def _score_contained(answers: list[str], formula: bool, answer: str, shown: Shown) -> Scores:
    return {"accuracy": share(contains_answer(answers, said(answer), formula=formula))}


def _case(media: Path, question: Question, name: Any, group: str = "") -> Case:
    return Case((Part("image", source=media),), (question,), group=group, id=str(name))
