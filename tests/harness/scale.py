"""How much a fault run does: CI's count, or in a soak run more, up to the full count from FULL_MINUTES on."""

import os

FULL_MINUTES = 240


def count(in_ci, full):
    minutes = int(os.environ.get("SLUICE_SOAK_MINUTES", "0"))
    return round(in_ci + (full - in_ci) * min(1.0, minutes / FULL_MINUTES))
