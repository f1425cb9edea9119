"""The ViT page on a first visit: the nets that came along, in a home without their pictures."""

import pytest

from tests.stage import element, page, sound


@pytest.mark.parametrize(("net", "count"), [("mnist-vit", 200), ("cifar10-vit", 40)])
def test_layers_are_compared_over_pictures_at_hand(tmp_path, monkeypatch, net, count):
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "empty"))
    at = sound(page("vit", net=f"zoo:{net}"))
    at.session_state["vit.open.10"] = True
    sound(at.run())
    matrix = element(at, "vit.matrix")
    assert matrix["values"]["shape"] == [len(matrix["rows"]), len(matrix["columns"])]
    assert any(f"over {count} test pictures" in caption.value for caption in at.caption)
