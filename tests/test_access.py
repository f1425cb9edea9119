"""Who may do what: everything on a laptop, only the owner's own in a class."""

from dataclasses import dataclass

import pytest

from core.access import ACTING, LOOKING, may, mode


@dataclass
class Run:
    owner: str = "anna"


@pytest.mark.parametrize("action", sorted(LOOKING | ACTING))
@pytest.mark.parametrize("visitor", ["anna", "ben", ""])
def test_on_a_laptop_everybody_may_do_everything(visitor: str, action: str) -> None:
    assert may(visitor, action, Run())


@pytest.mark.parametrize("action", sorted(LOOKING | ACTING))
@pytest.mark.parametrize(
    ("visitor", "owner", "acts"),
    [
        ("anna", "anna", True),
        ("ben", "anna", False),
        ("", "anna", False),
        ("anna", "", False),
        ("", "", False),  # nobody is not the owner of what nobody owns
    ],
)
def test_in_a_class_all_look_and_the_owner_acts(
    visitor: str, owner: str, acts: bool, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_MODE", "class")
    assert may(visitor, action, Run(owner)) == (acts or action in LOOKING)


def test_unknown_actions_and_modes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="'fly' is not something one does with a run"):
        may("anna", "fly", Run())
    monkeypatch.setenv("PLAYGROUND_MODE", "zoo")
    with pytest.raises(ValueError, match="PLAYGROUND_MODE 'zoo' is not a mode: use laptop"):
        mode()
    with pytest.raises(ValueError, match="PLAYGROUND_MODE"):
        may("anna", "command", Run())
