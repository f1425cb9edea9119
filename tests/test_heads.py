"""Which heads matter: each muted for real, and the slope by small steps."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.heads import estimated, importance
from core.journey import walk
from core.surgery import Row, Surgery
from tests.glass import marks, net, picture
from tests.vits import KINDS, make, outputs, shown, twin

CHANGED = Surgery(((1, 1),), (3, 9), (Row(1, 0, 2, ((8, 0.5),)),), 0.7, "shuffled", 2)


@pytest.fixture(params=KINDS)
def of(request):
    return make(request.param)


@pytest.mark.parametrize("surgery", [Surgery(), CHANGED], ids=["whole", "changed"])
def test_importance_is_what_a_class_loses_without_the_head(of, surgery):
    before = marks(of)
    found = importance(of, shown(of), 4, surgery)
    whole = walk(of, shown(of), surgery).logits[4]
    for layer in range(3):
        for head in range(2):
            without = replace(surgery, muted=(*surgery.muted, (layer, head)))
            lost = whole - walk(of, shown(of), without).logits[4]
            assert found[layer, head] == pytest.approx(lost, abs=2e-5)
    assert np.abs(found).max() > 1e-2 and marks(of) == before
    if surgery.muted:
        assert abs(found[1, 1]) < 1e-5  # it was silent already


def test_the_estimate_is_the_slope_at_the_whole_head(of):
    before = marks(of)
    found = estimated(of, shown(of), 4)
    assert marks(of) == before
    for layer in range(3):
        for head in range(2):
            logits = []
            for factor in (0.99, 1.01):
                changed = twin(of)
                outputs(changed)[layer].data[:, head * 8 : head * 8 + 8] *= factor
                logits.append(walk(changed, shown(of)).logits[4])
            assert found[layer, head] == pytest.approx((logits[1] - logits[0]) / 0.02, abs=5e-3)


def test_a_frozen_net_has_estimates_too_and_classes_are_checked():
    of = net("vit")
    wanted = estimated(of, picture(), 4)
    for weights in of.model.parameters():
        weights.requires_grad_(False)
    assert np.array_equal(estimated(of, picture(), 4), wanted)
    for way in (importance, estimated):
        with torch.inference_mode():
            assert way(of, picture(), 4).shape == (3, 2)
        with pytest.raises(ValueError, match="class 10 is unknown"):
            way(of, picture(), 10)
        with pytest.raises(ValueError, match="is no Vision Transformer"):
            way(net("cnn"), picture(), 1)
