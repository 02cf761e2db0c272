"""Settings: defaults, the environment, and one sentence for a bad value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from saccade.errors import BadInput
from saccade.settings import Settings


def test_an_empty_environment_gives_the_defaults():
    settings = Settings.from_env({"HOME": "/home/ada"})
    assert settings == replace(Settings(), cache_dir=Path("/home/ada/.cache/saccade"))
    assert settings.max_image_pixels == 178_956_970
    assert not settings.allow_private_hosts
    assert settings.default_model == "tiny"


def test_every_kind_of_variable_is_read():
    settings = Settings.from_env(
        {
            "SACCADE_MAX_IMAGE_PIXELS": "1_000_000",
            "SACCADE_FETCH_TIMEOUT_S": "2.5",
            "SACCADE_ALLOW_PRIVATE_HOSTS": "Yes",
            "SACCADE_LOOP_GUARD": "off",
            "SACCADE_CACHE": "/data/cache",
            "SACCADE_DEVICE": "cuda:1",
            "SACCADE_DTYPE": "bfloat16",
            "SACCADE_NUM_THREADS": "2",
            "SACCADE_DEFAULT_MODEL": "/models/a",
            "HF_ENDPOINT": "https://mirror.example/hf",
            "HF_TOKEN": "hf_abc",
            "MODELSCOPE_ENDPOINT": "http://localhost:9000",
        }
    )
    assert settings.max_image_pixels == 1_000_000
    assert settings.fetch_timeout_s == 2.5
    assert settings.allow_private_hosts
    assert not settings.loop_guard
    assert settings.cache_dir == Path("/data/cache")
    assert (settings.device, settings.dtype, settings.num_threads) == ("cuda:1", "bfloat16", 2)
    assert settings.default_model == "/models/a"
    assert settings.hub_endpoint == "https://mirror.example/hf"
    assert settings.hub_token == "hf_abc"
    assert settings.modelscope_endpoint == "http://localhost:9000"


def test_this_process_is_asked_when_no_mapping_is_given(monkeypatch):
    monkeypatch.setenv("SACCADE_MAX_FRAMES", "7")
    assert Settings.from_env().max_frames == 7


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/saccade"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/saccade"),
        ({"SACCADE_CACHE": "/own", "XDG_CACHE_HOME": "/x"}, "/own"),
        ({"SACCADE_CACHE": " ", "XDG_CACHE_HOME": "/x"}, "/x/saccade"),
    ],
)
def test_the_cache_folder_follows_the_xdg_rule(environment, folder):
    assert Settings.from_env(environment).cache_dir == Path(folder)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("SACCADE_MAX_IMAGE_PIXELS", "many"),
        ("SACCADE_MAX_IMAGE_PIXELS", "0"),
        ("SACCADE_MAX_FRAMES", "-3"),
        ("SACCADE_MAX_DOWNLOAD_BYTES", "1.5"),
        ("SACCADE_FETCH_TIMEOUT_S", "nan"),
        ("SACCADE_VIDEO_TIMEOUT_S", "inf"),
        ("SACCADE_ALLOW_PRIVATE_HOSTS", "maybe"),
        ("SACCADE_DEVICE", "cuda:x"),
        ("SACCADE_DTYPE", "float16"),
        ("HF_ENDPOINT", "file:///etc"),
        ("HF_ENDPOINT", "https://user:pw@host"),
        ("HF_TOKEN", "two words"),
    ],
)
def test_a_bad_variable_is_one_sentence_that_names_it(variable, text):
    with pytest.raises(BadInput) as caught:
        Settings.from_env({variable: text})
    assert variable in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change", [{"max_frames": True}, {"dtype": ""}, {"cache_dir": "text"}, {"loop_guard": 1}])
def test_a_bad_field_is_refused_however_it_came(change):
    with pytest.raises(BadInput, match=next(iter(change))):
        Settings(**change)


def test_the_token_shows_neither_in_repr_nor_in_an_error():
    assert "hf_secret" not in repr(Settings(hub_token="hf_secret"))
    with pytest.raises(BadInput) as caught:
        Settings(hub_token="hf_secret\n")
    assert "hf_secret" not in str(caught.value)
