"""What MindSpore's examples refer to but do not define: a network and a data set.

Written in MindSpore's names; `mindspore` is whichever package the process has.
"""

import mindspore.dataset as ds
import mindspore.nn as nn
import numpy as np


class LeNet5(nn.Cell):
    """LeNet5 for (N, num_channel, 32, 32), made of the layers the examples name."""

    def __init__(self, num_class=10, num_channel=1, include_top=True):
        super().__init__()
        self.conv1 = nn.Conv2d(num_channel, 6, 5, pad_mode="valid")
        self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid")
        self.relu = nn.ReLU()
        self.max_pool2d = nn.MaxPool2d(kernel_size=2, stride=2)
        self.include_top = include_top
        if include_top:
            self.flatten = nn.Flatten()
            self.fc1 = nn.Dense(16 * 5 * 5, 120)
            self.fc2 = nn.Dense(120, 84)
            self.fc3 = nn.Dense(84, num_class)

    def construct(self, x):
        x = self.max_pool2d(self.relu(self.conv1(x)))
        x = self.max_pool2d(self.relu(self.conv2(x)))
        if not self.include_top:
            return x
        x = self.flatten(x)
        x = self.relu(self.fc1(x))
        x = self.relu(self.fc2(x))
        return self.fc3(x)


def create_dataset(*_args, num_samples=8, batch_size=4, **_others):
    """`num_samples` fixed images (1, 32, 32) with labels, in batches."""
    random = np.random.RandomState(0)
    images = random.uniform(size=(num_samples, 1, 32, 32)).astype(np.float32)
    labels = random.randint(0, 10, num_samples).astype(np.int32)
    columns = {"image": images, "label": labels}
    return ds.NumpySlicesDataset(columns, shuffle=False).batch(batch_size)
