"""Deterministic transforms of images give MindSpore's pixels, within one level of 255.

A random transform whose range is one point is deterministic, and so compared too.
"""

import io
import json

import numpy as np
import pytest
from PIL import Image

PICTURE = [
    *(f"V.Resize({s})" for s in ("12", "(50, 31)", "(20, 70)", "[9, 9]")),
    *(
        f"V.Resize((17, 29), Inter.{mode})"
        for mode in ("NEAREST", "LINEAR", "CUBIC", "AREA", "PILCUBIC")
    ),
    "V.CenterCrop(11)",
    "V.CenterCrop((10, 17))",
    "V.CenterCrop(41)",
    "V.CenterCrop((48, 9))",
    "V.CenterCrop((9, 61))",
    "V.Crop((3, 5), (7, 9))",
    "V.Crop((0, 2), 8)",
    "V.Pad(3)",
    "V.Pad((2, 5))",
    "V.Pad([1, 2, 3, 4], (9, 8, 7))",
    *(f"V.Pad(4, 0, Border.{m})" for m in ("EDGE", "REFLECT", "SYMMETRIC")),
    "V.PadToSize(60)",
    "V.PadToSize((50, 60), 3, 7)",
    "V.HorizontalFlip()",
    "V.VerticalFlip()",
    "V.RandomHorizontalFlip(1.0)",
    "V.RandomVerticalFlip(1.0)",
    "V.RandomHorizontalFlip(0.0)",
    "V.HWC2CHW()",
    "V.ToTensor()",
    "V.Rescale(1 / 255, -0.5)",
    "V.Normalize([121.0, 115.0, 100.0], [70.0, 68.0, 71.0])",
    "V.Rotate(30)",
    "V.Rotate(-77.5, Inter.BILINEAR)",
    "V.Rotate(90, expand=True)",
    "V.Rotate(33, Inter.BILINEAR, True)",
    "V.Rotate(45, Inter.BILINEAR, False, (3, 4), 5)",
    "V.RandomRotation((25, 25), Inter.BILINEAR)",
    "V.RandomAffine((20, 20))",
    "V.RandomAffine((0, 0), (0.1, 0.1, 0.2, 0.2))",
    "V.RandomAffine((0, 0), None, (1.3, 1.3), None, Inter.BILINEAR)",
    "V.RandomAffine((15, 15), None, (0.7, 0.7), (10, 10, 5, 5), Inter.BILINEAR, 7)",
    "V.RandomColorAdjust(brightness=(1.4, 1.4))",
    "V.RandomColorAdjust(contrast=(0.6, 0.6))",
    "V.RandomColorAdjust(saturation=(1.7, 1.7))",
    "V.RandomColorAdjust(hue=(0.2, 0.2))",
    "V.RandomColorAdjust(hue=(-0.3, -0.3))",
    "V.AdjustBrightness(0.5)",
    "V.AdjustContrast(1.6)",
    "V.AdjustSaturation(0.3)",
    "V.AdjustHue(0.1)",
    "V.AdjustSharpness(1.8)",
    "V.RandomColor((0.4, 0.4))",
    "V.RandomSharpness((1.9, 1.9))",
    "V.RandomSharpness((0.2, 0.2))",
    *(
        f"V.ConvertColor(ConvertMode.COLOR_{mode})"
        for mode in ("RGB2BGR", "RGB2GRAY", "RGB2RGBA", "BGR2GRAY")
    ),
    "V.Invert()",
    "V.AutoContrast()",
    "V.AutoContrast(10.0, [10, 20])",
    "V.Equalize()",
    "V.Posterize(3)",
    "V.RandomPosterize((4, 4))",
    "V.RandomPosterize(1)",
    "V.Solarize((20, 100))",
    "V.Solarize(128)",
    "V.RandomSolarize((60, 60))",
    "V.GaussianBlur(5)",
    "V.GaussianBlur((3, 7), (0.8, 1.7))",
    "V.SlicePatches(2, 2)",
    "V.SlicePatches(4, 3)",
    "V.SlicePatches(4, 3, SliceMode.DROP)",
    "V.Erase(1, 2, 5, 6, 9)",
    "V.RandomCrop((36, 24), 0, True, 7)",
    "V.ResizedCrop(2, 3, 20, 15, (30, 31))",
    "V.RandomResizedCrop((20, 20), (1.0, 1.0), (1.5, 1.5))",
    "V.ToPIL()",
    "T.RandomApply([V.Invert()], 1.0)",
    "T.RandomChoice([V.Invert()])",
    "V.RandomSelectSubpolicy([[(V.Invert(), 1.0), (V.Posterize(2), 1.0)]])",
]
BY_INPUT = {
    "picture": PICTURE,
    "gray": ["V.Resize((7, 9))", "V.CenterCrop(6)", "V.Pad(2)"],
    "pil": [
        *(
            f"V.Resize((17, 29), Inter.{mode})"
            for mode in ("NEAREST", "BILINEAR", "BICUBIC", "ANTIALIAS")
        ),
        "V.Resize(12)",
        "V.CenterCrop(11)",
        "V.Pad(3)",
        "V.RandomHorizontalFlip(1.0)",
        "V.RandomVerticalFlip(1.0)",
        "V.ToTensor()",
        "V.Grayscale(1)",
        "V.Grayscale(3)",
        "V.RandomGrayscale(1.0)",
        "V.Invert()",
        "V.AutoContrast()",
        "V.Equalize()",
        "V.RandomRotation((30, 30), Inter.BILINEAR)",
        "V.RandomColorAdjust(hue=(0.2, 0.2))",
        "V.RandomColor((0.4, 0.4))",
        "V.RandomSharpness((1.9, 1.9))",
        "V.FiveCrop(12)",
        "V.TenCrop(12)",
    ],
    "jpeg": [
        "V.Decode()",
        "V.Decode(True)",
        "V.RandomCropDecodeResize((20, 20), (1.0, 1.0), (1.5, 1.5))",
    ],
    "png": ["V.Decode()", "V.Decode(True)"],
    "chw": ["V.RandomErasing(0.0)", "V.Normalize([9.0] * 3, [7.0] * 3, False)"],
    "row": [
        "T.Fill(7)",
        "T.Mask(Relational.GT, 3)",
        "T.Mask(Relational.LE, 3.7)",
        "T.PadEnd([9], -1)",
        "T.PadEnd([3])",
        "T.Slice(slice(1, 5, 2))",
        "T.Slice([0, 3])",
        "T.Slice(2)",
        "T.Concatenate(0, np.array([1], np.int32), np.array([2, 3], np.int32))",
        "T.Duplicate()",
        "T.OneHot(9)",
    ],
}
CASES = [(text, name) for name, texts in BY_INPUT.items() for text in texts]


