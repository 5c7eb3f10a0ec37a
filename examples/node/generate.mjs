// Generates from an export by ONNX Runtime in Node.js.
//
//     npm ci --ignore-scripts
//     node generate.mjs EXPORT NOISE OUT [CONDITION]
//
// EXPORT is a folder with a manifest.json. The other files are bare float32, little-endian: NOISE
// holds unit normals, [N, size]; OUT the means of p(x|z), [N, ...data_shape]; CONDITION what
// graphs take for each example, [N, dim] (one-hot labels). The noise comes from no seed: draw it
// as you like; the same noise gives the same images as `vaezoo` in Python.

import { createHash } from "node:crypto";
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import ort from "onnxruntime-node";

const FORMAT = 2;

/** An export whose graphs are opened when first used, after their hashes were compared. */
export class Model {
  constructor(folder) {
    this.folder = realpathSync(folder);
    this.manifest = JSON.parse(readFileSync(join(this.folder, "manifest.json"), "utf8"));
    if (this.manifest.format !== FORMAT)
      throw new Error(`${folder}: format ${this.manifest.format}, expected ${FORMAT}`);
    this.sessions = {};
  }

  /** Means of p(x|z) for noise, a Float32Array [N, size], and conditions, [N, dim]. */
  async generate(noise, condition = null) {
    const { graphs, latent_dim, condition: expected } = this.manifest;
    if (Boolean(condition) !== Boolean(expected))
      throw new Error(expected ? "a condition is missing" : "this model has no condition");
    const source = ["sampler", "prior", "step"].find((name) => name in graphs);
    const sizes = (source === undefined || source === "step")
      ? [latent_dim]
      : graphs[source].inputs.filter((port) => port.name !== "condition").map((port) => port.shape[0]);
    const size = sizes.reduce((sum, part) => sum + part, 0);
    if (noise.length === 0 || noise.length % size)
      throw new Error(`noise has ${noise.length} numbers: expected a multiple of ${size}`);
    const num = noise.length / size;
    const parts = columns(noise, sizes);
    let z = noise;
    if (source === "step")
      z = await this.#steps(noise, num, latent_dim);
    else if (source !== undefined)
      z = (await this.#run(source, num, [...parts, condition])).z;
    return (await this.#run("decoder", num, [z, condition])).mean;
  }

  /** One code after the other. */
  async #steps(noise, num, dim) {
    let codes = new Float32Array(num * dim);
    for (let place = 0; place < dim; place++)
      codes = (await this.#run("step", num, [codes, noise, new Float32Array(num).fill(place)])).z;
    return codes;
  }

  async #run(name, num, arrays) {
    const ports = this.manifest.graphs[name].inputs;
    const feeds = {};
    ports.forEach((port, i) => {
      const dims = [num, ...port.shape.map(Number)];
      feeds[port.name] = new ort.Tensor("float32", arrays[i], dims);
    });
    const found = await (await this.#session(name)).run(feeds);
    return Object.fromEntries(Object.entries(found).map(([key, tensor]) => [key, tensor.data]));
  }

  async #session(name) {
    if (!(name in this.sessions)) {
      const { file, weights } = this.manifest.graphs[name];
      for (const needed of [file, ...weights]) this.#check(needed);
      this.sessions[name] = await ort.InferenceSession.create(join(this.folder, file));
    }
    return this.sessions[name];
  }

  #check(name) {
    const path = realpathSync(join(this.folder, name));
    if (!path.startsWith(this.folder + sep)) throw new Error(`${name} lies outside the export`);
    const found = createHash("sha256").update(readFileSync(path)).digest("hex");
    const expected = this.manifest.files[name]?.sha256;
    if (found !== expected) throw new Error(`${name} has SHA-256 ${found}, expected ${expected}`);
  }
}

/** Cuts the rows of an array into several arrays. */
function columns(values, sizes) {
  const size = sizes.reduce((sum, part) => sum + part, 0);
  let start = 0;
  return sizes.map((width) => {
    const part = Float32Array.from({ length: (values.length / size) * width }, (_, i) =>
      values[Math.floor(i / width) * size + start + (i % width)]);
    start += width;
    return part;
  });
}

function readFloats(path) {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [folder, noise, out, condition] = process.argv.slice(2);
  if (out === undefined) {
    console.error("usage: node generate.mjs EXPORT NOISE OUT [CONDITION]");
    process.exit(2);
  }
  try {
    const pictures = await new Model(folder).generate(
      readFloats(noise), condition === undefined ? null : readFloats(condition));
    writeFileSync(out, new Uint8Array(pictures.buffer, pictures.byteOffset, pictures.byteLength));
  } catch (error) {
    console.error(`Error: ${error.message}`);
    process.exit(1);
  }
}
