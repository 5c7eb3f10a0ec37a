# %% [markdown]
# # From Keras to a phone, a browser and a server
#
# A model was trained with Keras, and should now run where there is neither Keras nor TensorFlow. This chapter trains a small one, exports it once, and runs the
# same decoder in four places: in Python without TensorFlow, behind an HTTP server, in a browser, and by LiteRT, which is what phones have. In each of them the pixels are
# compared with those of Keras.

# %%
import io
import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import keras
import numpy as np
from PIL import Image

import vaezoo
from vaezoo import datasets, images, models
from vaezoo.tutorial import show

folder = Path(tempfile.mkdtemp())
data = datasets.load("digits")
keras.utils.set_random_seed(0)
vae = models.VAE(data.data_shape, 8, network={"name": "mlp", "hidden": [128]})
vae.compile(optimizer=keras.optimizers.Adam(2e-3))
vae.fit(datasets.as_float(data.train), batch_size=64, epochs=60, verbose=0)
z = np.random.default_rng(0).standard_normal((16, 8)).astype(np.float32)
expected = np.asarray(vae.decode_mean(z))
show(images.grid(expected, columns=16))

# %% [markdown]
# ## One export
#
# ONNX for everything but TensorFlow, a SavedModel for what speaks TensorFlow, and a manifest that says of each graph what goes in and what comes
# out, with the hash of each file. Before it is written, all graphs are run and compared.

# %%
vae.save_to_preset(folder / "digits")  # config and weights, and the export next to them
exported = folder / "digits" / "export"
for path in sorted(exported.rglob("*")):
    if path.is_file() and "test_data" not in str(path):
        name = path.relative_to(exported).as_posix()
        print(f"{name:45s} {path.stat().st_size / 1024:7.1f} KiB")

# %% [markdown]
# ## Python without TensorFlow
#
# `pip install vaezoo` alone brings NumPy and ONNX Runtime, and no TensorFlow. In another process, to see that:

# %%
code = f"""
import sys, time
start = time.perf_counter()
import numpy as np, vaezoo
model = vaezoo.load({str(folder / "digits")!r})
x = model.decode_mean(np.load({str(folder / "z.npy")!r}))
print(f"{{1000 * (time.perf_counter() - start):.0f}} ms from the first import to the pixels")
print("TensorFlow was imported:", "tensorflow" in sys.modules)
np.save({str(folder / "x.npy")!r}, x)
"""
np.save(folder / "z.npy", z)
print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout, end="")
print(f"greatest difference from Keras: {np.abs(np.load(folder / 'x.npy') - expected).max():.1e}")

# %% [markdown]
# ## A server
#
# A loaded model may be shared by any number of threads, and checks what it is given, so that a server is little more than a route: a request has rows of z in JSON,
# the answer is a PNG. A wrong request gets the model's own sentence.

# %%
model = vaezoo.load(folder / "digits")


def png(picture):
    file = io.BytesIO()
    Image.fromarray(picture[..., 0]).save(file, "png")
    return file.getvalue()


class Decoder(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            x = model.decode_mean(np.array(json.loads(body)["z"], np.float32))
            answer, status = png(images.grid(x, columns=len(x))), 200
        except (ValueError, KeyError, vaezoo.errors.VaezooError) as error:
            answer, status = f"{error}\n".encode(), 400
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Decoder)
threading.Thread(target=server.serve_forever, daemon=True).start()


def ask(rows):
    address = f"http://127.0.0.1:{server.server_port}"
    request = urllib.request.Request(address, json.dumps({"z": rows}).encode())
    try:
        return urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as error:
        return f"{error.code}: {error.read().decode().strip()}"


picture = ask(z.tolist())
start = time.perf_counter()
for _ in range(100):
    ask(z.tolist())
print(f"{len(picture)} bytes of PNG, {10 * (time.perf_counter() - start):.1f} ms per request")
print(ask([[0.0, 1.0]]))
server.shutdown()

