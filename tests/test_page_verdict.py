"""A duel's page on its way, hidden, over, in pieces; and what comes out of a grid."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import parse
from core.store import Store
from tests.ring import charts, end, hold, press, said
from tests.stage import address, page, sound
from tests.workshop import settings


@pytest.fixture
def store(fresh_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.dispose()


# A duel on its way, and over -------------------------------------------------------------------


def test_an_unknown_address_is_one_sentence_with_a_way_out(store: Store) -> None:
    at = sound(page("duel", duel="0" * 16))
    assert "There is no duel with this address" in at.error[0].value
    press(at, "Another duel")
    assert sound(at).title[0].value == "Duel" and "duel" not in at.query_params


def test_a_hidden_duel_shows_how_far_it_is_and_no_accuracy(store: Store) -> None:
    duel_id = hold(store, hidden=True, guess=0)
    first = store.duel(duel_id).runs[0]
    end(store, first, 0.9)
    at = sound(page("duel", duel=duel_id))
    assert charts(at) == 0
    assert "stay hidden until everybody has arrived" in said(at)
    frame = at.dataframe[0].value
    assert list(frame["done"]) == [100.0, 0.0, 0.0]
    assert not {"best", "test", "target"} & set(frame)
    press(at, "Show them now")
    assert charts(sound(at)) == 1 and "best" in at.dataframe[0].value
    assert not store.duel(duel_id).hidden


def test_the_end_reveals_a_hidden_duel_with_its_verdict(store: Store) -> None:
    duel_id = hold(store, hidden=True, guess=1)
    runs = store.duel(duel_id).runs
    for run_id, share in zip(runs, (0.5, 0.8, 0.95), strict=True):
        end(store, run_id, share)
    at = sound(page("duel", duel=duel_id))
    assert charts(at) == 1
    told = at.success[0].value.replace("\\", "")
    assert told.startswith("Adam wins with 95.0%, 15.0 points ahead of SGD + momentum.")
    assert told.endswith("You had bet on SGD + momentum, which came in as number 2.")
    assert "accuracy at the end on 1,000 test pictures" in said(at)
    frame = at.dataframe[0].value
    assert list(frame["name"]) == ["SGD", "SGD + momentum", "Adam"]
    assert list(frame["best"]) == [50.0, 80.0, 95.0] and "state" not in frame
    assert frame["target"].isna().tolist() == [True, True, False]
    at.slider(key="duel.accuracy").set_value(0.7).run()
    assert at.dataframe[0].value["target"].fillna(-1).tolist() == [-1, 1.0, 1.0]


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((0.950, 0.951), "Photo finish: SGD + momentum 95.1%, SGD 95.0%. On 1,000 test pictures"),
        ((0.95, 0.95), "A draw: SGD and SGD + momentum both reach 95.0%. You called it!"),
        ((0.95, None), "SGD wins with 95.0%: nobody else reached the end. You called it!"),
        ((None, 0.95), "You had bet on SGD, which did not reach the end."),
    ],
)
def test_close_finishes_and_losses_are_told(
    store: Store, shares: tuple[float | None, float | None], told: str
) -> None:
    duel_id = hold(store, 2, guess=0)
    for run_id, share in zip(store.duel(duel_id).runs, shares, strict=True):
        end(store, run_id, share, "diverged" if share is None else "finished")
    at = sound(page("duel", duel=duel_id))
    assert told in said(at)
    assert ("state" in at.dataframe[0].value) == (None in shares)


def test_removed_contestants_do_not_break_a_duel(store: Store) -> None:
    duel_id = hold(store, guess=0)
    runs = store.duel(duel_id).runs
    for run_id, share in zip(runs, (0.95, 0.8, 0.5), strict=True):
        end(store, run_id, share)
    store.delete(runs[0])
    at = sound(page("duel", duel=duel_id))
    assert "Some of these runs are in the bin" in said(at)
    assert len(at.dataframe[0].value) == 3
    store.purge(runs[0])
    at = sound(page("duel", duel=duel_id))
    assert len(at.dataframe[0].value) == 2 and "SGD + momentum wins with 80.0%" in said(at)
    assert "bet on" not in said(at)
    store.delete(runs[1])
    store.purge(runs[1])
    assert "nobody can be declared the winner" in said(sound(page("duel", duel=duel_id)))
    store.delete(runs[2])
    store.purge(runs[2])
    assert "There is no duel" in sound(page("duel", duel=duel_id)).error[0].value


def test_a_rematch_has_another_seed_and_the_same_contestants(store: Store) -> None:
    duel_id = hold(store)
    for run_id in store.duel(duel_id).runs:
        end(store, run_id, 0.9)
    at = press(page("duel", duel=duel_id), "Rematch with another seed")
    again = store.duel(address(sound(at), "duel"))
    assert again.id != duel_id
    for new, old in zip(again.runs, store.duel(duel_id).runs, strict=True):
        before = parse(store.get(old).config)
        assert parse(store.get(new).config) == before.model_copy(update={"seed": before.seed + 1})


def test_its_settings_can_be_changed_and_earlier_duels_be_opened(store: Store) -> None:
    duel_id = hold(store)
    for run_id in store.duel(duel_id).runs:
        end(store, run_id, 0.9)
    at = press(page("duel", duel=duel_id), "Change settings")
    assert sound(at).segmented_control(key="duel.count").value == 3
    assert [at.selectbox(key=f"duel.{i}.optimizer").value for i in range(3)] == [
        "sgd",
        "momentum",
        "adam",
    ]
    at.button(key=f"open.{duel_id}").click().run()
    assert address(sound(at), "duel") == duel_id


def test_stop_all_stops_those_who_still_run(store: Store) -> None:
    duel_id = hold(store)
    runs = store.duel(duel_id).runs
    end(store, runs[0], 0.9)
    press(page("duel", duel=duel_id), "Stop all")
    assert [store.get(run_id).state for run_id in runs] == ["finished", "stopped", "stopped"]


def test_one_of_another_version_is_still_shown(store: Store) -> None:
    duel_id = store.create_duel(
        [settings() | {"warp": 9}, settings() | {"warp": 10}], names=["slow", "fast"]
    )
    for run_id in store.duel(duel_id).runs:
        end(store, run_id, 0.9)
    at = sound(page("duel", duel=duel_id))
    assert list(at.dataframe[0].value["name"]) == ["slow", "fast"]
    assert "Rematch with another seed" not in [button.label for button in at.button]


def test_a_grid_comes_out_as_a_scatter_with_its_best_run(store: Store) -> None:
    configs = [
        settings(optimizer={"name": name, "lr": lr}) for name in ("sgd", "adam") for lr in (0.1, 1)
    ]
    duel_id = store.create_duel(configs, names=[""] * 4, kind="grid")
    runs = store.duel(duel_id).runs
    end(store, runs[0], 0.8)
    at = sound(page("duel", duel=duel_id))
    assert "1 of 4 done. Best so far: SGD at rate 0.1 with 80.0%." in said(at)
    for run_id, share in zip(runs[1:], (0.7, 0.9), strict=False):
        end(store, run_id, share)
    end(store, runs[3], None, "diverged")
    at = sound(page("duel", duel=duel_id))
    assert "Best in validation: Adam at rate 0.1 with 90.0%" in at.success[0].value
    assert len(at.get("plotly_chart")) == 1 and charts(at) == 0
