"""YAML texts, read with less than YAML allows: no aliases, no key twice, no deep nesting.

A few lines of aliases can stand for billions of values, a key written twice hides what was
written first, and thousands of nested brackets exhaust the interpreter's stack.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.reader import ReaderError

MAX_DEPTH = 40
"""Levels of nesting; files of this project have fewer than ten."""


def parse_yaml(text: str) -> object:
    """Return what a YAML text says, made of plain values.

    Raises
    ------
    yaml.YAMLError
        If it is no YAML, has an alias, a key twice in one mapping, or more than
        ``MAX_DEPTH`` levels; ``problem`` says what and ``problem_mark`` where.
    """
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except ReaderError as error:
        line = text.count("\n", 0, error.position)
        raise yaml.MarkedYAMLError(
            problem=f"a character that YAML does not allow ({error.character!r})",
            problem_mark=yaml.Mark("", error.position, line, 0, "", 0),
        ) from None


class _PlainLoader(yaml.SafeLoader):
    """The safe loader, more strict."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - as in its base
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _marked(f"an alias, *{event.anchor}; write the value out", event.start_mark)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _marked(f"more than {MAX_DEPTH} levels of nesting", event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise _marked(f"the key {key.value} twice", key.start_mark)
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def _marked(problem: str, mark: Any) -> yaml.MarkedYAMLError:  # noqa: ANN401
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
