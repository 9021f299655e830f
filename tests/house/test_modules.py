"""Every module says what it is for, is short, has a telling name and asks nobody for the time."""

import ast
from collections.abc import Iterator

from tests.house.tree import Module, modules, product

LONGEST_MODULE = 300  # lines; a choice: what a reader holds in the head
LONGEST_FUNCTION = 40  # lines without the docstring; a choice: one screen
SAY_NOTHING = {"common", "helper", "helpers", "manager", "managers", "misc", "service", "services"}
SAY_NOTHING |= {"util", "utils"}
WITHOUT_A_CLOCK = {"deals", "workflows"}
CLOCK_READS = {"now", "today", "utcnow"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(module: Module) -> Iterator[Function]:
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def _length(function: Function) -> int:
    """Lines from `def` to the end, the docstring not counted."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        text = function.body[0]
        assert text.end_lineno is not None
        lines -= text.end_lineno - text.lineno + 1
    return lines


def _reads_the_clock(node: ast.AST) -> bool:
    """Whether it is a call like `datetime.now()`; `workflow.now()` is the engine's own time."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCK_READS
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "workflow")
    )


def test_every_module_opens_with_a_docstring() -> None:
    assert not [str(each.path) for each in modules() if not ast.get_docstring(each.tree)]


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {str(each.path): each.source.count("\n") for each in product()}
    assert not {path: length for path, length in lengths.items() if length > LONGEST_MODULE}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {
        f"{module.path}:{function.lineno} {function.name}": _length(function)
        for module in product()
        for function in _functions(module)
    }
    assert not {where: length for where, length in lengths.items() if length > LONGEST_FUNCTION}


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    assert not [
        str(each.path)
        for each in modules()
        if SAY_NOTHING & {part.removesuffix(".py") for part in each.path.parts}
    ]


def test_core_and_workflows_ask_no_clock_for_the_time() -> None:
    assert not [
        f"{module.path}:{node.lineno}"
        for module in product()
        if module.room in WITHOUT_A_CLOCK
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _reads_the_clock(node)
    ]
