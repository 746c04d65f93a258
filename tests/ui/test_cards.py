from __future__ import annotations

import base64

from inpaint_bench.types import Variant
from inpaint_bench.ui.cards import card_pictures, card_text, fact_cards, facts
from inpaint_bench.ui.catalogue import catalogue, entry_of
from inpaint_bench.ui.tab_about import conventions

NETWORK = Variant(
    "deepfill_v2-x",
    "deepfill_v2",
    options={"width": 8},
    source="bundled",
    file="x.safetensors",
    size=1_234_567,
    licence="CC BY-NC <4.0>",
    trained_on="made-up scenes",
    resolution=128,
    provenance="trained here",
    card="x.md",
)


def test_a_network_states_data_size_parameters_licence_and_paper():
    said = dict(facts(entry_of(NETWORK)))
    assert said["Training data"] == "made-up scenes"
    assert said["Trained at"] == "128 × 128"
    assert said["Weights"] == "bundled, 1.2 MB"
    assert said["Licence"] == "CC BY-NC <4.0>"
    assert "Yu" in said["Paper"]
    assert said["Parameters"][0].isdigit()


def test_every_variant_has_a_card_of_facts_and_texts_are_escaped():
    entries = [*catalogue(), entry_of(NETWORK)]
    html = fact_cards(entries)
    assert html.count("<article>") == len(entries)
    assert "&lt;4.0&gt;" in html and "<4.0>" not in html


def test_a_model_card_loses_front_matter_and_pictures(tmp_path):
    (tmp_path / "x.md").write_text("---\nlicense: x\n---\n# Title\n![loss](loss.png)\ntext")
    text = card_text(NETWORK, tmp_path)
    assert text.startswith("# Title")
    assert "loss.png" not in text and "text" in text


def test_the_pictures_of_a_card_are_inside_the_page(tmp_path):
    (tmp_path / "x.md").write_text(
        "![the <loss>](loss.png) ![grid](grid.webp) ![no](gone.png) ![no](../x.svg)"
    )
    for name in ("loss.png", "grid.webp"):
        (tmp_path / name).write_bytes(b"pixels")
    html = card_pictures(NETWORK, tmp_path)
    assert html.count("<img") == 2
    assert "data:image/png;" in html and "data:image/webp;" in html
    assert 'alt="the &lt;loss&gt;"' in html
    assert f"base64,{base64.b64encode(b'pixels').decode()}" in html


def test_a_card_outside_of_the_folder_is_not_read(tmp_path):
    (tmp_path / "secret.md").write_text("secret")
    inner = tmp_path / "cards"
    inner.mkdir()
    assert card_text(Variant("a", "telea", card="../secret.md"), inner) == ""


def test_conventions_name_unit_direction_and_source_of_every_metric():
    text = conventions()
    assert "**PSNR** in dB, higher is better" in text
    assert text.count("Source:") == text.count("\n") + 1
