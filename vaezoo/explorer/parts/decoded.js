// What is decoded now, with the label that it is decoded under.

import { choice, button, element, newest, note, number, panel, row } from "./dom.js";
import { buttons, canvasOf, draw, savePng } from "./pictures.js";

export function decodedPanel(app) {
  const { facts, model, state } = app;
  const canvas = canvasOf(facts.data_shape, "decoded picture");
  canvas.id = "decoded-canvas";
  const where = element("p", { class: "note", id: "decoded-where", "aria-live": "polite" });
  const show = newest(async () => {
    app.x = await model.decodeMean(state.get("z"), state.get("condition"));
    draw(canvas, app.x, facts.data_shape);
    canvas.dataset.shown = String(Number(canvas.dataset.shown ?? 0) + 1);
  });
  state.watch(["z", "condition"], show);
  state.watch(["z", "shown"], () => (where.textContent = description(state)));
  const keep = button("Save PNG", () => savePng(`${facts.preset}.png`, canvas));
  return panel("decoded", "Decoded", canvas, where, row(keep), ...labelParts(app));
}

function description(state) {
  const z = state.get("z");
  const values = Array.from(z.subarray(0, 4), (value) => number(value)).join(", ");
  return `z = (${values}${z.length > 4 ? ", …" : ""}): ${state.get("shown")}`;
}

export const oneHot = (label, dim) =>
  Float32Array.from({ length: dim }, (_, i) => (i === label ? 1 : 0));
export const labelName = (condition, label) => condition.names[label] ?? String(label);

/** For a model of p(x|c): the label, and the same z under each label; or sliders of a vector. */
function labelParts(app) {
  const { condition } = app.facts;
  if (!condition) return [];
  return condition.kind === "labels" ? [labelChoice(app), ...twins(app)] : vectorSliders(app);
}

function labelChoice(app) {
  const { condition } = app.facts;
  const options = Array.from({ length: condition.dim }, (_, label) => [
    label,
    labelName(condition, label),
  ]);
  const chosen = app.state.get("condition").indexOf(1);
  const made = choice("Label", options, chosen, (label) =>
    app.state.set({ condition: oneHot(Number(label), condition.dim) }),
  );
  const select = made.querySelector("select");
  select.id = "label";
  app.state.watch(
    ["condition"],
    () => (select.value = String(app.state.get("condition").indexOf(1))),
  );
  return row(made);
}

/** The same z under every label. */
function twins(app) {
  const { facts, model, state } = app;
  const { dim } = facts.condition;
  const press = (label) => state.set({ condition: oneHot(label, dim) });
  const tiles = buttons(
    dim,
    facts.data_shape,
    (label) => `the same z as ${labelName(facts.condition, label)}`,
    press,
  );
  tiles.box.id = "twins";
  const show = newest(async () => {
    for (let label = 0; label < dim; label++) {
      draw(
        tiles.canvases[label],
        await model.decodeMean(state.get("z"), oneHot(label, dim)),
        facts.data_shape,
      );
    }
  });
  state.watch(["z"], show);
  return [note("The same z under each label:"), tiles.box];
}

function vectorSliders(app) {
  const { dim, names } = app.facts.condition;
  return Array.from({ length: dim }, (_, place) => {
    const slider = element("input", {
      type: "range",
      min: -3,
      max: 3,
      step: "any",
      value: app.state.get("condition")[place],
      oninput: () => {
        const condition = app.state.get("condition").slice();
        condition[place] = Number(slider.value);
        app.state.set({ condition });
      },
    });
    return element(
      "label",
      { class: "slider" },
      element("span", {}, names[place] ?? `condition ${place}`),
      slider,
    );
  });
}
