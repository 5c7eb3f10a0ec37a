"""Networks: shapes of every size, and values of the gate."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.errors import ConfigError, DataError
from vaezoo.networks import NETWORKS, apply, conv_decoder, conv_encoder, mlp, resnet_decoder


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("shape", [(7, 5, 1), (65, 33, 3), (28, 28, 1), (1, 1, 2), (9,)])
def test_any_shape_goes_in_and_comes_out(name: str, shape: tuple[int, ...]) -> None:
    if name != "mlp" and len(shape) == 1:
        with pytest.raises(ConfigError, match="needs images"):
            NETWORKS[name].encoder(shape, (4,))
        with pytest.raises(ConfigError, match="needs images"):
            NETWORKS[name].decoder((4,), shape)
        return
    encoder, decoder = NETWORKS[name].encoder(shape, (4,)), NETWORKS[name].decoder((2,), shape)
    assert encoder(np.zeros((3, *shape))).shape == (3, 4)
    assert decoder(np.zeros((3, 2))).shape == (3, *shape)


def test_gated_layers_against_numpy(rng: np.random.Generator) -> None:
    network = mlp((3,), (2,), hidden=[4], activation="gated")
    x = rng.normal(size=(5, 3)).astype(np.float32)
    dense = {
        layer.activation.__name__: layer for layer in network.layers if hasattr(layer, "kernel")
    }
    gate = dense["sigmoid"]
    linear, out = [
        layer for layer in network.layers if hasattr(layer, "kernel") and layer is not gate
    ]
    h = x @ linear.kernel.numpy() / (1 + np.exp(-(x @ gate.kernel.numpy())))
    np.testing.assert_allclose(network(x), h @ out.kernel.numpy(), rtol=1e-4, atol=1e-6)


def test_decoder_mirrors_encoder() -> None:
    encoder = conv_encoder((65, 33, 3), (4,), filters=[8, 16, 32])
    decoder = conv_decoder((4,), (65, 33, 3), filters=[8, 16, 32])
    down = [layer.output.shape[1:3] for layer in encoder.layers if "down" in layer.name]
    assert down == [(33, 17), (17, 9), (9, 5)]
    assert decoder.output_shape == (None, 65, 33, 3)


def test_pixels_of_a_patch_are_channels_and_come_back() -> None:
    """A pixel goes where it lies in its square; the decoder puts it back there."""
    shape, small = (4, 6, 3), {"filters": [4], "patch": 2, "dense": 4}
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(1, *shape)
    encoder, decoder = conv_encoder(shape, (4,), **small), conv_decoder((4,), shape, **small)
    patches = keras.Model(encoder.input, encoder.get_layer("patches").output)(x).numpy()
    assert patches.shape == (1, 2, 3, 12)
    for row, column in np.ndindex(2, 3):
        square = x[0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        np.testing.assert_array_equal(patches[0, row, column], square.ravel())
    back = keras.Model(decoder.get_layer("last").output, decoder.output)(patches)
    np.testing.assert_array_equal(back, x)
    with pytest.raises(ConfigError, match=r"patch=2 needs .* 5 × 6 pixels"):
        conv_decoder((4,), (5, 6, 3), **small)
    with pytest.raises(ConfigError, match="patch"):
        conv_encoder(shape, (4,), patch=0)


def test_hidden_layers_take_the_policy_and_outputs_stay_float32() -> None:
    network = mlp((3,), (2,), dtype=keras.DTypePolicy("mixed_float16"))
    assert network.layers[1].compute_dtype == "float16"
    assert network(np.zeros((1, 3))).dtype == "float32"


def test_leading_axes(rng: np.random.Generator) -> None:
    network = mlp((3,), (2, 2, 1))
    x = rng.normal(size=(4, 5, 3)).astype(np.float32)
    outputs = apply(network, x)
    assert outputs.shape == (4, 5, 2, 2, 1)
    for wrong in (x.swapaxes(1, 2), x[0, 0]):
        with pytest.raises(DataError, match=r"expected \[\.\.\., 3\]"):
            apply(network, wrong[..., None] if wrong.ndim == 1 else wrong)
    np.testing.assert_allclose(outputs[2, 3], network(x[2, 3][None])[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pixel_width", [0, 4])
def test_every_pixel_of_a_resnet_hangs_on_z(pixel_width: int) -> None:
    """What is cropped is past the edges: no row or column of an odd size is left out."""
    for shape in ((7, 5, 1), (28, 28, 1), (65, 33, 3)):
        sizes = {"channels": 2, "dense": 8, "pixel_width": pixel_width}
        decoder = resnet_decoder((2,), shape, widths=[4, 8], **sizes)
        x = decoder(np.array([[0.0, 0.0], [3.0, -3.0]])).numpy()
        assert (x[0] != x[1]).all()


@pytest.mark.parametrize("pixel_width", [0, 4])
def test_a_block_of_pixels_draws_no_grid_where_features_are_flat(pixel_width: int) -> None:
    """A transposed convolution does: every second pixel has other weights."""
    keras.utils.set_random_seed(0)
    decoder = resnet_decoder((2,), (32, 32, 1), widths=[4], dense=8, pixel_width=pixel_width)
    kernel, bias = decoder.get_layer("unflat").get_weights()
    decoder.get_layer("unflat").set_weights([0 * kernel, bias + 1])
    middle = decoder(np.zeros((1, 2))).numpy()[0, 10:22, 10:22, 0]
    assert (np.ptp(middle) < 1e-5) == bool(pixel_width)


@pytest.mark.parametrize("kernel", [3, 4])
def test_kernels_of_4_see_every_pixel_equally_often(kernel: int) -> None:
    encoder = conv_encoder((16, 16, 1), (1,), filters=[1], kernel=kernel, activation="linear")
    encoder.set_weights([np.ones_like(weight) for weight in encoder.get_weights()])
    x = tf.Variable(np.zeros((1, 16, 16, 1), np.float32))
    with tf.GradientTape() as tape:
        found = encoder(x)
    middle = tape.gradient(found, x)[0, 4:12, 4:12, 0].numpy()
    assert (np.ptp(middle) == 0) == (kernel == 4)


def test_a_resnet_block_starts_near_the_identity() -> None:
    """The sum of all blocks does not grow with their number."""
    spread = []
    for num_blocks in (1, 8):
        keras.utils.set_random_seed(0)
        decoder = resnet_decoder((4,), (16, 16, 1), widths=[8], num_blocks=num_blocks)
        spread.append(decoder(np.random.default_rng(0).normal(size=(64, 4))).numpy().std())
    assert 0.5 < spread[1] / spread[0] < 2
