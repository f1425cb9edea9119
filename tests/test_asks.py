"""What pages leave to be asked: under names of its own, for as long as it is looked at."""

import json

import pytest

from core.asks import ASKS, LONGEST, Asks


def test_an_answer_is_found_by_its_name_only() -> None:
    asks = Asks()
    upper, lower = asks.leave(str.upper), asks.leave(str.lower)
    assert len({upper, lower}) == 2 and min(len(upper), len(lower)) > 20
    assert (asks.ask(upper, "Ab"), asks.ask(lower, "Ab")) == ("AB", "ab")
    for unknown in ("", "x", upper[:-1]):
        with pytest.raises(LookupError):
            asks.ask(unknown, "Ab")


def test_an_answer_takes_the_place_of_another() -> None:
    asks = Asks()
    before = asks.leave(str.upper)
    now = asks.leave(str.lower, before)
    assert now == before and asks.ask(now, "Ab") == "ab"


def test_nobody_chooses_the_name_under_which_an_answer_is_kept() -> None:
    asks = Asks()
    name = asks.leave(str.upper, "chosen")
    assert name != "chosen" and asks.ask(name, "Ab") == "AB"
    with pytest.raises(LookupError):
        asks.ask("chosen", "Ab")


def test_the_one_asked_longest_ago_is_forgotten_first() -> None:
    asks = Asks(most=2)
    first, second = asks.leave(str), asks.leave(str)
    asks.ask(first, "")
    asks.leave(str)
    assert asks.ask(first, "again") == "again"
    with pytest.raises(LookupError):
        asks.ask(second, "")


def test_a_route_answers_in_sentences(web) -> None:
    def answer(question: str) -> object:
        told = json.loads(question)
        if told["n"] < 0:
            raise ValueError("n is negative: use 0 or more")
        return {"twice": 2 * told["n"]}

    name = ASKS.leave(answer)
    found = web.get(f"/api/ask/{name}", params={"q": '{"n": 4}'})
    assert found.json() == {"twice": 8} and found.headers["cache-control"] == "no-store"
    refused = web.get(f"/api/ask/{name}", params={"q": '{"n": -1}'})
    assert (refused.status_code, refused.json()) == (400, {"error": "n is negative: use 0 or more"})
    assert web.get(f"/api/ask/{name}", params={"q": "{"}).status_code == 400
    long = web.get(f"/api/ask/{name}", params={"q": " " * (LONGEST + 1)})
    assert long.status_code == 400 and "ask the page itself" in long.json()["error"]
    gone = web.get("/api/ask/nobody")
    assert (gone.status_code, gone.json()) == (404, {"error": "This page has moved on."})
