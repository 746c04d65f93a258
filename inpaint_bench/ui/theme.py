"""The look: colours, system fonts (nothing is fetched from other hosts), style sheets."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

__all__ = ["make_theme", "page_script", "style_sheet"]

_HERE = Path(__file__).parent
_SHEETS = ("page", "inpaint", "results", "inside", "leaderboard", "arena", "about", "phones")

_SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_STEPS = ("c50", "c100", "c200", "c300", "c400", "c500", "c600", "c700", "c800", "c900", "c950")
# The colour of the brush is the colour of what one can press: holes are magenta here.
_MAGENTA = (
    "#fff0f7",
    "#ffe0ef",
    "#ffc2df",
    "#ff94c6",
    "#fb5aa5",
    "#e32585",
    "#c4146c",
    "#a01056",
    "#7d1047",
    "#5d0f37",
    "#380620",
)
_INK = (
    "#f7f8fa",
    "#eef0f4",
    "#e0e4ea",
    "#c9cfd9",
    "#97a1b2",
    "#66738a",
    "#475467",
    "#333d4f",
    "#1f2735",
    "#151b27",
    "#0c111a",
)


def style_sheet() -> str:
    """Return all of `style/*.css`; what comes later wins."""
    sheets = [_HERE / "style" / f"{name}.css" for name in _SHEETS]
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


def page_script() -> str:
    """Return the function that runs when the page opens."""
    return (_HERE / "page.js").read_text(encoding="utf-8")


def make_theme() -> gr.themes.Base:
    """Return the app's theme, light and dark."""
    theme = gr.themes.Base(
        primary_hue=_colour("magenta", _MAGENTA),
        secondary_hue=_colour("magenta", _MAGENTA),
        neutral_hue=_colour("ink", _INK),
        font=_SANS,
        font_mono=_MONO,
        radius_size=gr.themes.sizes.radius_md,
        text_size=gr.themes.sizes.text_md,
    )
    return theme.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_800",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        background_fill_primary="white",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_50",
        background_fill_secondary_dark="*neutral_950",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        block_border_width="1px",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_200",
        block_title_text_weight="600",
        block_shadow="none",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_800",
        border_color_accent="*primary_500",
        color_accent="*primary_600",
        color_accent_soft="*primary_50",
        color_accent_soft_dark="*primary_950",
        link_text_color="*primary_600",
        link_text_color_dark="*primary_300",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="white",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_background_fill_hover_dark="*neutral_700",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_700",
        button_secondary_text_color="*neutral_800",
        button_secondary_text_color_dark="*neutral_100",
        button_border_width="1px",
        button_large_text_weight="600",
        button_large_text_size="*text_md",
        input_background_fill="white",
        input_background_fill_dark="*neutral_950",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        checkbox_label_background_fill="white",
        checkbox_label_background_fill_dark="*neutral_900",
        checkbox_background_color_selected="*primary_600",
        checkbox_border_color_selected="*primary_600",
        slider_color="*primary_600",
    )


def _colour(name: str, shades: tuple[str, ...]) -> gr.themes.Color:
    return gr.themes.Color(name=name, **dict(zip(_STEPS, shades, strict=True)))
