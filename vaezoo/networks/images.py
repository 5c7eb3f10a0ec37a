"""Keras' layers of images, in the layout of this package: channels last.

Keras gives layers the layout of `keras.config.image_data_format()`, a user's setting for networks
of their own.
"""

from __future__ import annotations

import functools

import keras

_last = functools.partial(functools.partial, data_format="channels_last")

Conv2D = _last(keras.layers.Conv2D)
Conv2DTranspose = _last(keras.layers.Conv2DTranspose)
Cropping2D = _last(keras.layers.Cropping2D)
Flatten = _last(keras.layers.Flatten)
GroupNormalization = functools.partial(keras.layers.GroupNormalization, axis=-1)
UpSampling2D = _last(keras.layers.UpSampling2D)
