"""Draw the course's face from its palette: palette.css, the mark, the favicon.

python -m tools.face
"""

from pathlib import Path

from rnnlib.viz import PALETTE

STATIC = Path(__file__).resolve().parents[1] / "book" / "_static"


def palette_css() -> str:
    """Write the palette as CSS variables, light and dark."""
    schemes = (("html", 0), ('html[data-theme="dark"]', 1))
    blocks = [
        f"{selector} {{\n"
        + "".join(f"  --c-{name}: {pair[side]};\n" for name, pair in PALETTE.items())
        + "}\n"
        for selector, side in schemes
    ]
    return "/* Written by python -m tools.face from rnnlib.viz.PALETTE. */\n" + "".join(
        blocks
    )


def mark(size: int = 64, *, tile: bool = False) -> str:
    """Draw the mark: three steps that are known, joined by their recurrence, and the ring of the one to come."""
    blue, orange = (
        "#3f83cc",
        "#dd7a33",
    )  # between the two schemes' tones, so that one file serves both
    radii = (4.5, 6, 7.5)
    centres = (9, 23, 39)
    dots = "".join(
        f'<circle cx="{x}" cy="40" r="{r}" fill="{blue}"/>'
        for x, r in zip(centres, radii)
    )
    arcs = "".join(
        f'<path d="M{a} {34 - i} Q{(a + b) / 2} {16 - 2 * i} {b} {32 - i}" '
        f'fill="none" stroke="{blue}" stroke-width="2.6"/>'
        for i, (a, b) in enumerate(((9, 22), (23, 38)))
    )
    ahead = f'<path d="M39 31 Q47 10 55 30" fill="none" stroke="{orange}" stroke-width="2.6" stroke-dasharray="4 3"/>'
    ring = f'<circle cx="55" cy="40" r="7" fill="none" stroke="{orange}" stroke-width="3.4"/>'
    ground = '<rect width="64" height="64" rx="12" fill="#f4f7fb"/>' if tile else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 64 64">'
        f"<title>Sequence Models from First Principles</title>{ground}{arcs}{ahead}{dots}{ring}</svg>\n"
    )


def files() -> dict[Path, str]:
    """List each derived file with what it must hold."""
    return {
        STATIC / "palette.css": palette_css(),
        STATIC / "mark.svg": mark(),
        STATIC / "favicon.svg": mark(32, tile=True),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
        print(path)
