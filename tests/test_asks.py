"""What pages leave to be asked: under names of its own, for as long as it is looked at."""

import json

import pytest

from core.asks import ASKS, LONGEST, Asks


def upper(question: str) -> object:
    return question.upper()


def lower(question: str) -> object:
    return question.lower()


def test_an_answer_is_found_by_its_name_only() -> None:
    asks = Asks()
    one, two = asks.leave(upper), asks.leave(lower)
    assert len({one, two}) == 2 and min(len(one), len(two)) > 20
    assert (asks.ask(one, "Ab"), asks.ask(two, "Ab")) == ("AB", "ab")
    for unknown in ("", "x", one[:-1]):
        with pytest.raises(LookupError):
            asks.ask(unknown, "Ab")


def test_an_answer_takes_the_place_of_another() -> None:
    asks = Asks()
    before = asks.leave(upper)
    now = asks.leave(lower, before)
    assert now == before and asks.ask(now, "Ab") == "ab"


def test_nobody_chooses_the_name_under_which_an_answer_is_kept() -> None:
    asks = Asks()
    name = asks.leave(upper, "chosen")
    assert name != "chosen" and asks.ask(name, "Ab") == "AB"
    with pytest.raises(LookupError):
        asks.ask("chosen", "Ab")


def test_the_one_asked_longest_ago_is_forgotten_first() -> None:
    asks = Asks(most=2)
    first, second = asks.leave(upper), asks.leave(upper)
    asks.ask(first, "")
    asks.leave(upper)
    assert asks.ask(first, "again") == "AGAIN"
    with pytest.raises(LookupError):
        asks.ask(second, "")


def test_an_answer_goes_with_the_session_that_holds_it() -> None:
    asks = Asks()
    picture = {"large": True}

    def answer(question: str) -> object:
        return picture

    held = {"vit.asked": answer}
    name = asks.leave(answer)
    del answer
    assert asks.ask(name, "") is picture
    held.clear()
    with pytest.raises(LookupError):
        asks.ask(name, "")


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
