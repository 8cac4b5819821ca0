"""What this machine has, what is missing, and the command that mends it."""

from foodwaste.doctor.check import Check, Status, worst
from foodwaste.doctor.examine import examine

__all__ = ["Check", "Status", "examine", "worst"]
