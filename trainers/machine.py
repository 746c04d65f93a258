"""What machine a training ran on, for its card."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import torch

__all__ = ["describe_machine"]


def describe_machine(device: torch.device) -> str:
    """Return the processor or GPU, and how many threads were used."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{_processor()}, {torch.get_num_threads()} of {os.cpu_count()} cores"


def _processor() -> str:
    """Return the processor's name as Linux states it, or the platform's word for it."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", info.read_text()) if info.is_file() else None
    return found[1] if found else platform.machine()
