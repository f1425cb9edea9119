"""The fault clinic's table: name → Fault. A new one is an entry here and its words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import nn

from core import plants, symptoms
from core.config import DataConfig, RunConfig
from core.rules import AdamConfig, AdamWConfig, MomentumConfig, SGDConfig
from core.schedules import ConstantConfig
from core.symptoms import Sign
from models import CNNConfig, MLPConfig, ViTConfig

if TYPE_CHECKING:
    from core.training import Run


@dataclass(frozen=True)
class Fault:
    """A bug that can be planted into a run.

    bad and good are the lines of PyTorch with and without it; config is what it is shown on; sign
    is what it does to the run's numbers; net and run put it in, where it belongs to the one or the
    other; lab is the one of the labs that teaches the idea behind it.
    """

    bad: str
    good: str
    config: RunConfig
    sign: Sign
    net: Callable[[nn.Module], None] | None = None
    run: Callable[["Run"], None] | None = None
    lab: str = ""


def _of(model: Any, optimizer: Any, epochs: int, *, limit: int = 0) -> RunConfig:
    """A small run in exact arithmetic, so that a symptom is nobody else's."""
    return RunConfig(
        data=DataConfig(limit=limit),
        model=model,
        optimizer=optimizer,
        schedule=ConstantConfig(),
        epochs=epochs,
        batch=64,
        precision="fp32",
    )


PLAIN = MLPConfig(widths=(128,), dropout=0.0, norm=False)
SOFT = MLPConfig(widths=(128,), dropout=0.0, norm=False, activation="sigmoid")
ADAM = AdamConfig(lr=2e-3)
BY_SGD = _of(PLAIN, SGDConfig(lr=0.1), 10)
BY_ADAM = _of(PLAIN, AdamConfig(lr=1e-3), 10)
TOKENS = ViTConfig(patch=7, width=32, depth=2, heads=4, pooling="cls")
BROAD = ViTConfig(patch=14, width=64, depth=1, heads=4, pooling="cls", dropout=0.4)
HEADS = ViTConfig(patch=7, width=96, depth=1, heads=16, pooling="cls")

