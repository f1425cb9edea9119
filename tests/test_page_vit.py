"""The ViT page without a browser: ten steps, one state in the URL, operations, bad links."""

import pytest

from core import zoo
from core.data import load
from tests import walking
from tests.stage import PAGES, address, element, keys, page, sound
from tests.walking import fed, operated, told

shown, trained = walking.shown, walking.trained


def test_before_any_click_a_picture_has_walked_through_the_zoos_vit():
    at = sound(page("vit"))
    steps = [heading.value.split(" · ")[0] for heading in at.subheader]
    assert steps == [str(number) for number in range(1, 11)]
    journey = fed(at)
    assert journey["grid"] == 4 and journey["cls"] and len(journey["answers"]) == 10
    assert {answer["before"] for answer in journey["answers"]} == {None}
    assert fed(at, "chosen")["stamp"] == journey["stamp"]
    assert element(at, "vit.stage")["at"]["query"] == -1  # CLS
    assert len(at.latex) == 10 and not at.error and not at.warning
    assert address(at, "net") == "zoo:mnist-vit" and address(at, "sample").startswith("mnist-5k:")


def test_a_page_of_all_panels_is_light():
    at = sound(page("vit"))
    drawn = [e.proto for e in at.get("bidi_component")]
    panels = [proto for proto in drawn if proto.component_name.endswith("walk_part")]
    assert sum(len(proto.json) for proto in panels) < 200_000


def test_a_click_reaches_the_url_and_the_numbers_of_that_head():
    at = sound(page("vit"))
    turn = element(at, "vit.stage")["turn"]
    told(at, "stage", "at", {"query": 5, "layer": 0, "head": 1, "turn": turn})
    assert [address(at, name) for name in ("patch", "layer", "head")] == ["6", "1", "2"]
    chosen = fed(at, "chosen")
    assert (chosen["layer"], chosen["head"], chosen["query"]) == (0, 1, 6)
    assert chosen["arrays"]["q"]["shape"] == [17, 12]
    told(at, "stage", "at", {"query": 2, "layer": 0, "head": 1, "turn": "another net"})
    assert address(at, "patch") == "6"


def test_a_link_gives_back_the_exact_view():
    at = sound(page("vit"))
    sample = load("mnist-5k").test_images
    link = {"sample": f"mnist-5k:{len(sample) - 3}", "patch": "4", "layer": "1", "head": "2"}
    at = sound(page("vit", **link, op="m0.1~c5~t2~ps3", **{"class": "3", "discard": "0.5"}))
    assert element(at, "vit.stage")["at"] == {"query": 3, "layer": 0, "head": 1}
    assert fed(at)["cut"] == [5] and fed(at)["answers"][0]["before"] is not None
    how = element(at, "vit.operate")["how"]
    assert (how["muted"], how["cut"], how["temperature"]) == ([[0, 1]], [5], 6)
    assert at.selectbox(key="vit.class").value == 3
    assert element(at, "vit.follow")["discard"] == 0.5
    assert "3" in element(at, "vit.follow")["maps"][0]["title"]
    assert address(at, "op") == "m0.1~c5~t2~ps3" and address(at, "sample") == link["sample"]


def test_an_operation_changes_the_answer_the_panels_and_the_url_and_is_undone():
    at = sound(page("vit"))
    before = fed(at)
    operated(at, muted=[[1, 0], [0, 0]], cut=[3], temperature=10)
    after = fed(at)
    assert address(at, "op") == "m0.0,1.0~c3~t3.1623"
    assert after["stamp"] != before["stamp"] and after["cut"] == [3]
    assert [a["before"] for a in after["answers"]] == [b["share"] for b in before["answers"]]
    assert [a["share"] for a in after["answers"]] != [b["share"] for b in before["answers"]]
    row = {"layer": 1, "head": 1, "query": 0, "shares": [[4, 1]]}
    operated(at, rows=[row])
    assert address(at, "op") == "r1.1.0:4=1"
    operated(at)
    assert "op" not in at.query_params and fed(at)["answers"] == before["answers"]


@pytest.mark.parametrize(
    "forged", [{"muted": [[0, 9]]}, {"cut": [99]}, {"temperature": 400}, {"rows": [{"layer": 0}]}]
)
def test_a_forged_operation_is_a_sentence_or_nothing(forged):
    at = sound(page("vit"))
    before = fed(at)["answers"]
    operated(at, **forged)
    assert fed(at)["answers"] == before and len(at.warning) <= 1 and not at.error


@pytest.mark.parametrize("placed", ["removed", "shuffled"])
def test_positions_removed_or_shuffled_change_the_answer(placed):
    at = sound(page("vit"))
    before = fed(at)["answers"]
    at.session_state["vit.positions"] = placed
    sound(at.run())
    assert [a["share"] for a in fed(at)["answers"]] != [b["share"] for b in before]
    assert address(at, "op") == {"removed": "px", "shuffled": "ps0"}[placed]
    assert any("Before:" in one.value for one in at.markdown)


def test_another_moment_of_the_training_is_another_walk():
    at = sound(page("vit"))
    before = fed(at)["stamp"]
    early = sound(page("vit", when="0.5"))
    assert fed(early)["stamp"] != before and address(early, "when") == "0.5"


def test_what_takes_long_waits_until_it_is_asked_for():
    at = sound(page("vit"))
    assert element(at, "vit.film") is None and element(at, "vit.matrix") is None
    for number in (8, 10):
        at.session_state[f"vit.open.{number}"] = True
    sound(at.run())
    film = element(at, "vit.film")
    assert len(film["frames"]) == 2 and film["frames"][0] != film["frames"][1]
    assert (
        element(at, "vit.beside")["cam"]["shape"] == element(at, "vit.beside")["boxes"]["shape"][:2]
    )
    matrix = element(at, "vit.matrix")
    assert matrix["values"]["shape"] == [len(matrix["rows"]), len(matrix["columns"])]
    assert matrix["rows"][-1] == "logits" and len(matrix["rows"]) == 4


@pytest.mark.parametrize(
    "link",
    [
        {"net": "zoo:none"},
        {"op": "x"},
        {"op": "m9.9"},
        {"patch": "999", "layer": "-1", "head": "x"},
        {"class": "77", "when": "soon", "discard": "much"},
        {"sample": "../../etc:1"},
    ],
)
def test_a_broken_link_shows_the_page_and_at_most_a_sentence(link):
    at = sound(page("vit", **link))
    assert len(at.subheader) == 10 and len(at.warning) <= 1 and not at.error


def test_a_drawing_walks_too():
    at = page("vit")
    at.session_state["vit.way"] = "draw"
    sound(at.run())
    assert not at.subheader
    at.session_state["predict.strokes"] = [{"w": 80, "p": [250, 200, 720, 200, 450, 850]}]
    sound(at.run())
    assert len(at.subheader) == 10
    other = sound(page("vit", drawn=address(at, "drawn")))
    assert fed(other) | {"moments": ""} == fed(at) | {"moments": ""}
    assert not element(other, "predict.picks")


def test_without_any_vit_the_way_to_one_is_shown(monkeypatch, tmp_path):
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "nowhere")
    at = sound(page("vit"))
    assert not at.subheader and len(at.error) == 1 and "fetch" in at.error[0].value.lower()
    assert keys(at) and (PAGES / "vit.py").exists()
