"""Exceptions a user can meet: each message is one line that says what was expected,
what came and what to do. The command line prints it and exits with 2; the app shows it."""

__all__ = [
    "InpaintBenchError",
    "ImageError",
    "MaskError",
    "ModelError",
    "UnknownNameError",
    "WeightsError",
    "DataMissingError",
    "BenchError",
    "WriteError",
]


class InpaintBenchError(ValueError):
    """Base of every error whose message is written for a person."""


class ImageError(InpaintBenchError):
    """The image cannot be read, is too large, or has the wrong shape or range."""


class MaskError(InpaintBenchError):
    """The hole is empty, full, of another size, or not binary."""


class ModelError(InpaintBenchError):
    """A model was asked for something that it does not do."""


class UnknownNameError(InpaintBenchError):
    """A registry was asked for a name that it does not hold; the message lists the valid ones."""


class WeightsError(InpaintBenchError):
    """Weights are missing, do not have the stated sha256, or do not fit the network."""


class DataMissingError(InpaintBenchError):
    """A data set is not on this machine; the message says what to fetch and to where."""


class BenchError(InpaintBenchError):
    """A benchmark run, suite, store or report was given something it cannot use."""


class WriteError(BenchError):
    """A file cannot be written: the disk is full, or the folder is not ours."""
