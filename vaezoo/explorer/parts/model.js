// The exported model: its graphs on ONNX Runtime Web, composed as Python's runtime does.

import { joined, logMeanExp, repeated, rows, size } from "./arrays.js";
import { standardNormal } from "./random.js";

const NUMBERS = 2 ** 21; // of decoders' outputs at once, so that memory stays bounded

/** ONNX Runtime Web on one thread, from the bytes of its plain wasm build. */
export async function openRuntime(assets) {
  const ort = await import(await assets.module());
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = await assets.wasm();
  ort.env.logLevel = "error";
  return ort;
}

/** An export. Arrays are flat float32; z and x may hold several rows, one after the other. */
export class Model {
  constructor(ort, facts, assets) {
    Object.assign(this, { ort, facts, assets, sessions: {}, last: Promise.resolve() });
    this.opening = Promise.resolve();
    this.dataSize = size(facts.data_shape);
    this.latentDim = facts.latent_dim;
  }

  has(graph) {
    return graph in this.facts.graphs;
  }

  /** The mean of q(z|x), or the point that replaces it, [N, D]. */
  async encodeMean(x, condition = null) {
    return (await this.run("encoder", [x, ...this.conditions(condition, x.length / this.dataSize)]))
      .mean;
  }

  /** The mean of p(x|z), [N, *data_shape]. */
  async decodeMean(z, condition = null) {
    const most = Math.max(1, Math.floor(NUMBERS / this.dataSize)) * this.latentDim;
    const parts = [];
    for (let start = 0; start < z.length; start += most) {
      const part = z.subarray(start, start + most);
      const given = this.conditions(condition, part.length / this.latentDim);
      parts.push((await this.run("decoder", [part, ...given])).mean);
    }
    return parts.length === 1 ? parts[0] : joined(parts);
  }

  /** The graph that z of a source comes from; null where z is noise itself. */
  sourceGraph(source) {
    if (source !== "prior" && this.has("sampler")) return "sampler";
    return ["prior", "step"].find((name) => this.has(name)) ?? null;
  }

  /** `count` draws of z, [count, D]: those of `sample_latents` in Python for the same seed. */
  async sampleLatents(count, { seed, condition = null, source = null }) {
    const graph = this.sourceGraph(source);
    if (graph === null) return standardNormal(count * this.latentDim, seed);
    if (graph === "step") return this.drawCodes(standardNormal(count * this.latentDim, seed));
    const { inputs } = this.facts.graphs[graph];
    const sizes = inputs.filter((port) => port.name !== "condition").map((port) => port.shape[0]);
    const noise = split(standardNormal(count * sum(sizes), seed), sizes);
    const given = sizes.length < inputs.length ? this.conditions(condition, count) : [];
    return (await this.run(graph, [...noise, ...given])).z;
  }

  /** Discrete codes of noise, one after the other. */
  async drawCodes(noise) {
    const count = noise.length / this.latentDim;
    let codes = new Float32Array(noise.length);
    for (let place = 0; place < this.latentDim; place++) {
      const places = new Float32Array(count).fill(place);
      codes = (await this.run("step", [codes, noise, places])).z;
    }
    return codes;
  }

  /** log p(x, z) - log q(z|x) of one x for noise [K, noise size], nats, [K]. */
  async score(x, noise, condition = null) {
    const sizes = this.noiseSizes();
    const groups = sizes.length ? split(noise, sizes) : [];
    const given = takesCondition(this.facts.graphs.score) ? this.conditions(condition, 1) : [];
    return (await this.run("score", [x, ...groups, ...given], 1)).log_weights;
  }

  /** log p(x) of one x by importance samples: what `log_likelihood` of Python gives for it. */
  async logLikelihood(x, num, { seed = 0, condition = null } = {}) {
    const width = sum(this.noiseSizes());
    const noise = standardNormal(num * width, seed, 0);
    return logMeanExp(await this.score(x, noise, condition));
  }

  noiseSizes() {
    const { inputs } = this.facts.graphs.score;
    return inputs.filter((port) => port.name.startsWith("noise")).map((port) => port.shape[1]);
  }

  conditions(condition, count) {
    if (!this.facts.condition) return [];
    return [condition.length === this.facts.condition.dim ? repeated(condition, count) : condition];
  }

  /** Outputs of a graph by name; runs wait for each other. */
  run(name, inputs, batch = null) {
    const result = this.last.then(() => this.runNow(name, inputs, batch));
    this.last = result.catch(() => {});
    return result;
  }

  async runNow(name, inputs, batch) {
    const session = await this.session(name);
    const ports = this.facts.graphs[name].inputs;
    const feeds = ports.map((port, i) => [port.name, this.tensor(inputs[i], port.shape, batch)]);
    const found = await session.run(Object.fromEntries(feeds));
    return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, value.data]));
  }

  /** A tensor [N, *shape], where one axis may have any size if N is known. */
  tensor(array, shape, batch) {
    const known = size(shape.filter((axis) => axis !== null));
    const count = batch ?? array.length / known;
    const sizes = shape.map((axis) => axis ?? array.length / known / count);
    return new this.ort.Tensor("float32", array, [count, ...sizes]);
  }

  /** The session of a graph; they open one after the other, as ONNX Runtime Web forgets the
   * weights in other files of the one when it opens the next. */
  async session(name) {
    const open = () => this.open(this.facts.graphs[name]);
    this.sessions[name] ??= this.opening = this.opening.catch(() => {}).then(open);
    return this.sessions[name];
  }

  async open({ file, weights }) {
    const read = async (path) => ({ path, data: await this.assets.graph(path) });
    const externalData = await Promise.all(weights.map(read));
    const options = { executionProviders: ["wasm"], externalData, logSeverityLevel: 3 };
    return this.ort.InferenceSession.create(await this.assets.graph(file), options);
  }
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const takesCondition = (graph) => graph.inputs.some((port) => port.name === "condition");

/** Columns of rows of numbers: an array for each of the sizes. */
function split(array, sizes) {
  const width = sum(sizes);
  let start = 0;
  return sizes.map((count) => {
    const first = start;
    start += count;
    return joined(rows(array, width).map((row) => row.subarray(first, start)));
  });
}
