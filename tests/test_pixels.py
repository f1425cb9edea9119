"""Explanations by pixels against plain ones: differences, sums along a path, windows one by one."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from core import pixels, probe
from tests.glass import SMALL, net, picture


def logit(of, x, index=4):
    with torch.no_grad():
        return of.model(x)[0, index].item()


@pytest.mark.parametrize("kind", SMALL)
def test_saliency_is_the_slope_that_small_steps_feel(kind):
    of = net(kind, channels=3)
    of.model.double()
    of.normalise = lambda x: (x.double() / 255 - 0.2) / 0.3
    shown = picture(3)
    found = pixels.saliency(of, shown, 4)
    x = of.normalise(torch.from_numpy(shown)[None])
    for place in [(0, 0), (13, 9), (27, 27), (5, 20)]:
        slopes = []
        for colour in range(3):
            step = torch.zeros_like(x)
            step[0, colour, *place] = 1e-5
            slopes.append((logit(of, x + step) - logit(of, x - step)) / 2e-5)
        assert found[place] == pytest.approx(np.abs(slopes).max(), rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize("ground", ["mean", "black"])
def test_integrated_gradients_are_the_path_walked_step_by_step(kind, ground):
    of, shown = net(kind), picture()
    found = pixels.integrated(of, shown, 4, ground, steps=12)
    x = of.normalise(torch.from_numpy(shown)[None])
    start = torch.zeros_like(x) if ground == "mean" else torch.full_like(x, -0.2 / 0.3)
    total = torch.zeros_like(x)
    for k in range(12):
        at = (start + (k + 0.5) / 12 * (x - start)).requires_grad_()
        of.model(at)[0, 4].backward()
        total += at.grad / 12
    expected = ((x - start) * total).sum(1)[0].numpy()
    assert np.abs(found - expected).max() < 1e-5


@pytest.mark.parametrize("kind", ["vit", "lstm"])
def test_integrated_gradients_add_up_to_what_the_picture_changed(kind):
    of, shown = net(kind), picture()
    x = of.normalise(torch.from_numpy(shown)[None])
    changed = logit(of, x) - logit(of, torch.zeros_like(x))
    assert pixels.integrated(of, shown, 4, steps=1500).sum() == pytest.approx(changed, abs=2e-3)


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize(("side", "step"), [(6, 6), (5, 3), (28, 1)])
def test_occlusion_is_window_after_window(kind, side, step):
    of, shown = net(kind), picture()
    x = of.normalise(torch.from_numpy(shown)[None])
    whole, lost, covered = logit(of, x), np.zeros((28, 28)), np.zeros((28, 28))
    tops = [*range(0, 28 - side, step), 28 - side]
    for top in tops:
        for left in tops:
            hidden = x.clone()
            hidden[:, :, top : top + side, left : left + side] = 0
            place = slice(top, top + side), slice(left, left + side)
            lost[place] += whole - logit(of, hidden)
            covered[place] += 1
    assert covered.min() > 0
    assert np.abs(pixels.occlusion(of, shown, 4, side, step) - lost / covered).max() < 1e-5


def test_windows_that_do_not_fit_are_refused():
    for side, step in ((29, 1), (4, 5), (4, 0)):
        with pytest.raises(ValueError, match=f"window of {side} pixels in steps of {step}"):
            pixels.occlusion(net("mlp"), picture(), 1, side, step)


def test_many_pictures_go_through_in_pieces_with_the_same_answers(monkeypatch):
    of = net("cnn")
    x = torch.cat([probe.given(of, picture(seed=seed)) for seed in range(7)])
    whole, slope = probe.logits(of, x), probe.slopes(of, x, 3)
    monkeypatch.setattr(probe, "PIXELS", 2 * 28 * 28)
    monkeypatch.setattr(probe, "LEARNING", 1)
    assert torch.allclose(probe.logits(of, x), whole, atol=1e-5)
    assert torch.allclose(probe.slopes(of, x, 3), slope, atol=1e-5)


def test_a_net_that_is_asked_twice_is_explained_by_both_looks():
    plain, both = net("mlp"), net("mlp", mirror=True)
    mirrored = np.ascontiguousarray(picture()[:, :, ::-1])
    parts = pixels.integrated(plain, picture(), 4), pixels.integrated(plain, mirrored, 4)
    expected = (parts[0] + parts[1][:, ::-1]) / 2
    assert np.abs(pixels.integrated(both, picture(), 4) - expected).max() < 1e-5


def test_out_of_focus_is_pillows_blur_in_the_middle():
    shown = picture(1, 64)
    ours = pixels.blurred(torch.from_numpy(shown)[None].float(), 3.0)[0, 0].numpy()
    theirs = np.asarray(Image.fromarray(shown[0]).filter(ImageFilter.GaussianBlur(3)), dtype=float)
    assert np.abs(ours - theirs)[12:-12, 12:-12].max() < 3
