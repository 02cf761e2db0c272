"""DocVQA, InfoVQA, TextVQA, ChartQA and OCRBench from small files in their forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadInput
from saccade.train.benchmarks import read_benchmark
from tests.train.benchmarks.folders import picture_file, score, write_json

SHORT = "\nAnswer the question using a single word or phrase."


def docvqa(**more: Any) -> dict[str, Any]:
    return {"questionId": 49153, "question": "What is the number?", "question_types": ["form"],
            "image": "documents/pybv0228_81.png", "docId": 14465, "ucsf_document_id": "pybv0228",
            "ucsf_document_page_no": "81", "answers": ["2.000", "2,000"], "data_split": "val", **more}  # fmt: skip


def test_docvqa(tmp_path: Path) -> None:
    image = picture_file(tmp_path / "documents" / "pybv0228_81.png")
    write_json(
        tmp_path / "val_v1.0_withQT.json",
        {"dataset_name": "SP-DocVQA", "dataset_split": "val", "data": [docvqa(), docvqa(questionId=7)]},
    )
    cases = read_benchmark(f"docvqa:{tmp_path}")
    assert [case.id for case in cases] == ["49153", "7"] and len(read_benchmark(f"docvqa:{tmp_path}", 1)) == 1
    assert cases[0].media[0].source == image and cases[0].questions[0].prompt == "What is the number?" + SHORT
    assert score(cases[0], "2,000") == {"ANLS": 1} and score(cases[0], "2.001")["ANLS"] == pytest.approx(0.8)


def test_docvqa_without_answers_is_refused(tmp_path: Path) -> None:
    picture_file(tmp_path / "documents" / "pybv0228_81.png")
    entry = docvqa()
    del entry["answers"]
    write_json(tmp_path / "val_v1.0.json", {"data": [entry]})
    with pytest.raises(BadInput, match="have no answers; take the validation split"):
        read_benchmark(f"docvqa:{tmp_path}")


def test_infovqa(tmp_path: Path) -> None:
    image = picture_file(tmp_path / "infographicsvqa_images" / "20471.jpeg")
    entry = {"questionId": 98313, "question": "How many?", "image_local_name": "20471.jpeg", "image_url": "https://x",
             "ocr_output_file": "20471.json", "answers": ["four"], "data_split": "val"}  # fmt: skip
    write_json(tmp_path / "infographicsvqa_qas" / "infographicsVQA_val_v1.0_withQT.json", {"data": [entry]})
    (case,) = read_benchmark(f"infovqa:{tmp_path}")
    assert case.media[0].source == image and score(case, "Four") == {"ANLS": 1} and score(case, "4") == {"ANLS": 0}


def test_textvqa(tmp_path: Path) -> None:
    image = picture_file(tmp_path / "train_images" / "003a8ae2ef43b901.jpg")
    entry = {"question": "what is the brand?", "image_id": "003a8ae2ef43b901", "image_classes": ["Cassette deck"],
             "answers": ["nous les gosses"] * 2 + ["dakota"] * 8, "question_id": 34602, "set_name": "val"}  # fmt: skip
    write_json(tmp_path / "TextVQA_0.5.1_val.json", {"dataset_type": "val", "data": [entry]})
    (case,) = read_benchmark(f"textvqa:{tmp_path}")
    assert case.media[0].source == image and case.id == "34602"
    assert score(case, "Dakota.") == {"VQA accuracy": 1}
    assert score(case, "nous les gosses")["VQA accuracy"] == pytest.approx((2 * 1 / 3 + 8 * 2 / 3) / 10)


def test_chartqa_has_two_parts(tmp_path: Path) -> None:
    for name in ("41699051005347.png", "two_col_1.png"):
        picture_file(tmp_path / "test" / "png" / name)
    human = [{"imgname": "41699051005347.png", "query": "How many food items?", "label": "14"}] * 3
    write_json(tmp_path / "test" / "test_human.json", human)
    write_json(
        tmp_path / "test" / "test_augmented.json", [{"imgname": "two_col_1.png", "query": "When?", "label": "2019"}]
    )
    cases = read_benchmark(f"chartqa:{tmp_path}", 2)
    assert [case.group for case in cases] == ["human", "human", "augmented"]
    assert score(cases[0], "14.5.") == {"relaxed accuracy": 1} and score(cases[0], "15") == {"relaxed accuracy": 0}


def test_ocrbench_groups_by_kind_and_joins_formulas(tmp_path: Path) -> None:
    picture_file(tmp_path / "OCRBench_Images" / "IIIT5K" / "1009_2.png")
    picture_file(tmp_path / "OCRBench_Images" / "HME100k" / "x.jpg")
    write_json(
        tmp_path / "OCRBench.json",
        [
            {
                "dataset_name": "IIIT5K",
                "type": "Regular Text Recognition",
                "question": "what is written in the image?",
                "answers": ["CENTRE"],
                "image_path": "IIIT5K/1009_2.png",
            },
            {
                "dataset_name": "HME100k",
                "type": "Handwritten Mathematical Expression Recognition",
                "question": "LaTeX, please",
                "answers": "x ^ { 2 }",
                "image_path": "HME100k/x.jpg",
            },
        ],
    )
    word, formula = read_benchmark(f"ocrbench:{tmp_path}")
    assert word.group == "Regular Text Recognition" and word.questions[0].prompt == "what is written in the image?"
    assert score(word, "The word is Centre.") == {"accuracy": 1} and score(word, "cent") == {"accuracy": 0}
    assert score(formula, "$x^{2}$") == {"accuracy": 1}
