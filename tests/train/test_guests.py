"""Networks, optimizers, losses and data of other libraries in a Model."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen, nnx

import cellnet.dataset as ds
from cellnet import Model, Parameter, Tensor, nn, set_seed
from tests.train._training import (
    Plain,
    assert_same_training,
    image_data,
    make_model,
    parts,
    train,
    train_by_hand,
    weights_of,
)

_random = np.random.default_rng(5)
X = _random.normal(size=(16, 6, 6, 1)).astype(np.float32)
Y = _random.integers(0, 3, 16).astype(np.int32)
ORDER = [slice(0, 8), slice(8, 16)] * 4  # four passes


def schedule_chain():
    rate = optax.warmup_cosine_decay_schedule(0.0, 0.1, 2, 8)
    return optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.add_decayed_weights(1e-2),
        optax.sgd(rate, 0.9),
    )


def cross_entropy(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def rows():
    return ds.NumpySlicesDataset((X, Y), ["x", "y"], shuffle=False).batch(8)


class NnxCNN(nnx.Module):
    def __init__(self):
        rngs = nnx.Rngs(3)
        self.conv = nnx.Conv(1, 4, (3, 3), use_bias=False, rngs=rngs)
        self.norm = nnx.BatchNorm(4, rngs=rngs)
        self.drop = nnx.Dropout(0.3, rngs=rngs)
        self.head = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x):
        x = nnx.relu(self.norm(self.conv(x)))
        return self.head(self.drop(x).mean((1, 2)))


@pytest.mark.parametrize(
    "loss",
    [
        optax.softmax_cross_entropy_with_integer_labels,
        lambda logits, labels: cross_entropy(logits, labels),
    ],
    ids=["optax, a loss per sample", "lambda"],
)
def test_nnx_with_an_optax_chain_and_schedule_follows_the_flax_loop(loss):
    module = NnxCNN()
    optimizer = nnx.Optimizer(module, schedule_chain(), wrt=nnx.Param)
    module.train()

    @nnx.jit
    def step(module, optimizer, x, y):
        loss, grads = nnx.value_and_grad(lambda m: cross_entropy(m(x), y))(module)
        optimizer.update(module, grads)
        return loss

    expected = [float(step(module, optimizer, X[r], Y[r])) for r in ORDER]
    ours = NnxCNN()
    model = Model(ours, loss, schedule_chain())
    losses, _ = train(model, 4, rows(), dataset_sink_mode=True)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    theirs = dict(nnx.to_flat_state(nnx.state(module)))
    for path, variable in nnx.to_flat_state(nnx.state(ours, nnx.Param)):
        value = theirs[path]
        np.testing.assert_allclose(variable[...], value[...], rtol=1e-5, atol=1e-6)


class LinenCNN(linen.Module):
    @linen.compact
    def __call__(self, x, train: bool):
        x = linen.Conv(4, (3, 3), use_bias=False)(x)
        x = linen.relu(linen.BatchNorm(use_running_average=not train)(x))
        x = linen.Dropout(0.3, deterministic=not train)(x).mean((1, 2))
        return linen.Dense(3)(x)


def test_linen_with_its_variables_follows_the_loop_by_hand():
    variables = LinenCNN().init(jax.random.key(0), X[:1], train=False)
    tx, key = schedule_chain(), jax.random.key(7)
    params, stats = variables["params"], variables["batch_stats"]
    opt_state = tx.init(params)

    @jax.jit
    def step(params, stats, opt_state, key, x, y):
        def loss_fn(params):
            logits, changed = LinenCNN().apply(
                {"params": params, "batch_stats": stats},
                x,
                train=True,
                rngs={"dropout": key},
                mutable=["batch_stats"],
            )
            return cross_entropy(logits, y), changed["batch_stats"]

        (loss, stats), grads = jax.value_and_grad(loss_fn, has_aux=True)(params)
        updates, opt_state = tx.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), stats, opt_state, loss

    expected = []
    for r in ORDER:
        key, now = jax.random.split(key)
        params, stats, opt_state, loss = step(params, stats, opt_state, now, X[r], Y[r])
        expected.append(float(loss))
    set_seed(7)
    model = Model((LinenCNN(), variables), cross_entropy, schedule_chain())
    losses, weights = train(model, 4, rows(), dataset_sink_mode=True)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_allclose(
        weights["Dense_0.kernel"], params["Dense_0"]["kernel"], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        weights["batch_stats.BatchNorm_0.mean"],
        stats["BatchNorm_0"]["mean"],
        rtol=1e-5,
        atol=1e-6,
    )


# -- a Cell's training with guests beside it ----------------------------------------


@pytest.mark.parametrize(
    "loss",
    [
        nn.SoftmaxCrossEntropyWithLogits(sparse=True),
        optax.softmax_cross_entropy_with_integer_labels,
        lambda out, y: nn.SoftmaxCrossEntropyWithLogits(True, "mean")(out, y),
    ],
    ids=["Cell, per sample", "optax", "lambda of Tensors"],
)
def test_losses_and_an_optax_optimizer(loss):
    """Momentum by another name; a loss per sample is averaged, but not a Cell's."""
    net, _, _ = parts()
    lr = 0.05 / 4 if isinstance(loss, nn.Cell) else 0.05
    data = image_data(drop_remainder=True)
    train(Model(net, loss, optax.sgd(lr, 0.9)), 2, data, dataset_sink_mode=True)
    _, expected = train_by_hand(data, 4)
    for name, value in weights_of(net).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-6)


