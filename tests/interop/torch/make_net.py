"""Makes net.npz: a PyTorch network's state_dict, an input and its output.

python make_net.py    # needs PyTorch; the tests need only the file
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    """Convolutions over two axes and one, norms, an LSTM."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.PReLU(4)
        )
        self.temporal = nn.Conv1d(4, 6, 3, padding=1)
        self.lstm = nn.LSTM(6, 5, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(10)
        self.classifier = nn.Linear(10, 3)

    def forward(self, x):
        x = self.temporal(self.features(x).mean(2))
        x, _ = self.lstm(x.transpose(1, 2))
        return self.classifier(self.norm(x[:, -1]))


if __name__ == "__main__":
    torch.manual_seed(0)
    net = Net()
    x = torch.randn(5, 1, 6, 7)
    for _ in range(3):
        net(x + torch.randn_like(x))  # moves the averages
    net.eval()
    for parameter in (net.norm.weight, net.norm.bias):
        nn.init.uniform_(parameter, 0.5, 1.5)
    state = {f"state.{k}": v.detach().numpy() for k, v in net.state_dict().items()}
    file = Path(__file__).with_name("net.npz")
    np.savez_compressed(file, x=x.numpy(), y=net(x).detach().numpy(), **state)
