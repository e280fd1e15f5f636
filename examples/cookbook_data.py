"""Recipes about data: the usual transforms of pictures for training and for validation,
a folder of pictures as a data set, a look at a batch before the long run.

Two photographs that matplotlib brings stand in for the folders of a large data set.
"""

from pathlib import Path

import matplotlib
import matplotlib.cbook
import numpy as np
from PIL import Image

import cellnet as ms
import cellnet.dataset as ds
from cellnet.dataset import transforms, vision

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FOLDER = Path("pictures")
SAMPLES = {"person": "grace_hopper.jpg", "present": "Minduka_Present_Blue_Pack.png"}

train_transform = [
    vision.RandomResizedCrop(224, scale=(0.08, 1.0)),
    vision.RandomHorizontalFlip(),
    vision.ToTensor(),
    vision.Normalize(MEAN, STD, is_hwc=False),
]
val_transform = [
    vision.Resize(224),
    vision.CenterCrop(224),
    vision.ToTensor(),
    vision.Normalize(MEAN, STD, is_hwc=False),
]


def create_dataset(folder, image_transform, batch_size, *, training):
    """Batches of pictures, (N, 3, 224, 224), and labels by the folders' names."""
    data = ds.ImageFolderDataset(str(folder), shuffle=training, decode=True)
    data = data.map(image_transform, "image")
    data = data.map(transforms.TypeCast(ms.int32), "label")
    return data.batch(batch_size, drop_remainder=training)


def first_batch(data):
    """Pictures and labels as NumPy arrays."""
    return next(data.create_tuple_iterator(num_epochs=1, output_numpy=True))


def show(images, labels, names, path):
    """A batch as a sheet of pictures with their names, 3 in a row."""
    pictures = images.transpose(0, 2, 3, 1) * STD + MEAN
    figure, axes = plt.subplots(-(-len(images) // 3), 3, figsize=(8, 8), squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, picture, label in zip(axes.flat, pictures, labels, strict=False):
        axis.imshow(picture.clip(0, 1))
        axis.set_title(f"label = {names[label]}")
    figure.savefig(path)


def main():
    """Make the folders, both data sets and the sheet."""
    ms.set_seed(1)
    names = sorted(SAMPLES)
    for name, file in SAMPLES.items():
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
        with matplotlib.cbook.get_sample_data(file) as source:
            picture = Image.open(source).convert("RGB")
        for number in range(6):
            picture.save(FOLDER / name / f"{number}.png")

    training_set = create_dataset(FOLDER, train_transform, 9, training=True)
    validation_set = create_dataset(FOLDER, val_transform, 6, training=False)
    for title, data in (("training", training_set), ("validation", validation_set)):
        size, batch = data.get_dataset_size(), data.get_batch_size()
        print(f"{title} set: {size} batches of {batch}, {data.output_shapes()}")

    images, labels = next(
        training_set.create_tuple_iterator(num_epochs=1, output_numpy=True)
    )
    assert images.shape == (9, 3, 224, 224)
    assert not (images[labels == 0][0] == images[labels == 0][1]).all()  # drawn anew
    show(images, labels, names, "batch.png")

    images, labels = next(
        validation_set.create_tuple_iterator(num_epochs=1, output_numpy=True)
    )
    with Image.open(FOLDER / "person" / "0.png") as picture:
        width, height = picture.size
        size = (224, int(224 * height / width))  # the shorter side becomes 224
        top = (size[1] - 224) // 2
        expected = np.asarray(picture.resize(size, Image.Resampling.BILINEAR))
    expected = expected[top : top + 224] / 255
    apart = np.abs(images[0].transpose(1, 2, 0) * STD + MEAN - expected).mean()
    print(f"validation picture and Pillow's: {apart:.4f} apart on average")
    assert apart < 0.02


if __name__ == "__main__":
    main()
