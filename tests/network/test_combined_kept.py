"""What is made once of parts of a network, and when it is made again."""

from network.base.kept import Kept


class Part:
    """Something that is equal to others of its kind and still another."""

    def __eq__(self, other):
        return isinstance(other, Part)

    __hash__ = None


def test_a_thing_is_made_once_of_the_same_parts_and_equal_values():
    kept, part, made = Kept(4), Part(), []

    def make():
        made.append(len(made))
        return made[-1]

    assert kept.find((part,), make) == kept.find((part,), make) == 0
    assert kept.find((part,), make, values=("a", 1)) == 1
    assert kept.find((part,), make, values=("a", 1)) == 1
    # Another part, though equal.
    assert kept.find((Part(),), make) == 2
    assert made == [0, 1, 2]


def test_the_longest_unused_goes_first():
    kept, a, b, c = Kept(2), Part(), Part(), Part()
    for part, name in ((a, "a"), (b, "b"), (a, "not made"), (c, "c")):
        kept.find((part,), lambda name=name: name)
    assert kept.find((a,), lambda: "made again") == "a"
    assert kept.find((b,), lambda: "made again") == "made again"


def test_a_part_lives_as_long_as_what_was_made_of_it():
    # Were it let go, another part could come to lie at its place in memory and pass for it.
    kept = Kept(64)
    assert [kept.find((Part(),), lambda i=i: i) for i in range(50)] == list(range(50))
