// Draw your own, or drop a picture: it is encoded, decoded again, and scored.

import { shareAbove } from "./arrays.js";
import { button, element, newest, note, number, panel, row } from "./dom.js";
import { canvasOf, draw, pictureSize } from "./pictures.js";
import { uniformNumbers } from "./random.js";

export function drawingPanel(app) {
  const { facts } = app;
  if (facts.data_shape.length !== 3 || ![1, 3].includes(facts.data_shape[2]) || !facts.levels)
    return null;
  const drawing = new Drawing(app);
  const open = element("input", {
    type: "file",
    accept: "image/*",
    "aria-label": "a picture of your own",
    onclick: () => (open.value = ""), // the same file may be another picture by now
    onchange: () => drawing.open(open.files[0]),
  });
  const how =
    facts.data_shape[2] === 1
      ? "Draw on the left, about as large as the examples below, or drop a picture on it."
      : "Drop a picture on the left.";
  const pair = element(
    "div",
    { class: "pair" },
    figure(drawing.canvas, "yours"),
    figure(drawing.copy, "its reconstruction"),
  );
  const beside = element(
    "div",
    {},
    drawing.verdict,
    row(
      button("Clear", () => drawing.clear()),
      open,
    ),
  );
  return panel(
    "drawing",
    "Draw your own",
    note(`${how} ${drawing.preparation}`),
    element("div", { class: "columns" }, pair, beside),
  );
}

const figure = (canvas, caption) =>
  element("figure", {}, canvas, element("figcaption", {}, caption));

class Drawing {
  constructor(app) {
    Object.assign(this, { app, last: null });
    const { data_shape: shape, binary } = app.facts;
    [this.height, this.width] = pictureSize(shape);
    this.levels = new Float32Array(this.height * this.width * shape[2]);
    this.canvas = canvasOf(shape, "your drawing");
    this.copy = canvasOf(shape, "its reconstruction");
    [this.canvas.id, this.copy.id] = ["drawing-canvas", "drawing-copy"];
    this.verdict = element("p", { id: "verdict", "aria-live": "polite" });
    const drawn = binary
      ? "As in training, each pixel is then 1 with its level as the probability. "
      : "";
    this.preparation =
      drawn +
      (app.facts.condition ? "It is encoded and scored under the label that is chosen above." : "");
    this.encode = newest(() => this.encodeNow());
    this.paint();
    draw(this.copy, this.levels, shape);
    this.listen();
    app.state.watch(["condition"], () => this.last !== null && this.encode());
  }

  paint() {
    draw(this.canvas, this.levels, this.app.facts.data_shape);
  }

  clear() {
    this.levels.fill(0);
    this.verdict.textContent = "";
    this.paint();
  }

  listen() {
    const { canvas } = this;
    if (this.app.facts.data_shape[2] === 1) {
      canvas.addEventListener("pointerdown", (event) => this.press(event));
      canvas.addEventListener(
        "pointermove",
        (event) => canvas.hasPointerCapture(event.pointerId) && this.stroke(event),
      );
      canvas.addEventListener("pointerup", () => this.encode());
    }
    canvas.addEventListener("dragover", (event) => event.preventDefault());
    canvas.addEventListener("drop", (event) => {
      event.preventDefault();
      this.open(event.dataTransfer.files[0]);
    });
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.last = null;
    this.stroke(event);
  }

  /** Paints a soft line from the last point to this one. */
  stroke(event) {
    const box = this.canvas.getBoundingClientRect();
    const here = [
      ((event.clientX - box.left) / box.width) * this.width,
      ((event.clientY - box.top) / box.height) * this.height,
    ];
    const from = this.last ?? here;
    const steps = Math.ceil(Math.hypot(here[0] - from[0], here[1] - from[1]) * 2) + 1;
    for (let i = 1; i <= steps; i++)
      this.dab(
        from[0] + ((here[0] - from[0]) * i) / steps,
        from[1] + ((here[1] - from[1]) * i) / steps,
      );
    this.last = here;
    this.paint();
  }

  /** A dab of about the width of a pen: 1/14 of the picture. */
  dab(x, y) {
    const radius = Math.max(0.8, this.width / 26);
    for (let i = 0; i < this.levels.length; i++) {
      const distance = Math.hypot((i % this.width) + 0.5 - x, Math.floor(i / this.width) + 0.5 - y);
      this.levels[i] = Math.max(this.levels[i], Math.min(1, Math.max(0, radius + 0.5 - distance)));
    }
  }

  /** A picture from a file, cut to the model's proportions and scaled to its size. */
  async open(file) {
    if (!file) return;
    try {
      const picture = await createImageBitmap(file);
      this.levels.set(levelsOf(picture, this.width, this.height, this.app.facts.data_shape[2]));
    } catch {
      this.verdict.textContent = "This file is no picture that the browser can read.";
      return;
    }
    this.last = [0, 0];
    this.paint();
    await this.encode();
  }

  /** What the model takes: levels, or 0 and 1 drawn from them with a fixed seed. */
  example() {
    if (!this.app.facts.binary) return this.levels.slice();
    const chance = uniformNumbers(this.levels.length, 0);
    return this.levels.map((level, i) => (chance[i] < level ? 1 : 0));
  }

  async encodeNow() {
    const { app, copy } = this;
    const [x, condition] = [this.example(), app.state.get("condition")];
    const z = await app.model.encodeMean(x, condition);
    draw(copy, await app.model.decodeMean(z, condition), app.facts.data_shape);
    app.state.set({ z: z.slice(), shown: "your drawing" });
    this.verdict.textContent = await verdict(app, x, condition);
  }
}

function levelsOf(picture, width, height, channels) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const factor = Math.max(width / picture.width, height / picture.height); // the middle is kept
  const [across, down] = [picture.width * factor, picture.height * factor];
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, (width - across) / 2, (height - down) / 2, across, down);
  const { data } = context.getImageData(0, 0, width, height);
  const grey = (i) =>
    (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 255;
  const value = (i) => (channels === 1 ? grey(i) : data[4 * Math.floor(i / 3) + (i % 3)] / 255);
  return Float32Array.from({ length: width * height * channels }, (_, i) => value(i));
}

/** The log-likelihood, and how many test examples have a higher one. */
export async function verdict(app, x, condition) {
  const { facts, model } = app;
  if (!model.has("score")) return `No score: ${facts.refused.score ?? "this export has none"}.`;
  const num = facts.scores?.num_samples ?? 16;
  const score = await model.logLikelihood(x, num, { condition });
  const text = `log p(x) ≈ ${number(score, 1)} nats, with ${num} importance samples`;
  if (!facts.scores) return `${text}.`;
  const share = shareAbove(facts.scores.values, score);
  return `${text}: odder than ${Math.round(100 * share)} % of ${facts.scores.what}.`;
}
