"""Products, norms and decompositions against NumPy."""

import numpy as np
import pytest

from cellnet import Tensor, ops
from cellnet import dtype as mstype

RNG = np.random.default_rng(1)
A = RNG.standard_normal((2, 3)).astype(np.float32)
B = RNG.standard_normal((3, 4)).astype(np.float32)
BATCH = RNG.standard_normal((5, 2, 3)).astype(np.float32)
SQUARE = RNG.standard_normal((2, 3, 3)).astype(np.float32) + 3 * np.eye(3, dtype="f4")


def close(result, expected, rtol=1e-5):
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=rtol, atol=1e-5)


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
def test_matmul_primitives(transpose_a, transpose_b):
    a, b = A.T if transpose_a else A, B.T if transpose_b else B
    flags = (transpose_a, transpose_b)
    close(ops.MatMul(*flags)(Tensor(a), Tensor(b)), A @ B)
    stacked = Tensor(np.stack([a, a])), Tensor(np.stack([b, b]))
    close(ops.BatchMatMul(*flags)(*stacked), np.stack([A @ B] * 2))


def test_matmul_broadcasts_and_takes_vectors():
    close(ops.matmul(Tensor(BATCH), Tensor(B)), BATCH @ B)
    close(ops.matmul(Tensor(B[:, 0]), Tensor(B[:, 0])), B[:, 0] @ B[:, 0])
    close(Tensor(A) @ Tensor(B), A @ B)


def test_matmul_errors():
    with pytest.raises(ValueError, match="do not fit"):
        ops.matmul(Tensor(A), Tensor(A))
    with pytest.raises(ValueError, match="2 axes"):
        ops.MatMul()(Tensor(BATCH), Tensor(B))
    with pytest.raises(TypeError, match="dtypes must be equal"):
        ops.MatMul()(Tensor(A), Tensor(B, mstype.float16))
    with pytest.raises(TypeError, match="transpose_a"):
        ops.MatMul(transpose_a=1)


def test_dense():
    bias = np.arange(4, dtype=np.float32)
    close(ops.dense(Tensor(BATCH), Tensor(B.T), Tensor(bias)), BATCH @ B + bias)
    with pytest.raises(ValueError, match="end in one length"):
        ops.dense(Tensor(BATCH), Tensor(B))


def test_other_products():
    close(ops.outer(Tensor(A[0]), Tensor(B[0])), np.outer(A[0], B[0]))
    close(ops.tensor_dot(Tensor(BATCH), Tensor(B), ((2,), (0,))), BATCH @ B)
    close(ops.Einsum("bij,jk->bik")((Tensor(BATCH), Tensor(B))), BATCH @ B)
    close(ops.dot(Tensor(A), Tensor(B)), A @ B)


@pytest.mark.parametrize("ord", [None, 1, 2, np.inf, 3])
def test_vector_norms(ord):
    close(ops.norm(Tensor(A), ord, 1), np.linalg.norm(A, ord, 1))
    close(ops.norm(Tensor(A), ord, 1, True), np.linalg.norm(A, ord, 1, True))


def test_norms_of_all():
    close(ops.norm(Tensor(BATCH)), np.sqrt((BATCH**2).sum()))
    close(ops.norm(Tensor(A), "nuc"), np.linalg.norm(A, "nuc"))
    expected = (np.abs(A) ** 3).sum(1) ** (1 / 3)
    close(ops.LpNorm(1, 3)(Tensor(A)), expected)
    expected = A / np.sqrt((A**2).sum(1, keepdims=True))
    close(ops.L2Normalize(1)(Tensor(A)), expected)


def test_decompositions():
    close(ops.inverse(Tensor(SQUARE)), np.linalg.inv(SQUARE), 1e-3)
    positive = SQUARE @ SQUARE.transpose(0, 2, 1)
    close(ops.cholesky(Tensor(positive)), np.linalg.cholesky(positive), 1e-3)
    s, u, v = ops.svd(Tensor(A))
    close(s, np.linalg.svd(A)[1])
    close(u @ ops.diag(s) @ v.T, A, 1e-4)
