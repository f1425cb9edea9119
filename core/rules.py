"""Settings of the optimisers' update rules; each docstring is the rule."""

from typing import Any, Literal

from models.knobs import Knobs, knob

LR_HELP = "How far each step goes along the gradient."
DECAY_HELP = "L2: pulls every weight towards zero at each step."


def _lr(default: float) -> Any:
    return knob(default, LR_HELP, ge=1e-6, le=10, log=True)


def _decay(default: float = 0.0) -> Any:
    return knob(default, DECAY_HELP, ge=0, le=1, log=True)


class SGDConfig(Knobs):
    """θ ← θ − η·g"""

    name: Literal["sgd"] = "sgd"
    lr: float = _lr(0.1)
    weight_decay: float = _decay()


class MomentumConfig(Knobs):
    """v ← μ·v + g, θ ← θ − η·v"""

    name: Literal["momentum"] = "momentum"
    lr: float = _lr(0.05)
    momentum: float = knob(0.9, "Share of the last step kept.", ge=0, le=0.999, step=0.01)
    weight_decay: float = _decay()


class NesterovConfig(MomentumConfig):
    """Momentum with the gradient taken one step ahead."""

    name: Literal["nesterov"] = "nesterov"  # type: ignore[assignment]


class AdagradConfig(Knobs):
    """θ ← θ − η·g / √Σg²"""

    name: Literal["adagrad"] = "adagrad"
    lr: float = _lr(0.02)
    weight_decay: float = _decay()


class AdadeltaConfig(Knobs):
    """Steps scaled by the running size of past steps over that of past gradients."""

    name: Literal["adadelta"] = "adadelta"
    lr: float = _lr(1.0)
    rho: float = knob(0.9, "Share of the running averages kept.", ge=0, le=0.999, step=0.01)
    weight_decay: float = _decay()


class RMSpropConfig(Knobs):
    """θ ← θ − η·g / √E[g²]"""

    name: Literal["rmsprop"] = "rmsprop"
    lr: float = _lr(1e-3)
    alpha: float = knob(0.99, "Share of the running square kept.", ge=0, le=0.9999, step=0.01)
    momentum: float = knob(0.0, "Share of the last step kept.", ge=0, le=0.999, step=0.01)
    weight_decay: float = _decay()


class AdamConfig(Knobs):
    """θ ← θ − η·m̂ / (√v̂ + ε)"""

    name: Literal["adam"] = "adam"
    lr: float = _lr(2e-3)
    beta1: float = knob(0.9, "Share of the running mean kept.", ge=0, le=0.999, step=0.01)
    beta2: float = knob(
        0.999, "Share of the running square kept.", ge=0, le=0.9999, step=0.001, advanced=True
    )
    weight_decay: float = _decay()


class AdamWConfig(AdamConfig):
    """Adam with the weight decay apart from the gradient."""

    name: Literal["adamw"] = "adamw"  # type: ignore[assignment]
    weight_decay: float = _decay(0.01)


class NAdamConfig(AdamConfig):
    """Adam with Nesterov's look ahead."""

    name: Literal["nadam"] = "nadam"  # type: ignore[assignment]


class RAdamConfig(AdamConfig):
    """Adam that waits until its running square can be trusted."""

    name: Literal["radam"] = "radam"  # type: ignore[assignment]


class AdamaxConfig(AdamConfig):
    """Adam with the largest past gradient in place of the running square."""

    name: Literal["adamax"] = "adamax"  # type: ignore[assignment]
    lr: float = _lr(4e-3)


class MuonConfig(Knobs):
    """Momentum whose matrix is made orthogonal by five Newton–Schulz steps."""

    name: Literal["muon"] = "muon"
    lr: float = _lr(0.02)
    momentum: float = knob(0.95, "Share of the last step kept.", ge=0, le=0.999, step=0.01)
    weight_decay: float = _decay(0.01)
