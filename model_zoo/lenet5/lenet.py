"""LeNet5 for 32 x 32 images of one channel (LeCun et al., 1998)."""

import cellnet.ops as ops
from cellnet import nn
from cellnet.common.initializer import TruncatedNormal


def conv(in_channels: int, out_channels: int, kernel_size: int) -> nn.Conv2d:
    """A convolution without padding and bias."""
    return nn.Conv2d(
        in_channels,
        out_channels,
        kernel_size=kernel_size,
        weight_init=TruncatedNormal(0.02),
        has_bias=False,
        pad_mode="valid",
    )


def dense(in_channels: int, out_channels: int) -> nn.Dense:
    """A fully connected layer."""
    return nn.Dense(
        in_channels, out_channels, TruncatedNormal(0.02), TruncatedNormal(0.02)
    )


class LeNet5(nn.Cell):
    """Two convolutions with max pooling, three dense layers.

    Args:
        num_class: classes to tell apart.

    Inputs: images, float32 (N, 1, 32, 32).

    Outputs: logits, float32 (N, num_class).
    """

    def __init__(self, num_class: int = 10) -> None:
        super().__init__()
        self.conv1 = conv(1, 6, 5)
        self.conv2 = conv(6, 16, 5)
        self.fc1 = dense(16 * 5 * 5, 120)
        self.fc2 = dense(120, 84)
        self.fc3 = dense(84, num_class)
        self.relu = nn.ReLU()
        self.max_pool2d = nn.MaxPool2d(kernel_size=2, stride=2)
        self.reshape = ops.Reshape()

    def construct(self, x):
        x = self.max_pool2d(self.relu(self.conv1(x)))  # (N, 6, 14, 14)
        x = self.max_pool2d(self.relu(self.conv2(x)))  # (N, 16, 5, 5)
        x = self.reshape(x, (x.shape[0], -1))  # (N, 400)
        x = self.relu(self.fc1(x))
        x = self.relu(self.fc2(x))
        return self.fc3(x)
