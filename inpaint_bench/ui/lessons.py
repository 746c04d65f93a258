"""What the Inside page says: two or three sentences a lesson, its equation and its paper, and an
exercise that sets up its own photograph and hole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["LESSONS", "Exercise", "Lesson"]


@dataclass(frozen=True)
class Exercise:
    """A photograph and a hole on which a lesson shows well.

    Attributes:
        task: what to do and what to look for.
        sample: name of an example photograph.
        shape: of the hole, one that `draw` knows.
    """

    task: str
    sample: str
    shape: str

    def draw(self, height: int, width: int) -> np.ndarray:
        """Return the hole as HxW bool."""
        rows, columns = np.indices((height, width))
        y, x = rows / height, columns / width
        if self.shape == "stroke":  # one thin line across the picture
            return np.abs(y - 0.25 - 0.5 * x) < 0.012
        if self.shape == "lattice":  # thin lines, nowhere far from a known pixel
            return ((rows % 16) < 4) | ((columns % 16) < 4)
        if self.shape == "box":
            return (np.abs(y - 0.5) < 0.17) & (np.abs(x - 0.5) < 0.17)
        if self.shape == "wide":
            return (np.abs(y - 0.45) < 0.3) & (np.abs(x - 0.5) < 0.3)
        raise ValueError(f"unknown shape {self.shape!r}")


@dataclass(frozen=True)
class Lesson:
    """One section of the page."""

    title: str
    text: str
    exercise: Exercise


LESSONS = {
    "rules": Lesson(
        "One layer, two rules",
        "A vanilla convolution takes the pixels of a hole for black ones and mixes them in. A "
        "partial convolution sums over known pixels only and divides by how many there were; a "
        "window with at least one known pixel is known from then on. Both pictures use the same "
        "5 × 5 average, nothing is learned.\n\n"
        "$$x' = W^T (X \\odot M)\\,\\frac{\\mathrm{sum}(1)}{\\mathrm{sum}(M)} + b \\quad"
        "\\text{if } \\mathrm{sum}(M) > 0,\\ \\text{else } 0$$\n\n"
        "[Liu et al. 2018, equations 1 and 2](https://arxiv.org/abs/1804.07723)",
        Exercise(
            "A lattice of thin lines is easy for partial convolution: no missing pixel is far from "
            "a known one. Set it up, and see how many rounds vanilla averaging needs until the "
            "lines are gone.",
            "coffee",
            "lattice",
        ),
    ),
    "masks": Lesson(
        "Masks that grow, gates that learn",
        "PConv's rule makes the mask grow by half a kernel a layer, whatever the picture shows, "
        "until everything counts as known. DeepFill v2 learns a gate for each feature and place "
        "instead: it can keep the hole's outline, look at edges, or let a stroke pass unseen. "
        "Light means open; the map is the mean over the layer's gates.\n\n"
        "$$O_{y,x} = \\phi\\Big(\\sum W_f \\cdot I\\Big) \\odot "
        "\\sigma\\Big(\\sum W_g \\cdot I\\Big)$$\n\n"
        "[Yu et al. 2019, equation 3](https://arxiv.org/abs/1806.03589)",
        Exercise(
            "Set up one thin stroke. PConv's mask closes it within a layer or two. Move the "
            "slider: at which depth do the gates no longer tell the stroke from its surroundings?",
            "rocket",
            "stroke",
        ),
    ),
    "attention": Lesson(
        "Where contextual attention looks",
        "In its second stage DeepFill compares every 3 × 3 patch of features in the hole with all "
        "known ones and pastes the most similar. Left: the hue is the direction in which a patch "
        "copies, its strength the distance; white copies from where it stands. Right: click a "
        "pixel in the hole to see the five patches it takes most from, thicker for more.\n\n"
        "$$s_{x,y,x',y'} = \\Big\\langle \\frac{f_{x,y}}{\\lVert f_{x,y} \\rVert}, "
        "\\frac{b_{x',y'}}{\\lVert b_{x',y'} \\rVert} \\Big\\rangle, \\quad "
        "s^* = \\mathrm{softmax}_{x',y'}(\\lambda s)$$\n\n"
        "[Yu et al. 2018, section 4.1](https://arxiv.org/abs/1801.07892)",
        Exercise(
            "Cut a box out of the cat's face and click near its left edge, then near its right: do "
            "the sources stay on the same side?",
            "chelsea",
            "box",
        ),
    ),
    "stages": Lesson(
        "Coarse, then refined",
        "The first network fills the hole roughly, trained with a plain distance to the original: "
        "a middle of all plausible fills, hence soft. The second sees that guess as if it were "
        "known and adds structure, by convolution and by copying. Where the guess was good, the "
        "second can also make it worse.\n\n"
        "[Yu et al. 2018, section 3](https://arxiv.org/abs/1801.07892)",
        Exercise(
            "Set up a wide hole and slide between the two: what has the refinement changed, and "
            "is it nearer to the original?",
            "astronaut",
            "wide",
        ),
    ),
    "edges": Lesson(
        "Networks that think in edges",
        "EdgeConnect completes the outline of what is missing before it fills in colours: Canny "
        "edges of the known pixels, then edges of its own in the hole. In its paper the recurrent "
        "network is judged on Sobel edges while it trains; the ones that are bundled here had no "
        "critic. The strength of these edges is\n\n"
        "$$G = \\sqrt{(S_x * I)^2 + (S_y * I)^2}$$\n\n"
        "[Nazeri et al. 2019](https://arxiv.org/abs/1901.00212); Baik 2020, appendix B",
        Exercise(
            "Set up a box over a strong outline. Does the completed edge meet the known ones at "
            "both ends?",
            "motorcycle",
            "box",
        ),
    ),
}
