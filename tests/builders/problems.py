"""Checking what an error tells the person who has to mend the input."""

from contextlib import contextmanager

import pytest

from network.base import InputError


@contextmanager
def refused(*, file, **expected):
    """Expect an InputError whose first problem is complete; keywords are parts of its texts.

    Nothing but an InputError may escape. Yields the list of problems, filled afterwards.
    """
    problems = []
    with pytest.raises(InputError) as caught:
        yield problems
    problems.extend(caught.value.problems)
    for problem in problems:
        assert problem.file
        assert problem.found
        assert problem.expected
        assert problem.mend
    texts = [str(problem) for problem in problems]
    matching = [
        problem
        for problem in problems
        if file in problem.file
        and all(part in str(getattr(problem, name)) for name, part in expected.items())
    ]
    assert matching, f"no problem with {file}, {expected} among:\n" + "\n".join(texts)
