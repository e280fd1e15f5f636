"""Wrappers that give back what they are given."""

import importlib

import cellnet
from cellnet import Model, nn, train


def test_a_model_for_another_optimizer_than_thor_stays():
    net = nn.Dense(2, 1)
    optimizer = nn.SGD(net.trainable_params())
    model = Model(net, nn.MSELoss(), optimizer)
    module = importlib.import_module("cellnet.train.train_thor")
    for place in (cellnet, train, module):
        found = place.ConvertModelUtils().convert_to_thor_model(
            model=model, network=net, optimizer=optimizer, amp_level="O2"
        )
        assert found is model
