from __future__ import annotations

from saccade.prompts import charts


def test_the_wordings_of_the_data_question_are_distinct_and_name_csv() -> None:
    assert charts.CHART_PROMPTS[0] == charts.CHART_PROMPT
    assert len(set(charts.CHART_PROMPTS)) == 3 and all("CSV" in prompt for prompt in charts.CHART_PROMPTS)


def test_questions_name_the_series_only_where_there_is_one() -> None:
    assert charts.value_prompt("Rome") == "What is the value of Rome?"
    assert charts.value_prompt("Rome", "Men") == "What is the value of Men for Rome?"
    assert charts.extreme_prompt("largest") == "Which is the largest?"
    assert charts.extreme_prompt("smallest", "Men") == "Which has the smallest value of Men?"
    assert charts.compare_prompt("A", "B", "Men") == "Which is larger for Men, A or B?"
    assert charts.extreme_follow_up("smallest") == "And the smallest?"
    assert charts.how_many_prompt("pie") == "How many slices does this chart have?"
