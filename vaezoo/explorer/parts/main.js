// Opens the model, and puts the page together.

import { fromBase64, rows } from "./arrays.js";
import { assetsOf } from "./assets.js";
import { decodedPanel, oneHot } from "./decoded.js";
import { drawingPanel } from "./drawing.js";
import { element, note } from "./dom.js";
import { mapPanel } from "./map.js";
import { Model, openRuntime } from "./model.js";
import { samplesPanel } from "./samples.js";
import { attributesPanel, slidersPanel } from "./sliders.js";
import { keepAddress, ofAddress, State } from "./state.js";
import { walkPanel } from "./walk.js";

/** What Python wrote about the model, with its example pictures as arrays. */
function readFacts() {
  const facts = JSON.parse(document.getElementById("facts").textContent);
  if (facts.examples) {
    const bytes = fromBase64(facts.examples.data);
    const levels = facts.examples.float
      ? new Float32Array(bytes.buffer)
      : Float32Array.from(bytes, (byte) => Math.fround(byte / 255));
    facts.examples.arrays = rows(levels, levels.length / facts.examples.pictures);
  }
  return facts;
}

function firstCondition({ condition }) {
  if (!condition) return null;
  return condition.kind === "labels" ? oneHot(0, condition.dim) : new Float32Array(condition.dim);
}

function firstState(facts) {
  const last = facts.examples ? facts.examples.pictures - 1 : 0;
  const values = {
    z: Float32Array.from(facts.start),
    shown: "the beginning",
    condition: firstCondition(facts),
  };
  return new State({
    ...values,
    seed: 0,
    from: 0,
    to: last,
    t: 0,
    path: "line",
    by: null,
    ...ofAddress(facts),
  });
}

function parts(app) {
  const [map, decoded] = [mapPanel(app), decodedPanel(app)];
  const sliders = [...present(attributesPanel(app)), slidersPanel(app)];
  const sides = map ? [[map], [decoded, ...sliders]] : [[decoded], sliders];
  const columns = sides.map((panels) => element("div", {}, ...panels));
  const below = present(drawingPanel(app), walkPanel(app), samplesPanel(app));
  return [...app.facts.notes.map(note), element("div", { class: "columns" }, ...columns), ...below];
}

const present = (...elements) => elements.filter((one) => one !== null);

async function start() {
  const status = document.getElementById("status");
  const facts = readFacts();
  const assets = assetsOf(facts.assets);
  const model = new Model(await openRuntime(assets), facts, assets);
  await Promise.all([model.session("decoder"), model.session("encoder")]);
  const app = { facts, model, state: firstState(facts), x: null };
  document.querySelector("main").replaceChildren(...parts(app));
  keepAddress(facts, app.state);
  addEventListener("hashchange", () =>
    app.state.set({ ...ofAddress(facts), shown: "from the address" }),
  );
  globalThis.explorer = app; // for the console: explorer.model.decodeMean(…)
  status.textContent = `Ready in ${Math.round(performance.now())} ms; nothing leaves this page.`;
  document.body.dataset.ready = "yes";
}

start().catch((error) => {
  document.getElementById("status").textContent =
    `The model cannot be opened here: ${error.message ?? error}.`;
  document.body.dataset.ready = "failed";
  console.error(error);
});
