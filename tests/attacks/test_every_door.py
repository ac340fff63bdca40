"""The same attacks at every door: whether each of this folder was decided on."""

import ast
from pathlib import Path

from tests.attacks.table import BESIDE, TABLE

HERE = Path(__file__).parent


def attacks_of(file: str) -> set[str]:
    """Return the names of the tests of a file."""
    tree = ast.parse((HERE / f"test_{file}.py").read_text())
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    return {
        each.name.removeprefix("test_")
        for each in functions
        if each.name.startswith("test_")
    }


def test_each_file_of_attacks_is_in_the_table_or_says_why_not() -> None:
    files = {path.stem.removeprefix("test_") for path in HERE.glob("test_*.py")}

    assert files - {"every_door"} == TABLE.keys() | BESIDE.keys()
    assert TABLE.keys().isdisjoint(BESIDE)


def test_what_is_no_row_of_a_file_in_the_table_is_a_test_of_it() -> None:
    for file, besides in TABLE.items():
        assert besides.keys() < attacks_of(file), file
