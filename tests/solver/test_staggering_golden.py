"""The program's text, family by family, against the reviewed goldens."""

import pytest

from solver.staggering.programs import families, model
from tests.golden.staggering_lp import CASES, FOLDER, golden_text


@pytest.mark.parametrize("family", sorted(CASES))
def test_program_reads_as_its_golden(family: str) -> None:
    golden = (FOLDER / f"staggering_{family}.lp").read_text(encoding="utf-8")
    assert golden_text(family) == golden
    assert f" {family}(0): " in golden


def test_every_family_of_constraints_has_a_golden() -> None:
    adders = [name for module in (model, families) for name in vars(module)]
    named = {name.removeprefix("add_") for name in adders if name.startswith("add_")}
    assert named == set(CASES)
    assert {f"staggering_{name}.lp" for name in CASES} == {p.name for p in FOLDER.glob("*.lp")}
