"""Fashion-MNIST as LeNet5 takes it."""

import cellnet as ms
import cellnet.dataset as ds
from cellnet.dataset import transforms, vision


def create_dataset(
    data_path: str, usage: str, batch_size: int = 32, shuffle: bool = True
) -> ds.Dataset:
    """Batches of images, float32 (N, 1, 32, 32), and labels, int32 (N,).

    Args:
        data_path: folder of the IDX files.
        usage: "train" or "test".
        batch_size: images in a batch; a short last batch is left out of training.
        shuffle: a new order in each epoch.
    """
    data = ds.FashionMnistDataset(data_path, usage=usage, shuffle=shuffle)
    image = [
        vision.Resize((32, 32), interpolation=vision.Inter.LINEAR),
        vision.Rescale(1 / 255, 0.0),
        vision.Rescale(1 / 0.3081, -0.1307 / 0.3081),
        vision.HWC2CHW(),
    ]
    data = data.map(transforms.TypeCast(ms.int32), input_columns="label")
    data = data.map(image, input_columns="image")
    return data.batch(batch_size, drop_remainder=usage == "train")