def batches():
    return list(image_data().create_tuple_iterator(num_epochs=1, output_numpy=True))


class Endless:
    """An iterable that tells no length."""

    def __iter__(self):
        return iter(batches())


class TfdsLike:
    """Batches as dicts, as tfds and grain give them."""

    def __len__(self):
        return 3

    def __iter__(self):
        return ({"image": image, "label": label} for image, label in batches())


FORMS = {
    "list": batches,
    "no length": Endless,
    "dicts": TfdsLike,
    "lists of Tensors": lambda: [[Tensor(c) for c in b] for b in batches()],
    "jax arrays": lambda: [tuple(map(jnp.asarray, b)) for b in batches()],
    "generator dataset": lambda: ds.GeneratorDataset(
        lambda: zip(*all_rows(), strict=True), ["image", "label"], shuffle=False
    ).batch(4),
}


def all_rows():
    columns = zip(*batches(), strict=True)
    return tuple(np.concatenate(column) for column in columns)


@pytest.mark.parametrize(
    ("form", "sink"), [*((form, True) for form in FORMS), ("dicts", False)]
)
def test_batches_of_any_kind_give_the_same_training(form, sink):
    actual = train(make_model(), 2, FORMS[form](), dataset_sink_mode=sink)
    assert_same_training(actual, train_by_hand(image_data(), 6))


def test_batches_of_a_torch_loader():
    data = pytest.importorskip("torch.utils.data")
    torch = pytest.importorskip("torch")
    columns = [torch.from_numpy(column) for column in all_rows()]
    loader = data.DataLoader(data.TensorDataset(*columns), batch_size=4)
    actual = train(make_model(), 2, loader, dataset_sink_mode=True)
    assert_same_training(actual, train_by_hand(image_data(), 6))


@pytest.mark.parametrize(
    "form",
    [
        lambda x, y: (x, y),
        lambda x, y: {"image": x, "label": y},
        lambda x, y: (jnp.asarray(x), jnp.asarray(y)),
        lambda x, y: (Tensor(x), Tensor(y)),
    ],
    ids=["numpy", "dict", "jax", "Tensors"],
)
def test_whole_arrays(form):
    data = form(*all_rows())
    actual = train(make_model(), 4, data, dataset_sink_mode=True, batch_size=10)
    whole = ds.NumpySlicesDataset(all_rows(), ["image", "label"]).batch(10)
    assert_same_training(actual, train_by_hand(whole, 4))


class Show(nn.Cell):
    """Gives back what it is trained with."""

    def __init__(self):
        super().__init__()
        self.steps = Parameter(0, name="steps")

    def construct(self, x):
        self.steps += 1
        return x


def test_arrays_are_cut_into_batches_and_shuffled_in_each_pass():
    x = np.arange(12, dtype=np.float32)
    shown, _ = train(Model(Show()), 2, x, dataset_sink_mode=True, batch_size=4)
    passes = shown.reshape(2, 12)
    for order in passes:
        np.testing.assert_array_equal(np.sort(order), x)
        assert (order != x).any()
    assert (passes[0] != passes[1]).any()


def test_arrays_have_batches_of_32_unless_told():
    net = Show()
    Model(net).train(1, np.zeros(65, np.float32))
    assert int(net.steps) == 3


def test_a_guest_has_its_values_after_an_error_too():
    module = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    before = np.asarray(module.kernel[...])

    def broken():
        yield np.ones((4, 2), np.float32), np.zeros(4, np.int32)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        Model(module, cross_entropy, optax.sgd(0.1)).train(1, broken())
    assert np.abs(np.asarray(module.kernel[...]) - before).max() > 1e-4


def test_a_network_may_be_given_as_a_cell_with_a_guest_inside():
    class Wrapped(nn.Cell):
        def __init__(self):
            super().__init__()
            self.inner = Plain()
            self.scale = nnx.Linear(3, 3, rngs=nnx.Rngs(0))

        def construct(self, x):
            return self.scale(self.inner(x))

    net = Wrapped()
    before = net.scale.kernel.asnumpy().copy()
    losses, _ = train(
        Model(net, optax.softmax_cross_entropy_with_integer_labels, optax.adam(0.05)),
        20,
        image_data(),
        dataset_sink_mode=True,
    )
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    assert np.abs(net.scale.kernel.asnumpy() - before).max() > 1e-3