# %% [markdown]
# A real server has a limit on the size of a request, and more processes than one; the model needs nothing else.
#
# ## A browser
#
# `vaezoo explore runs/mine -o page.html` makes one file that holds the model and the runtime, opens without a server or a network, and lets
# its reader move in latent space ([Explorer](../explorer.md)). For a page of your own, `onnxruntime-web` runs the same `decoder.onnx`:
#
# ```html
# <canvas id="digit" width="8" height="8"></canvas>
# <script type="module">
#   import * as ort from "./node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
#
#   const decoder = await ort.InferenceSession.create("decoder.onnx");
#   const z = new ort.Tensor("float32", new Float32Array(8), [1, 8]);
#   const { mean } = await decoder.run({ z }, ["mean"]);
#   const pixels = new ImageData(8, 8);
#   mean.data.forEach((grey, i) => pixels.data.set([255 * grey, 255 * grey, 255 * grey, 255], 4 * i));
#   document.getElementById("digit").getContext("2d").putImageData(pixels, 0, 0);
# </script>
# ```
#
# The names `z` and `mean` are in the manifest. `examples/node` is a whole client in JavaScript: it verifies the hashes, draws from the prior and
# decodes.

# %%
manifest = json.loads((exported / "manifest.json").read_text())
print(json.dumps(manifest["graphs"]["decoder"], indent=1)[:600])

# %% [markdown]
# ## A phone
#
# LiteRT, formerly TensorFlow Lite, reads a format of its own, which TensorFlow makes of the SavedModel. All noise is an input of these graphs, so that
# none of them needs an operation that LiteRT lacks. (ONNX Runtime has libraries for Android and iOS as well; those read `decoder.onnx` as it is.)

# %%
import tensorflow as tf  # noqa: E402

saved = str(exported / "saved_model")
converter = tf.lite.TFLiteConverter.from_saved_model(saved, signature_keys=["decode"])
(folder / "decoder.tflite").write_bytes(converter.convert())
converter.optimizations = [tf.lite.Optimize.DEFAULT]
(folder / "small.tflite").write_bytes(converter.convert())

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    print("pip install ai-edge-litert runs the converted models here, too")
else:
    for name in ("decoder.tflite", "small.tflite"):
        decode = Interpreter(str(folder / name)).get_signature_runner("decode")
        difference = np.abs(decode(z=z)["mean"] - expected).max()
        size = (folder / name).stat().st_size / 1024
        print(f"{name:15s} {size:6.1f} KiB, greatest difference from Keras {difference:.1e}")

# %% [markdown]
# The second one has weights of eight bits: a quarter of the size, and pixels that differ a little. Whether that matters is to be measured, not
# guessed: `vaezoo export NAME --variant int8` writes such a variant of ONNX with its [loss of likelihood](../export-format.md#variants) beside
# it.
#
# ## Exercises
#
# 1. Let the server answer with log p(x) of a posted image. What does it say of noise?
# 2. Change one byte of `decoder.onnx`, and load the model.
# 3. How many milliseconds does one image take, and how many each of 256?

# %% [markdown] solution 1
# Noise is far less probable than a digit. The method is one line: `log_likelihood`.

# %% solution 1
digit = (datasets.as_float(data.test[:1]) > 0.5).astype(np.float32)
noise = (np.random.default_rng(0).random(digit.shape) > 0.5).astype(np.float32)
for name, x in {"a digit": digit, "noise": noise}.items():
    print(f"{name}: {model.log_likelihood(x, num_samples=100)[0]:.0f} nats")

# %% [markdown] solution 2
# It is refused: the manifest has the hash of each file, and what was checked is what runs.

# %% solution 2
path = exported / "decoder.onnx"
content = bytearray(path.read_bytes())
content[1000] ^= 1
path.write_bytes(content)
try:
    vaezoo.load(folder / "digits")
except vaezoo.errors.VaezooError as error:
    print(str(error).replace(str(folder), "…"))
content[1000] ^= 1
path.write_bytes(content)

# %% [markdown] solution 3
# A call has a price of its own, which a batch shares.

# %% solution 3
for num in (1, 256):
    rows = np.zeros((num, 8), np.float32)
    start = time.perf_counter()
    for _ in range(50):
        model.decode_mean(rows)
    print(f"{num:3d} at once: {1000 * (time.perf_counter() - start) / 50 / num:.4f} ms each")

# %% [markdown]
# ## References
#
# - [ONNX](https://onnx.ai), [ONNX Runtime](https://onnxruntime.ai/docs/) for servers, phones and browsers
# - [LiteRT](https://ai.google.dev/edge/litert), and its [converter](https://ai.google.dev/edge/litert/conversion/tensorflow/overview)
