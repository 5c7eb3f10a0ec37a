// A walk between two examples, in steps and as an animation.

import { joined, rows } from "./arrays.js";
import { button, choice, element, newest, note, panel, row, save } from "./dom.js";
import { gif } from "./gif.js";
import { buttons, draw, pixels, savePng, sheet } from "./pictures.js";

const [STEPS, FRAMES] = [9, 24];
const PERIOD = 4000; // milliseconds there and back

/** The point t of the way from a to b: on the line, or on the great circle (White 2016). */
export function between(a, b, t, path, codes) {
  if (codes)
    return Float32Array.from(a, (value, i) => (i < Math.round(t * a.length) ? b[i] : value));
  const [left, right] = path === "sphere" ? sphereWeights(a, b, t) : [1 - t, t];
  return Float32Array.from(a, (value, i) => left * value + right * b[i]);
}

function sphereWeights(a, b, t) {
  const dot = (u, v) => u.reduce((sum, value, i) => sum + value * v[i], 0);
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  if (!(Math.sin(angle) > 1e-6)) return [1 - t, t];
  return [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
}

export function walkPanel(app) {
  const { examples, codebook_size: codes } = app.facts;
  if (!examples) return null;
  const walk = new Walk(app);
  app.walk = walk;
  const paths = app.facts.spherical && !codes ? [pathChoice(app)] : [];
  const how = codes
    ? "Codes have nothing between them: the walk replaces them one after the other."
    : "Choose where it begins (A) and ends (B).";
  const label = app.facts.condition ? " All is decoded under the label that is chosen above." : "";
  return panel(
    "walk",
    "Walk between two examples",
    note(how + label),
    ...walk.ends(),
    row(walk.slider(), walk.player(), ...paths),
    walk.strip.box,
    row(
      button("Save PNG", () => walk.savePng()),
      button("Save GIF", () => walk.saveGif()),
    ),
  );
}

function pathChoice(app) {
  const options = [
    ["line", "straight line"],
    ["sphere", "great circle"],
  ];
  return choice("Path", options, app.state.get("path"), (path) => app.state.set({ path }));
}

class Walk {
  constructor(app) {
    Object.assign(this, { app, codes: {}, steps: null, playing: false });
    const { facts, state } = app;
    this.strip = buttons(
      STEPS,
      facts.data_shape,
      (place) => `step ${place} of ${STEPS - 1}`,
      (place) => this.go(place / (STEPS - 1)),
    );
    this.strip.box.id = "walk-strip";
    state.watch(
      ["from", "to", "path", "condition"],
      newest(() => this.show()),
    );
  }

  /** The code of an example, encoded once for each condition. */
  async code(place) {
    const { facts, model, state } = this.app;
    const own = facts.examples.conditions?.[place];
    const condition = own ? Float32Array.from(own) : state.get("condition");
    this.codes[place] ??= await model.encodeMean(facts.examples.arrays[place], condition);
    return this.codes[place];
  }

  async at(t) {
    const { facts, state } = this.app;
    const [a, b] = [await this.code(state.get("from")), await this.code(state.get("to"))];
    return between(a, b, t, state.get("path"), facts.codebook_size);
  }

  async decoded(count) {
    const z = await Promise.all(Array.from({ length: count }, (_, i) => this.at(i / (count - 1))));
    return this.app.model.decodeMean(joined(z), this.app.state.get("condition"));
  }

  async show() {
    this.steps = await this.decoded(STEPS);
    rows(this.steps, this.app.model.dataSize).forEach((x, i) =>
      draw(this.strip.canvases[i], x, this.app.facts.data_shape),
    );
  }

  async go(t) {
    const { state } = this.app;
    state.set({ z: await this.at(t), t, shown: `${Math.round(100 * t)} % of the walk` });
  }

  /** Two rows of examples: where the walk begins, and where it ends. */
  ends() {
    return ["from", "to"].map((name, i) => {
      const { facts, state } = this.app;
      const label = (place) => `${facts.examples.names[place] || `example ${place}`} as ${"AB"[i]}`;
      const tiles = buttons(facts.examples.arrays.length, facts.data_shape, label, (place) => {
        state.set({ [name]: place });
        this.go(state.get("t"));
      });
      tiles.box.classList.add("scroll");
      tiles.box.id = `walk-${name}`;
      facts.examples.arrays.forEach((x, place) => draw(tiles.canvases[place], x, facts.data_shape));
      state.watch([name], () =>
        tiles.buttons.forEach((one, place) =>
          one.setAttribute("aria-pressed", String(place === state.get(name))),
        ),
      );
      return element("div", { class: "end" }, element("b", {}, "AB"[i]), tiles.box);
    });
  }

  slider() {
    const { state } = this.app;
    const slider = element("input", {
      type: "range",
      id: "walk-t",
      min: 0,
      max: 1,
      step: "any",
      "aria-label": "how far from A to B",
      oninput: () => this.go(Number(slider.value)),
    });
    state.watch(["t"], () => (slider.value = String(state.get("t"))));
    return element("label", { class: "wide" }, "A ", slider, " B");
  }

  player() {
    const play = button(
      "Play",
      () => {
        this.playing = !this.playing;
        play.textContent = this.playing ? "Pause" : "Play";
        if (this.playing) this.play();
      },
      { id: "play" },
    );
    return play;
  }

  async play() {
    const begin = performance.now() - (this.app.state.get("t") * PERIOD) / 2;
    while (this.playing) {
      const turn = ((performance.now() - begin) % PERIOD) / PERIOD;
      await this.go(turn < 0.5 ? 2 * turn : 2 - 2 * turn);
      await new Promise(requestAnimationFrame);
    }
  }

  savePng() {
    savePng(
      `${this.app.facts.preset}-walk.png`,
      sheet(this.steps, this.app.facts.data_shape, STEPS),
    );
  }

  async saveGif() {
    save(`${this.app.facts.preset}-walk.gif`, new Blob([await this.gif()], { type: "image/gif" }));
  }

  /** There and back, as the bytes of a GIF. */
  async gif() {
    const { facts, model } = this.app;
    const frames = rows(await this.decoded(FRAMES), model.dataSize).map((x) =>
      enlarged(pixels(x, facts.data_shape)),
    );
    const all = [...frames, ...frames.slice(1, -1).reverse()];
    return gif(all, Math.round(PERIOD / 10 / all.length), facts.data_shape[2] === 3);
  }
}

/** Pixels repeated up to about 112 on a side. */
function enlarged({ data, width, height }) {
  const factor = Math.max(1, Math.round(112 / Math.max(width, height)));
  const large = new ImageData(width * factor, height * factor);
  const [from, to] = [new Uint32Array(data.buffer), new Uint32Array(large.data.buffer)];
  for (let i = 0; i < to.length; i++) {
    const [x, y] = [i % large.width, Math.floor(i / large.width)];
    to[i] = from[Math.floor(y / factor) * width + Math.floor(x / factor)];
  }
  return large;
}
