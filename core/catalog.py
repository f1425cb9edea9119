"""The menus in one import."""

from core.data import DATASETS
from core.objectives import OBJECTIVES
from core.optim import OPTIMIZERS
from core.schedules import SCHEDULES
from models import MODELS

__all__ = ["DATASETS", "MODELS", "OBJECTIVES", "OPTIMIZERS", "SCHEDULES"]
