"""The autoencoder against the layer table of its presentation, all 34 rows."""

from __future__ import annotations

import torch
from torch import nn

from inpaint_bench.models.pconv_autoencoder import PConvAutoencoder

# Layer and output size as printed; upsampling and concatenation have no printed size, theirs
# follows from the rows around them and the source's skip connections (row 11 to 15, 8 to 20,
# 5 to 25, 2 to 30). Row 7 is printed 128 x 8 x 8 but normalises the 64 channels of row 6.
TABLE = [
    ("input", (3, 32, 32)),
    ("pconv relu", (32, 32, 32)),
    ("pconv", (32, 16, 16)),
    ("norm relu", (32, 16, 16)),
    ("pconv relu", (64, 16, 16)),
    ("pconv", (64, 8, 8)),
    ("norm relu", (64, 8, 8)),
    ("pconv relu", (128, 8, 8)),
    ("pconv", (128, 4, 4)),
    ("norm relu", (128, 4, 4)),
    ("pconv relu", (256, 4, 4)),
    ("pconv", (256, 2, 2)),
    ("norm relu", (256, 2, 2)),
    ("upsample", (256, 4, 4)),
    ("concatenate", (256 + 256, 4, 4)),
    ("pconv relu", (256, 4, 4)),
    ("pconv", (128, 4, 4)),
    ("norm relu", (128, 4, 4)),
    ("upsample", (128, 8, 8)),
    ("concatenate", (128 + 128, 8, 8)),
    ("pconv relu", (128, 8, 8)),
    ("pconv", (64, 8, 8)),
    ("norm relu", (64, 8, 8)),
    ("upsample", (64, 16, 16)),
    ("concatenate", (64 + 64, 16, 16)),
    ("pconv relu", (64, 16, 16)),
    ("pconv", (32, 16, 16)),
    ("norm relu", (32, 16, 16)),
    ("upsample", (32, 32, 32)),
    ("concatenate", (32 + 32, 32, 32)),
    ("pconv relu", (32, 32, 32)),
    ("pconv", (3, 32, 32)),
    ("norm relu", (3, 32, 32)),
    ("pconv sigmoid", (3, 32, 32)),
]
ACTIVATIONS = {nn.ReLU: "relu", nn.Sigmoid: "sigmoid"}


class Trace:
    """Files every row of the table while a network runs."""

    def __init__(self, model: PConvAutoencoder) -> None:
        self.rows: list[tuple[str, tuple[int, ...]]] = []
        ups = {id(block.first) for block in model.decoder}
        layers = [layer for b in [*model.encoder, *model.decoder] for layer in (b.first, b.second)]
        layers.append(model.last)
        layers[0].conv.register_forward_pre_hook(self.note("input"))
        for block in model.decoder:
            block.upsample.register_forward_hook(self.upsampled)
        for layer in layers:
            if id(layer) in ups:
                layer.conv.register_forward_pre_hook(self.note("concatenate"))
            relu = ACTIVATIONS[type(layer.activation)]
            if isinstance(layer.norm, nn.BatchNorm2d):
                layer.conv.register_forward_hook(self.note_output("pconv"))
                layer.activation.register_forward_hook(self.note_output(f"norm {relu}"))
            else:
                layer.activation.register_forward_hook(self.note_output(f"pconv {relu}"))

    def note(self, name: str):
        return lambda _, inputs: self.rows.append((name, tuple(inputs[0].shape[1:])))

    def note_output(self, name: str):
        def hook(module: nn.Module, inputs: tuple, output: object) -> None:
            tensor = output[0] if isinstance(output, tuple) else output
            self.rows.append((name, tuple(tensor.shape[1:])))

        return hook

    def upsampled(self, module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        if output.shape[1] > 1:  # not the mask's
            self.rows.append(("upsample", tuple(output.shape[1:])))


def test_the_thirty_four_rows_are_those_of_the_table_in_its_order():
    model = PConvAutoencoder().eval()
    trace = Trace(model)
    with torch.no_grad():
        model.network(torch.rand(1, 3, 32, 32), torch.ones(1, 1, 32, 32))
    assert len(TABLE) == 34
    for number, (row, expected) in enumerate(zip(trace.rows, TABLE, strict=True), start=1):
        assert row == expected, f"row {number}"


def test_kernels_are_three_by_three_with_bias_and_only_rows_3_6_9_12_halve():
    with torch.device("meta"):
        model = PConvAutoencoder()
    layers = [layer for b in [*model.encoder, *model.decoder] for layer in (b.first, b.second)]
    layers.append(model.last)
    assert len(layers) == 17
    assert all(la.conv.conv.kernel_size == (3, 3) and la.conv.bias is not None for la in layers)
    assert [la.conv.conv.stride[0] for la in layers] == [1, 2] * 4 + [1] * 9


@torch.inference_mode()
def test_the_mask_grows_until_all_is_known():
    model = PConvAutoencoder(width=4).eval()
    image, hole = torch.rand(1, 3, 32, 32), torch.zeros(1, 1, 32, 32)
    hole[..., 6:26, 6:26] = 1
    maps = model(image, hole, explain=True).maps
    shares = [float(maps[f"known_enc_{i}"].mean()) for i in range(1, 9)]
    assert shares == sorted(shares) and shares[0] < 1.0 and shares[-1] == 1.0
    names = [f"known_{part}_{i}" for part, n in (("enc", 8), ("dec", 9)) for i in range(1, n + 1)]
    assert sorted(maps) == sorted(names)
    assert maps["known_dec_1"].shape == hole.shape and maps["known_dec_1"].min() == 1.0


def test_the_first_layer_is_equation_1_of_the_partial_convolution():
    torch.manual_seed(0)
    model = PConvAutoencoder(width=4).eval()
    first = model.encoder[0].first
    nn.init.normal_(first.conv.bias)
    image, known = torch.rand(1, 3, 32, 32) * 2 - 1, (torch.rand(1, 1, 32, 32) < 0.4).float()
    with torch.no_grad():
        y, grown = first(image * known, known)
    weight, bias = first.conv.conv.weight, first.conv.bias
    for i, j in [(5, 5), (1, 30), (17, 8), (0, 0)]:
        rows, columns = slice(max(i - 1, 0), i + 2), slice(max(j - 1, 0), j + 2)
        window, mask = image[0, :, rows, columns], known[0, 0, rows, columns]
        kernel = weight[:, :, (i == 0) :, (j == 0) :][:, :, : mask.shape[0], : mask.shape[1]]
        if mask.sum() == 0:
            assert (y[0, :, i, j] == 0).all() and grown[0, 0, i, j] == 0
            continue
        total = (kernel * (window * mask)).sum(dim=(1, 2, 3)) * 9 / mask.sum() + bias
        assert torch.allclose(y[0, :, i, j], total.relu(), atol=1e-5)
        assert grown[0, 0, i, j] == 1


@torch.inference_mode()
def test_other_sizes_are_taken_as_multiples_of_sixteen():
    model = PConvAutoencoder(width=4).eval()
    assert model.multiple == 16
    hole = torch.zeros(1, 1, 48, 80)
    hole[..., 10:30, 10:30] = 1
    assert model(torch.rand(1, 3, 48, 80), hole).image.shape == (1, 3, 48, 80)


def test_a_training_step_reaches_every_layer():
    model = PConvAutoencoder(width=4).train()
    image, hole = torch.rand(2, 3, 32, 32), torch.zeros(2, 1, 32, 32)
    hole[..., 10:20, 10:20] = 1
    ((model(image, hole).image - image) * hole).square().mean().backward()
    assert all(p.grad is not None for p in model.parameters())
