"""Ten digits as a hand draws them: strokes as points, in shares of the pad's side."""

from math import cos, pi, sin

Point = tuple[float, float]
Points = list[Point]


def arc(x: float, y: float, wide: float, tall: float, start: float, end: float) -> Points:
    """Part of an ellipse about (x, y), angles in turns, clockwise from the right."""
    steps = [start + (end - start) * n / 16 for n in range(17)]
    return [(x + wide * cos(2 * pi * at), y + tall * sin(2 * pi * at)) for at in steps]


DIGITS: dict[str, list[Points]] = {
    "0": [arc(0.5, 0.5, 0.2, 0.32, -0.25, 0.75)],
    "1": [[(0.53, 0.15), (0.49, 0.5), (0.46, 0.86)]],
    "2": [[*arc(0.48, 0.32, 0.2, 0.16, -0.5, 0.1), (0.3, 0.82)], [(0.3, 0.82), (0.72, 0.8)]],
    "3": [arc(0.47, 0.31, 0.19, 0.17, -0.42, 0.25), arc(0.47, 0.66, 0.22, 0.19, -0.25, 0.42)],
    "4": [[(0.36, 0.16), (0.28, 0.5), (0.7, 0.5)], [(0.66, 0.16), (0.62, 0.5), (0.58, 0.88)]],
    "5": [[(0.7, 0.17), (0.37, 0.17), (0.34, 0.46)], arc(0.45, 0.63, 0.23, 0.19, -0.28, 0.4)],
    "6": [[(0.6, 0.13), (0.42, 0.35), (0.33, 0.62)], arc(0.49, 0.67, 0.16, 0.17, -0.5, 0.52)],
    "7": [[(0.27, 0.2), (0.72, 0.2), (0.56, 0.5), (0.45, 0.86)]],
    "8": [arc(0.5, 0.32, 0.15, 0.16, 0.25, 1.25), arc(0.5, 0.66, 0.19, 0.18, -0.25, 0.75)],
    "9": [arc(0.48, 0.34, 0.17, 0.17, 0, 1), [(0.65, 0.34), (0.62, 0.6), (0.56, 0.87)]],
}