FAULTS: dict[str, Fault] = {
    "no_zero_grad": Fault(
        bad="loss.backward()\noptimizer.step()",
        good="optimizer.zero_grad()\nloss.backward()\noptimizer.step()",
        config=BY_SGD,
        sign=Sign(symptoms.growth, 4),
        run=plants.piled_up,
        lab="autograd",
    ),
    "no_shuffle": Fault(
        bad="loader = DataLoader(train, batch_size=64)",
        good="loader = DataLoader(train, batch_size=64, shuffle=True)",
        config=BY_SGD,
        sign=Sign(symptoms.swing, 0.5),
        run=plants.in_order,
        lab="loading",
    ),
    "no_eval": Fault(
        bad="with torch.no_grad():\n    logits = model(pictures)",
        good="model.eval()\nwith torch.no_grad():\n    logits = model(pictures)",
        config=_of(MLPConfig(widths=(128,), dropout=0.8, norm=False), ADAM, 10),
        sign=Sign(symptoms.train_over_validation, 0.2, above=False),
        run=plants.awake,
        lab="modules",
    ),
    "double_softmax": Fault(
        bad="probabilities = model(x).softmax(1)\nloss = F.cross_entropy(probabilities, y)",
        good="logits = model(x)\nloss = F.cross_entropy(logits, y)",
        config=BY_SGD,
        sign=Sign(symptoms.least_loss, 1.46),
        net=plants.softmax_twice,
        lab="activations",
    ),
    "raw_pixels": Fault(
        bad="x = pictures.float()",
        good="x = (pictures.float() / 255 - mean) / std",
        config=BY_ADAM,
        sign=Sign(symptoms.first_loss, 20),
        run=plants.raw,
        lab="loading",
    ),
    "rate_100": Fault(
        bad="optimizer = torch.optim.Adam(model.parameters(), lr=0.1)",
        good="optimizer = torch.optim.Adam(model.parameters(), lr=0.001)",
        config=BY_ADAM,
        sign=Sign(symptoms.longest_step, 0.5, share=True),
        run=plants.hundredfold,
        lab="regression",
    ),
    "leak": Fault(
        bad="order = torch.randperm(n)\ntrain, held = order[:500], order[:400]",
        good="order = torch.randperm(n)\ntrain, held = order[400:900], order[:400]",
        config=_of(PLAIN, ADAM, 30, limit=500),
        sign=Sign(symptoms.validation_over_test, 0.05, share=True),
        run=plants.leaked,
        lab="loading",
    ),
    "dead_relu": Fault(
        bad="nn.init.constant_(layer.bias, -10.0)",
        good="nn.init.zeros_(layer.bias)",
        config=BY_SGD,
        sign=Sign(symptoms.silent, 0.99, share=True),
        net=plants.dead_relu,
        lab="activations",
    ),
    "zero_init": Fault(
        bad="nn.init.zeros_(layer.weight)",
        good="nn.init.kaiming_normal_(layer.weight)",
        config=_of(SOFT, AdamConfig(lr=5e-3), 10),
        sign=Sign(symptoms.end_loss, 1.2),
        net=plants.zeros,
        lab="modules",
    ),
    "dropout_kept": Fault(
        bad="nn.Dropout(0.9)  # keep 90 %",
        good="nn.Dropout(0.1)  # drop 10 %",
        config=_of(MLPConfig(widths=(128,), dropout=0.1, norm=False), ADAM, 10),
        sign=Sign(symptoms.train_over_validation, 0.3),
        net=plants.share_kept,
        lab="regularisation",
    ),
    "dropout2d": Fault(
        bad="self.dropout = nn.Dropout2d(0.4)  # tokens: (b, n, d)",
        good="self.dropout = nn.Dropout(0.4)  # tokens: (b, n, d)",
        config=_of(BROAD, AdamWConfig(lr=3e-3), 4),
        sign=Sign(symptoms.train_over_validation, 0.6),
        net=plants.dropout_of_tokens,
        lab="regularisation",
    ),
    "mixed_batch": Fault(
        bad="x = x.transpose(0, 1).reshape(len(x), -1)",
        good="x = x.reshape(len(x), -1)",
        config=_of(CNNConfig(widths=(8, 16), dropout=0.0), AdamConfig(lr=5e-3), 2),
        sign=Sign(symptoms.end_loss, 2),
        net=plants.mixed,
        lab="tensors",
    ),
    "mask": Fault(
        bad="mask = torch.ones(n, n).tril().bool()\n"
        'scores = scores.masked_fill(~mask, float("-inf"))\nweights = scores.softmax(-1)',
        good="weights = scores.softmax(-1)",
        config=_of(TOKENS, AdamWConfig(lr=3e-3), 3),
        sign=Sign(symptoms.faintest, 1e-6, above=False),
        net=plants.causal,
        lab="attention",
    ),
    "late_scale": Fault(
        bad="weights = (q @ k.transpose(-2, -1)).softmax(-1) / width**0.5",
        good="weights = (q @ k.transpose(-2, -1) / (width // heads) ** 0.5).softmax(-1)",
        config=_of(HEADS, MomentumConfig(lr=0.02), 3),
        sign=Sign(symptoms.all_validations, 0.38, above=False, share=True),
        net=plants.scaled_late,
        lab="attention",
    ),
    "in_place": Fault(
        bad="x += self.attention(self.norm1(x))",
        good="x = x + self.attention(self.norm1(x))",
        config=_of(TOKENS, AdamWConfig(lr=3e-3), 3),
        sign=Sign(symptoms.overwritten, 0.5),
        net=plants.in_place,
        run=plants.told,
        lab="autograd",
    ),
    "shifted_labels": Fault(
        bad="loss = F.cross_entropy(logits, labels + 1)  # modulo 10",
        good="loss = F.cross_entropy(logits, labels)",
        config=BY_SGD,
        sign=Sign(symptoms.next_door, 0.5, share=True),
        run=plants.next_class,
        lab="loading",
    ),
    "lost_labels": Fault(
        bad="images = images[torch.randperm(len(images))]",
        good="order = torch.randperm(len(images))\nimages, labels = images[order], labels[order]",
        config=BY_SGD,
        sign=Sign(symptoms.validation, 0.3, above=False, share=True),
        run=plants.out_of_step,
        lab="loading",
    ),
    "heavy_decay": Fault(
        bad="torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.5)",
        good="torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=5e-4)",
        config=BY_SGD,
        sign=Sign(symptoms.end_loss, 0.7),
        run=plants.decayed,
        lab="regularisation",
    ),
    "miscounted": Fault(
        bad="right += (logits == labels.unsqueeze(1)).sum()",
        good="right += (logits.argmax(1) == labels).sum()",
        config=BY_SGD,
        sign=Sign(symptoms.accuracy_over_promise, -0.3, above=False, share=True),
        run=plants.miscounted,
        lab="tensors",
    ),
}


def check(config: RunConfig) -> None:
    """See that a run can have the fault that its config asks for.

    Raises:
        ValueError: there is no such fault, or it is one of another net.
    """
    fault = FAULTS.get(config.fault)
    if fault is None:
        raise ValueError(
            f"fault {config.fault!r:.40} is unknown: choose one of {', '.join(FAULTS)}"
        )
    wanted = fault.config.model.name
    if fault.net is not None and config.model.name != wanted:
        raise ValueError(f"fault {config.fault} is one of {wanted} nets: choose such a net")


def spoil(net: nn.Module, name: str) -> nn.Module:
    """The net with its fault in it, unchanged where that is none of the net.

    Raises:
        ValueError: its settings leave the fault no place.
    """
    if name and (spoiling := FAULTS[name].net):
        spoiling(net)
    return net


def plant(run: "Run") -> None:
    """Put a run's fault into it, where that is none of its net."""
    name = run.config.fault
    if name and (planting := FAULTS[name].run):
        planting(run)
