"""The photographs inside scikit-image's package."""

from __future__ import annotations

import socket

import numpy as np
import pytest
import skimage.data
from skimage.data._registry import registry

from inpaint_bench.data import read_sample, sample, sample_names
from inpaint_bench.data.identity import bytes_sha256
from inpaint_bench.data.samples import sample_file
from inpaint_bench.errors import UnknownNameError

# Test sets know a region only by its sample's name: moving one would change them unnoticed.
CORNERS = {
    "astronaut_2": (250, 0),
    "coffee_2": (144, 320),
    "hubble_2": (330, 600),
    "motorcycle_2": (0, 340),
    "motorcycle_3": (180, 90),
    "rocket_2": (171, 0),
}


@pytest.mark.parametrize("name", sample_names())
def test_every_sample_is_there_without_internet(name, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a sample asked for the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    picture = read_sample(name)
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    assert min(picture.shape[:2]) >= 256
    assert sample(name).credit and sample(name).title


@pytest.mark.parametrize("name", sample_names())
def test_every_file_is_the_one_that_scikit_image_registers(name):
    assert bytes_sha256(sample_file(name)) == registry[f"data/{sample(name).file}"]


def test_whole_photographs_are_those_of_scikit_image():
    assert np.array_equal(read_sample("coffee"), skimage.data.coffee())
    assert np.array_equal(read_sample("motorcycle"), skimage.data.stereo_motorcycle()[0])


def test_regions_are_where_they_were_frozen():
    assert {n: sample(n).corner for n in sample_names() if sample(n).corner} == CORNERS
    whole = skimage.data.coffee()
    assert np.array_equal(read_sample("coffee_2"), whole[144:400, 320:576])


def test_all_samples_differ():
    pictures = {read_sample(name).tobytes() for name in sample_names()}
    assert len(pictures) == len(sample_names()) == 12


def test_an_unknown_sample_names_the_valid_ones():
    with pytest.raises(UnknownNameError, match="Did you mean 'coffee'"):
        read_sample("cofee")
