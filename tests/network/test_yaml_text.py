"""YAML texts: what is refused although YAML allows it, and where it stands."""

import pytest
import yaml

from network.base.yaml_text import MAX_DEPTH, parse_yaml


def test_plain_yaml_gives_plain_values():
    assert parse_yaml('a: {b: [1, "x", 2.5]}\nc: 2024-05-15\n')["a"] == {"b": [1, "x", 2.5]}
    assert parse_yaml("") is None


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("a: &x [1]\nb: *x\n", "alias", 2),
        ("plan: {}\nname: x\nplan: {slot_min: 30}\n", "plan twice", 3),
        ("a:\n  b: 1\n  b: 2\n", "b twice", 3),
        ("a: 1\nb: " + "[" * 5000 + "]" * 5000, "levels of nesting", 2),
        ("a: 1\nb: x\x00y\n", "does not allow", 2),
    ],
)
def test_what_hides_multiplies_or_nests_without_end_is_refused_with_its_line(text, problem, line):
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        parse_yaml(text)
    assert problem in caught.value.problem
    assert caught.value.problem_mark.line + 1 == line


def test_nesting_up_to_the_limit_is_read():
    value = parse_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    for _ in range(MAX_DEPTH - 1):
        (value,) = value
    assert value == []
    with pytest.raises(yaml.MarkedYAMLError):
        parse_yaml("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
