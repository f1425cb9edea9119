"""The parser of formulas: arithmetic and named functions come in, nothing else ever does."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.labs.expression import DEEPEST, LONGEST, MOST_NODES, REASONS, Refused, parse
from core.labs.operations import FUNCTIONS, OPERATIONS
from pages.ui.words import catalogue

ATTACKS = [
    "__import__('os').system('id')",
    "__import__",
    "x.__class__.__mro__",
    "x.real",
    "(lambda: 1)()",
    "lambda x: x",
    "[x for x in (1, 2)]",
    "{x: 1}",
    "f'{x}'",
    "'a' * 9",
    "x := 5",
    "x = 5",
    "x == y",
    "x < y",
    "x if y else z",
    "x and y",
    "not x",
    "x // y",
    "x % y",
    "x << 9",
    "x @ y",
    "~x",
    "x & y",
    "x[0]",
    "exp(*x)",
    "exp(**x)",
    "exp(x=1)",
    "exp(x)(y)",
    "exp",
    "open(x)",
    "eval(x)",
    "exec(x)",
    "getattr(x, y)",
    "print(x)",
    "import os",
    "x; y",
    "x\ny",
    "x # y",
    "x, y",
    "(x, y)",
    "True + x",
    "None",
    "1j * x",
    "0 if x else 1",
    "x ** 9 ** 9 ** 9",
    "9 ** 99 * x",
    "x ** y",
    "x ** 11",
    "x ** -11",
    "x ** 1e9",
    "1e999 * x",
    "1" * 150 + "* x",
    "1_000_000_0 * x",
    "(" * 200 + "x" + ")" * 200,
    "-" * 150 + "x",
    "+".join("x" * 75),
    "abs(" * 30 + "x" + ")" * 30,
    "a + b + c + d + e + g + h",
    "2 + 3",
    "max(x)",
    "exp()",
    "relu(x, y)",
    "await x",
    "yield x",
    "*x",
    "x.",
    "2x",
    "x y",
    "((x)",
    "x^2",
    "x\0",
    "ⅹ + 1",
    "𝐱 + 1",
    "x＋y",
    "\u202ex",
    "x_",
    "_x",
    "x__y",
    "averyverylongname",
    "",
    "   ",
    "x" * 10000,
]


@pytest.mark.parametrize("text", ATTACKS)
def test_what_is_no_arithmetic_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(Refused) as problem:
        parse(text)
    said = str(problem.value)
    assert said.endswith(".") and "\n" not in said and len(said) < 160


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x ^ 2", "caret"),
        ("x @ y", "letter"),
        ("x // y", "operator"),
        ("x ** y", "power"),
        ("x ** 11", "power"),
        ("open(x)", "unknown"),
        ("exp + x", "bare"),
        ("max(x)", "arity"),
        ("exp(*x)", "part"),
        ("1e999 * x", "number"),
        ("1j * x", "number"),
        ("x.real", "part"),
        ("x__y", "name"),
        ("2x", "broken"),
        ("1 + 2", "nameless"),
        ("a+b+c+d+e+g+h", "names"),
        ("abs(" * 30 + "x" + ")" * 30, "deep"),
        ("+".join(["x"] * 22) + "+" + "*".join(["x"] * 22), "large"),
        ("x" * (LONGEST + 1), "long"),
        ("", "empty"),
    ],
)
def test_the_sentence_names_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(Refused) as problem:
        parse(text)
    assert problem.value.reason == reason


@pytest.mark.parametrize("reason", REASONS)
def test_every_refusal_is_said_in_both_languages_and_in_english_as_the_parser_says_it(
    reason: str,
) -> None:
    entry = catalogue()[f"lab.autograd.refused.{reason}"]
    assert entry["en"] == REASONS[reason] and entry["ko"] != entry["en"]


@given(st.text(max_size=200))
@example("x" + "**2" * 40)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        formula = parse(text)
    except Refused:
        return
    assert 1 <= len(formula.nodes) <= MOST_NODES


PIECES = st.sampled_from(
    [*"xyzab0123456789+-*/().,", "**", "exp(", "log(", "max(", "1e3", " ", "__", "lambda ", "(("]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_anything_like_a_formula_is_read_or_refused(text: str) -> None:
    try:
        formula = parse(text)
    except Refused:
        return
    for node in formula.nodes:
        assert node.kind in ("name", "number") or node.kind in OPERATIONS
        assert node.kind != "name" or set(node.label) <= set(string.ascii_letters + "_0123456789")


def formulas() -> st.SearchStrategy[str]:
    """Formulas that have to be read."""
    leaves = st.sampled_from(["x", "y", "w1", "2", "0.5", "3.25"])

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        one = st.tuples(
            st.sampled_from([name for name in FUNCTIONS if FUNCTIONS[name].arity == 1]), inner
        ).map(lambda part: f"{part[0]}({part[1]})")
        two = st.tuples(inner, st.sampled_from("+-*/"), inner).map(
            lambda part: f"({part[0]}) {part[1]} ({part[2]})"
        )
        more = st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(
            lambda part: f"{part[0]}({part[1]}, {part[2]})"
        )
        power = st.tuples(inner, st.sampled_from(["2", "3", "-1", "0.5"])).map(
            lambda part: f"({part[0]}) ** {part[1]}"
        )
        return one | two | more | power | inner.map(lambda part: f"-({part})")

    grown_up = st.recursive(leaves, grown, max_leaves=6)
    return grown_up.map(lambda text: f"x + {text}").filter(lambda text: len(text) <= LONGEST)


@given(formulas())
def test_what_is_written_again_as_code_is_the_same_formula(text: str) -> None:
    formula = parse(text)
    again = formula.code().replace("torch.tensor(", "(").replace("torch.", "")
    again = again.replace("maximum", "max").replace("minimum", "min")
    assert len(again) > LONGEST or parse(again).nodes == formula.nodes
    assert formula.latex().count("{") == formula.latex().count("}")


def test_depth_is_counted_exactly() -> None:
    held = "abs(" * (DEEPEST - 1) + "-x" + ")" * (DEEPEST - 1)
    assert len(parse(held).nodes) == DEEPEST + 1
    with pytest.raises(Refused, match="nested"):
        parse(f"abs({held})")
