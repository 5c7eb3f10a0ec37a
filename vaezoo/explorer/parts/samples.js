// Random samples: z ~ p(z), or from a sampler that was fitted to codes of data.

import { rows } from "./arrays.js";
import { button, choice, element, newest, note, panel, row } from "./dom.js";
import { buttons, draw } from "./pictures.js";

const COUNT = 16;

export function samplesPanel(app) {
  const { facts, model, state } = app;
  let z = [];
  let source = null;
  const press = (place) =>
    state.set({ z: z[place].slice(), shown: `sample ${place + 1} of seed ${state.get("seed")}` });
  const tiles = buttons(COUNT, facts.data_shape, (place) => `sample ${place + 1}`, press);
  tiles.box.id = "samples-tiles";
  const show = newest(async () => {
    const condition = state.get("condition");
    const drawn = await model.sampleLatents(COUNT, { seed: state.get("seed"), condition, source });
    z = rows(drawn, model.latentDim);
    const x = rows(await model.decodeMean(drawn, condition), model.dataSize);
    x.forEach((one, place) => draw(tiles.canvases[place], one, facts.data_shape));
  });
  state.watch(["seed", "condition"], show);
  const sources =
    facts.sources.length > 1
      ? [
          choice(
            "from",
            facts.sources.map((name) => [name, name]),
            facts.sources.at(-1),
            (name) => show((source = name)),
          ),
        ]
      : [];
  const condition = facts.condition ? ", and with --condition for the label" : "";
  const command = `vaezoo generate ${facts.preset} -n ${COUNT}`;
  const what = `As ${command} gives with this --seed${condition}. Press one to take it up.`;
  return panel(
    "samples",
    "Random samples",
    note(what),
    row(...seedParts(state), ...sources),
    tiles.box,
  );
}

function seedParts(state) {
  const input = element("input", {
    type: "number",
    id: "seed",
    min: 0,
    max: 2 ** 32 - 1,
    step: 1,
    onchange: () => {
      const seed = Math.floor(Number(input.value));
      if (seed >= 0 && seed < 2 ** 32) state.set({ seed });
    },
  });
  state.watch(["seed"], () => (input.value = String(state.get("seed"))));
  const next = button("Others", () => state.set({ seed: (state.get("seed") + 1) % 2 ** 32 }));
  return [element("label", {}, "Seed ", input), next];
}