def _encoded(image, kind):
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind)
    return np.frombuffer(file.getvalue(), np.uint8)


@pytest.fixture(scope="module")
def found(run_both):
    rng = np.random.default_rng(0)
    # Smooth, as pictures are, with all colours and some noise; both sides odd or even.
    rows, columns = np.mgrid[0:36, 0:24] / 9.0
    waves = [np.sin(rows + k) * np.cos(columns * (k + 1) / 2) for k in range(3)]
    picture = np.stack(waves, -1) * 100 + 128 + rng.normal(0, 9, (36, 24, 3))
    picture = picture.clip(0, 255).astype(np.uint8)
    inputs = {
        "texts": json.dumps(CASES),
        "picture": picture,
        "jpeg": _encoded(picture, "JPEG"),
        "png": _encoded(picture, "PNG"),
        "gray": rng.integers(0, 256, (11, 13, 1), np.uint8),
        "row": np.array([3, 1, 4, 1, 5, 2], np.int32),
    }
    return run_both("images:outputs_of", inputs)


@pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{name}: {text}" for text, name in CASES]
)
def test_the_same_pixels_come_out(found, number):
    ours, theirs = (
        {k: v for k, v in results.items() if k.startswith(f"{number}:")}
        for results in found
    )
    assert f"{number}:error" not in theirs, theirs
    assert f"{number}:error" not in ours, ours
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        assert ours[key].shape == expected.shape
        assert ours[key].dtype == expected.dtype
        level = 1 if expected.dtype == np.uint8 else 1e-5
        np.testing.assert_allclose(
            ours[key].astype(np.float64), expected.astype(np.float64), 0, level
        )
