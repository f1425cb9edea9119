"""The menu of optimisers: name → OptimizerSpec. A new one is a config in rules.py and one entry."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from core.muon import muon_with_adamw
from core.rules import (
    AdadeltaConfig,
    AdagradConfig,
    AdamaxConfig,
    AdamConfig,
    AdamWConfig,
    MomentumConfig,
    MuonConfig,
    NAdamConfig,
    NesterovConfig,
    RAdamConfig,
    RMSpropConfig,
    SGDConfig,
)
from models.knobs import Knobs

Params = Iterable[nn.Parameter]
Optimizers = tuple[torch.optim.Optimizer, ...]


def _betas(config: Any) -> dict[str, Any]:
    return {
        "lr": config.lr,
        "betas": (config.beta1, config.beta2),
        "weight_decay": config.weight_decay,
    }


@dataclass(frozen=True)
class OptimizerSpec:
    """One line of the menu: `build(parameters, config)` gives torch optimisers that step as one.

    Nearly always one; Muon is for matrices only and brings AdamW along for the rest.
    """

    label: str
    config: type[Knobs]
    build: Callable[[Params, Any], Optimizers]
    theory: str
    paper: str


def _sgd(params: Params, config: Any) -> Optimizers:
    settings = {"lr": config.lr, "weight_decay": config.weight_decay, "fused": True}
    return (torch.optim.SGD(params, **settings),)


def _momentum(params: Params, config: Any) -> Optimizers:
    return (
        torch.optim.SGD(
            params,
            lr=config.lr,
            momentum=config.momentum,
            nesterov=config.name == "nesterov" and config.momentum > 0,
            weight_decay=config.weight_decay,
            fused=True,
        ),
    )


def _adagrad(params: Params, config: Any) -> Optimizers:
    return (torch.optim.Adagrad(params, lr=config.lr, weight_decay=config.weight_decay),)


def _adadelta(params: Params, config: Any) -> Optimizers:
    settings = {"lr": config.lr, "rho": config.rho, "weight_decay": config.weight_decay}
    return (torch.optim.Adadelta(params, **settings),)


def _rmsprop(params: Params, config: Any) -> Optimizers:
    return (
        torch.optim.RMSprop(
            params,
            lr=config.lr,
            alpha=config.alpha,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
        ),
    )


OPTIMIZERS: dict[str, OptimizerSpec] = {
    "sgd": OptimizerSpec(
        "SGD",
        SGDConfig,
        _sgd,
        "One step straight down the gradient of a random batch.",
        "Robbins & Monro 1951, A stochastic approximation method",
    ),
    "momentum": OptimizerSpec(
        "SGD + momentum",
        MomentumConfig,
        _momentum,
        "A heavy ball: past steps carry on, so ravines are crossed faster.",
        "Polyak 1964, Some methods of speeding up the convergence of iteration methods",
    ),
    "nesterov": OptimizerSpec(
        "Nesterov",
        NesterovConfig,
        _momentum,
        "Momentum that looks where the ball is about to be.",
        "Nesterov 1983; Sutskever et al. 2013, On the importance of initialization and momentum",
    ),
    "adagrad": OptimizerSpec(
        "Adagrad",
        AdagradConfig,
        _adagrad,
        "Every weight has its own rate, which shrinks with all gradients it has seen.",
        "Duchi, Hazan & Singer 2011, Adaptive subgradient methods",
    ),
    "adadelta": OptimizerSpec(
        "Adadelta",
        AdadeltaConfig,
        _adadelta,
        "Adagrad with a fading memory, and steps in the units of the weights.",
        "Zeiler 2012, arXiv 1212.5701",
    ),
    "rmsprop": OptimizerSpec(
        "RMSprop",
        RMSpropConfig,
        _rmsprop,
        "Divides each gradient by its own recent size.",
        "Hinton 2012, Neural networks for machine learning, lecture 6e",
    ),
    "adam": OptimizerSpec(
        "Adam",
        AdamConfig,
        lambda params, config: (torch.optim.Adam(params, **_betas(config), fused=True),),
        "Momentum on top of RMSprop, both corrected for their start at zero.",
        "Kingma & Ba 2014, arXiv 1412.6980",
    ),
    "adamw": OptimizerSpec(
        "AdamW",
        AdamWConfig,
        lambda params, config: (torch.optim.AdamW(params, **_betas(config), fused=True),),
        "Adam whose weight decay is not divided by the gradient's size.",
        "Loshchilov & Hutter 2017, arXiv 1711.05101",
    ),
    "nadam": OptimizerSpec(
        "NAdam",
        NAdamConfig,
        lambda params, config: (torch.optim.NAdam(params, **_betas(config)),),
        "Adam with Nesterov's look ahead.",
        "Dozat 2016, Incorporating Nesterov momentum into Adam",
    ),
    "radam": OptimizerSpec(
        "RAdam",
        RAdamConfig,
        lambda params, config: (torch.optim.RAdam(params, **_betas(config)),),
        "Adam that begins as momentum until its running square can be trusted.",
        "Liu et al. 2019, arXiv 1908.03265",
    ),
    "adamax": OptimizerSpec(
        "Adamax",
        AdamaxConfig,
        lambda params, config: (torch.optim.Adamax(params, **_betas(config)),),
        "Adam that divides by the largest recent gradient.",
        "Kingma & Ba 2014, arXiv 1412.6980, section 7",
    ),
    "muon": OptimizerSpec(
        "Muon",
        MuonConfig,
        muon_with_adamw,
        "Turns each matrix of steps into an orthogonal one: all directions move alike.",
        "Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks",
    ),
}


def optimizers_for(model: nn.Module, config: Any) -> Optimizers:
    """The optimisers of a net: for all that learns, or one after the other for each of its groups.

    A model may have a method `groups`: shares of the learning rate, each with its parameters.
    Parameters that ask for no gradient are in none of them.
    """
    groups = getattr(model, "groups", None)
    parts = [(1.0, list(model.parameters()))] if groups is None else groups()
    made: list[torch.optim.Optimizer] = []
    for share, params in parts:
        own = config if share == 1 else config.model_copy(update={"lr": config.lr * share})
        made += OPTIMIZERS[config.name].build([p for p in params if p.requires_grad], own)
    return tuple(bare(optimizer) for optimizer in made)


def bare(optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
    """The same optimiser without what torch wraps round a step for its profiler and compiler.

    On a thin net that wrapping is a good part of a step: `python -m core bench training` holds the
    worker against a loop that has it. Hooks on a step are not called.
    """
    rule = inspect.unwrap(type(optimizer).step)
    optimizer.step = torch.no_grad()(partial(rule, optimizer))  # type: ignore[method-assign]
    return optimizer
