"""Settings of the adversarial autoencoder."""

from typing import Literal

from models.knobs import Knobs, knob

ADVERSARIAL = ("plain", "supervised", "semi", "clustering")  # variants with a discriminator


class AAEConfig(Knobs):
    """Settings of the adversarial autoencoder."""

    name: Literal["aae"] = "aae"
    variant: Literal["plain", "supervised", "semi", "clustering", "autoencoder", "vae"] = knob(
        "plain", "What is learned beside codes: nothing, labels, clusters; or a rival to compare."
    )
    net: Literal["notes", "conv"] = knob(
        "notes", "The layers: fully connected on 32×32 pixels, or convolutions."
    )
    encoder: Literal["deterministic", "gaussian", "universal"] = knob(
        "deterministic", "What a picture's code is: one point, a Gaussian cloud, or any cloud."
    )
    code: int = knob(2, "Numbers that a picture is pressed into.", ge=2, le=64, unit="numbers")
    prior: Literal["gaussian", "mixture", "swiss", "square", "ring", "painted"] = knob(
        "gaussian", "The shape that all codes together are to take."
    )
    guided: bool = knob(
        False, "The discriminator sees labels, so that each class gets its own part of the prior."
    )
    labels: int = knob(
        0, "Training pictures whose label may be used; 0 is all.", ge=0, le=60_000, unit="pictures"
    )
    clusters: int = knob(
        16, "Groups to sort pictures into without labels.", ge=2, le=64, unit="clusters"
    )
    agreement: float = knob(
        4.0,
        "Clustering only: weight of finding the same cluster for a picture and a varied copy of it "
        "(Ji et al. 2019, arXiv 1807.06653). 0 is the paper's AAE.",
        ge=0,
        le=10,
        step=0.1,
    )
    width: int = knob(512, "Units of the hidden layers.", ge=32, le=2048, log=True, unit="units")
    dropout: float = knob(
        0.2, "Share of the encoder's units switched off at each step.", ge=0, le=0.9, step=0.05
    )
    error: Literal["squared", "absolute", "both"] = knob(
        "squared",
        "How far a pixel is off: squared blurs what is unsure, absolute takes a side; both is "
        "squared for the first 40 % of the epochs, while codes find their places.",
    )
    reconstruction: float = knob(
        1.0, "Weight of the reconstruction loss.", ge=0, le=10, step=0.1, advanced=True
    )
    regulariser: float = knob(
        1.0,
        "Weight of fooling the discriminator, or of the divergence in a VAE.",
        ge=0,
        le=10,
        step=0.1,
        advanced=True,
    )
    rate_discriminator: float = knob(
        1.0,
        "Learning rate of the discriminator, as a share of the run's.",
        ge=0.001,
        le=10,
        log=True,
        advanced=True,
    )
    rate_fooling: float = knob(
        1.0,
        "Learning rate of the encoder when it fools, as a share of the run's.",
        ge=0.001,
        le=10,
        log=True,
        advanced=True,
    )
    updates: int = knob(
        1, "Times that the discriminator learns in each step.", ge=1, le=5, advanced=True
    )
    painting: str = knob("", "The painted prior, 24×24 cells as 192 letters.", advanced=True)

    @property
    def steps(self) -> tuple[str, ...]:
        """What each batch is used for, one after the other, in the order of `AAE.groups`."""
        if self.variant not in ADVERSARIAL:
            return ("reconstruct",)
        agree = self.variant == "clustering" and self.agreement > 0
        fourth = ("label",) * (self.variant == "semi") + ("agree",) * agree
        return ("reconstruct", "discriminate", "fool", *fourth)

    @property
    def passes(self) -> dict[str, int]:
        """Ways through each part in one training step, forward, and backward two of the same size.

        Reconstructing and fooling both go through the encoder, labels a third time, two views that
        are to agree a third and a fourth; discriminating goes through as many samples as codes, and
        fooling back to these.
        """
        if self.variant not in ADVERSARIAL:
            return {"encoder": 3, "decoder": 3}
        judged = 6 * self.updates + 2
        encoder = 6 + {"label": 3, "agree": 6}.get(self.steps[-1], 0)
        return {"encoder": encoder, "decoder": 3, "discriminator": judged, "sorter": judged}
