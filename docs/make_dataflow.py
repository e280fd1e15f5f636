"""Draws dataflow.svg, the picture at the head of the README.

python docs/make_dataflow.py
"""

from pathlib import Path

INK, FAINT, HOST, DEVICE, LOOP = "#1f2937", "#6b7280", "#f3f4f6", "#e0ecff", "#c7dbff"
FONT = "font-family='Helvetica, Arial, sans-serif'"


def box(x, y, width, height, fill, title, lines=()):
    """A rounded box with a title and small lines under it."""
    middle = x + width / 2
    parts = [
        f"<rect x='{x}' y='{y}' width='{width}' height='{height}' rx='8' "
        f"fill='{fill}' stroke='{INK}' stroke-width='1.2'/>",
        f"<text x='{middle}' y='{y + 24}' text-anchor='middle' {FONT} font-size='15' "
        f"font-weight='bold' fill='{INK}'>{title}</text>",
    ]
    parts += [
        f"<text x='{middle}' y='{y + 44 + 17 * i}' text-anchor='middle' {FONT} "
        f"font-size='12.5' fill='{INK}'>{line}</text>"
        for i, line in enumerate(lines)
    ]
    return parts


def arrow(x0, y0, x1, y1, label="", dy=-8):
    """An arrow with a label at its middle."""
    parts = [
        f"<line x1='{x0}' y1='{y0}' x2='{x1}' y2='{y1}' stroke='{INK}' "
        "stroke-width='1.6' marker-end='url(#head)'/>"
    ]
    if label:
        parts.append(
            f"<text x='{(x0 + x1) / 2}' y='{(y0 + y1) / 2 + dy}' text-anchor='middle' "
            f"{FONT} font-size='12' fill='{FAINT}'>{label}</text>"
        )
    return parts


def panel(x, y, width, height, fill, title):
    """A large area with its name in the corner."""
    return [
        f"<rect x='{x}' y='{y}' width='{width}' height='{height}' rx='12' "
        f"fill='{fill}'/>",
        f"<text x='{x + 14}' y='{y + 22}' {FONT} font-size='13' fill='{FAINT}'>"
        f"{title}</text>",
    ]


def main() -> None:
    """Write the picture."""
    parts = [
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 980 330' width='980' "
        "height='330'>",
        "<defs><marker id='head' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' "
        f"markerHeight='7' orient='auto'><path d='M0 0 L10 5 L0 10 z' fill='{INK}'/>"
        "</marker></defs>",
        "<rect width='980' height='330' fill='white'/>",
        *panel(10, 10, 330, 310, HOST, "host"),
        *panel(360, 10, 610, 310, DEVICE, "device: TPU, GPU or CPU"),
        *panel(545, 80, 260, 225, LOOP, "one XLA program: lax.scan"),
    ]
    parts += box(30, 45, 130, 68, "white", "source", ["files, arrays,", "iterables"])
    parts += box(195, 45, 130, 68, "white", "map, batch", ["what only", "the host can"])
    parts += box(30, 235, 295, 68, "white", "callbacks")
    parts += [
        f"<text x='177' y='{279}' text-anchor='middle' {FONT} font-size='12.5' "
        f"fill='{INK}'>read what they print, when they print it</text>"
    ]
    parts += box(
        380,
        130,
        135,
        102,
        "white",
        "data",
        ["all of it, once,", "or two chunks", "at a time"],
    )
    parts += box(565, 115, 220, 50, "white", "batch: gather, map")
    parts += box(
        565,
        190,
        220,
        102,
        "white",
        "TrainOneStepCell",
        ["forward, backward, update", "of Parameters that stay", "where they are"],
    )
    parts += box(835, 150, 120, 68, "white", "Parameters", ["donated,", "never copied"])
    parts += arrow(160, 79, 193, 79)
    parts += arrow(325, 79, 447, 128, "")
    parts += arrow(515, 165, 563, 143)
    parts += arrow(675, 165, 675, 188)
    parts += arrow(787, 222, 833, 196)
    parts += arrow(833, 172, 787, 205)
    parts += arrow(563, 262, 327, 268, "losses, lazily", 16)
    parts.append("</svg>")
    Path(__file__).with_name("dataflow.svg").write_text("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
