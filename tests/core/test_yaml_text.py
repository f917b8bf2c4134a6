"""YAML of others: whatever it holds, one sentence a problem with its line, in bounded time and memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dsia_gen.config.job import SCENE_LIMIT, JobConfig
from dsia_gen.config.presets import find_preset
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.strict_yaml import parse_config, read_config
from dsia_gen.core.yaml_text import DEPTH_LIMIT, YamlTextError, read_yaml
from dsia_gen.dataset.photographic import PhotographicConfig
from tests.effort import counting_calls

HEAD = "name: x\nscenes: [{config: tiny}]\n"
NINE = ",".join(["{0}"] * 9)
BOMB = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{NINE.format(f'*a{i - 1}')}]\n" for i in range(1, 12))
MERGES = "a0: &a0 {k: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [{NINE.format(f'*a{i - 1}')}]}}\n" for i in range(1, 12))
HOSTILE = {
    "a bomb of aliases": (BOMB, "more than 100,000 values, aliases expanded"),
    "a bomb of merged keys": (MERGES, "more than 100,000 values, aliases expanded"),
    "a mapping in itself": ("quality: &q {samples: *q}", "line 3: *q refers to itself"),
    "a list in itself": ("outputs: &o [*o]", "line 3: *o refers to itself"),
    "an unknown alias": ("seed: *nothing", "line 3: is not valid YAML: found undefined alias"),
    "a date for a number": ("seed: 2024-02-31", "line 3: seed: input should be a valid integer"),
    "a word tagged as a number": ("seed: !!int abc", "line 3: 'abc' is not an integer"),
    "no word tagged as a number": ("seed: !!float ''", "line 3: '' is not a number"),
    "a word tagged as a truth": ("seed: !!bool perhaps", "line 3: 'perhaps' is not true or false"),
    "a set": ("outputs: !!set {image}", "line 3: the tag '!!set' is not known"),
    "bytes": ("seed: !!binary abc", "line 3: the tag '!!binary' is not known"),
    "a timestamp": ("seed: !!timestamp 2024-01-01", "line 3: the tag '!!timestamp' is not known"),
    "a call": ("seed: !!python/object/apply:os.getcwd []", "line 3: the tag '!!python/object/apply:os.getcwd'"),
    "a tag of its own": ("seed: !mine 1", "line 3: the tag '!mine' is not known"),
    "a number of 200,000 digits": (f"seed: {'9' * 200_000}", "line 3: a value of 200000 characters is too long"),
    "a hexadecimal number of 50,000 digits": (f"seed: 0x{'f' * 50_000}", "line 3: a number of 50002 characters"),
    "a number in base 60": (f"seed: {'59:' * 2000}1", "line 3: a number of 6001 characters"),
    "a quoted number of 4,000 digits": (f"seed: '{'9' * 4000}'", "line 3: seed: input should be less than"),
    "a large integer": (f"seed: {2**70}", "line 3: 1180591620717411303424 is larger than any integer here"),
    "deep lists": (f"seed: {'[' * 900}{']' * 900}", f"line 3: nested more than {DEPTH_LIMIT} levels deep"),
    "deeper lists": (f"seed: {'[' * 100_000}", "line 3: "),
    "deep mappings": (f"seed: {'{a: ' * 900}{'}' * 900}", f"line 3: nested more than {DEPTH_LIMIT} levels deep"),
    "millions of values": (f"outputs: [{'a,' * 200_000}]", "line 3: more than 100,000 values"),
    "a key given twice": ("seed: 1\nseed: 2", "line 4: seed is given twice"),
    "a key that is a list": ("? [a, b]\n: 3", "line 3: is not valid YAML: while constructing a mapping found unhash"),
    "a control character": ("assets: a\x00b", "line 3: is not valid YAML: control characters are not allowed"),
    "half of a character": ("assets: a\ud800b", "line 3: holds a character that is not text"),
    "two documents": ("---\nname: y", "line 3: is not valid YAML: expected a single document"),
    "a path of 5,000 letters": (f"assets: {'a' * 5000}", "line 3: assets: a path of 5000 characters is too long"),
    "a path of a long name": (f"assets: s3://bucket/{'a' * 300}", "a name of more than 255 bytes"),
    "a path with a NUL": ('assets: "a\\0b"', "line 3: assets: must be a path, without control characters"),
    "a time limit without end": ("resources: {timeout_minutes: .inf}", "line 3: resources.timeout_minutes: input sh"),
    "a quoted NaN": ("quality: {exposure: 'nan'}", "line 3: quality.exposure: input should be a finite number"),
    "an exponent of a thousand": ("resources: {memory: 1e999}", "line 3: resources.memory: input should be a finite"),
}


CALLS = 1_000_000


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text_is_one_sentence_with_its_line_for_bounded_work_and_memory(case: str) -> None:
    text, words = HOSTILE[case]
    tracemalloc.start()
    with counting_calls() as calls, pytest.raises(ConfigError) as caught:
        parse_config(JobConfig, HEAD + text + "\n", "job.yaml")
    assert 0 < calls[0] < CALLS
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()
    (problem,) = caught.value.problems
    assert words in problem and problem.startswith("line ")
    assert "\n" not in problem and len(problem) < 400


@pytest.mark.parametrize("case", [case for case, (text, _) in HOSTILE.items() if text.startswith("seed: ")])
def test_an_override_with_such_a_value_is_one_sentence_too(case: str) -> None:
    value = HOSTILE[case][0].removeprefix("seed: ")
    with pytest.raises(ConfigError) as caught:
        parse_config(JobConfig, HEAD, "job.yaml", [f"seed={value}"])
    (problem,) = caught.value.problems
    assert "seed" in problem and len(problem) < 700 and "\n" not in problem


def test_a_job_of_300_million_scenes_is_refused_by_their_number() -> None:
    text = "name: x\nscenes:\n" + f"- {{config: tiny, count: {SCENE_LIMIT}}}\n" * 300
    with pytest.raises(ConfigError) as caught:
        parse_config(JobConfig, text, "job.yaml")
    (problem,) = caught.value.problems
    assert problem.startswith("line 2: scenes: 30,000,000 scenes are too many; ask for at most 100,000, and")
    assert len(problem) < 600


def test_what_looks_like_a_date_is_a_word() -> None:
    assert read_yaml("[2024-02-31, 2024-01-01, 2024-01-01 10:00:00, =]", 10).value == [
        "2024-02-31", "2024-01-01", "2024-01-01 10:00:00", "=",
    ]  # fmt: skip


def test_aliases_and_merged_keys_are_read_within_the_limit() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: [*a, *a]\n"
    assert read_yaml(text, 29).value == yaml.safe_load(text)
    with pytest.raises(YamlTextError, match="line 3: more than 28 values"):
        read_yaml(text, 28)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=40)
@given(plain)
def test_whatever_is_written_is_read_back_as_it_was(value: object) -> None:
    assert read_yaml(yaml.safe_dump(value), 1000).value == value


def test_a_path_that_no_file_system_takes_is_a_name_that_is_not_known(tmp_path: Path) -> None:
    for name in ("a" * 5000, "a\0b", f"{'a/' * 3000}x"):
        with pytest.raises(ConfigError, match="neither a file nor a preset") as caught:
            find_preset("scene_configs", name)
        assert len(str(caught.value)) < 700
        with pytest.raises(ConfigError, match="cannot be read"):
            read_config(JobConfig, tmp_path / f"{name}.yaml")


def test_a_list_with_a_wrong_item_is_one_sentence() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(PhotographicConfig, "stops: [.nan]\n", "photographs.yaml")
    assert caught.value.problems == ["line 1: stops.0: input should be a finite number (got nan)"]
    with pytest.raises(ConfigError, match="at least 1 item"):
        parse_config(PhotographicConfig, "stops: []\n", "photographs.yaml")


def test_a_mix_of_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(f"name: m\nmix: {{{path}: 1}}\n")
    with pytest.raises(ConfigError, match="is a mix itself"):
        load_scene_config(str(path))
