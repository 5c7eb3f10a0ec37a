// A slider for each dimension of z, the most telling first, and for each attribute.

import { button, element, note, number, panel } from "./dom.js";

const FIRST = 10; // sliders shown at once
const MOST = 64;

export function slidersPanel(app) {
  const { dimensions } = app.facts;
  const order = dimensions.order.slice(0, MOST);
  const sliders = order.map((dimension, place) => dimensionSlider(app, dimension, place));
  sliders.slice(FIRST).forEach((slider) => (slider.hidden = true));
  const more = button(
    `Show ${order.length - FIRST} more`,
    () => {
      sliders.forEach((slider) => (slider.hidden = false));
      more.hidden = true;
    },
    { hidden: order.length <= FIRST },
  );
  return panel("sliders", "Dimensions of z", note(dimensions.what), ...sliders, more);
}

function dimensionSlider(app, dimension, place) {
  const { dimensions, codebook_size: codes } = app.facts;
  const [least, most] = dimensions.ranges[place];
  const slider = element("input", {
    type: "range",
    min: least,
    max: most,
    step: codes ? 1 : "any",
    oninput: () => {
      const z = app.state.get("z").slice();
      z[dimension] = Number(slider.value);
      app.state.set({ z, shown: `with z ${dimension} moved` });
    },
  });
  const output = element("output", {});
  app.state.watch(["z"], () => {
    const here = app.state.get("z")[dimension];
    slider.value = String(here);
    output.textContent = number(here, codes ? 0 : 2);
  });
  const name = `z ${dimension} · ${number(dimensions.values[place])} ${dimensions.unit}`;
  return element("label", { class: "slider" }, element("span", {}, name), slider, output);
}

/** Attributes with a fitted direction: z moves along it, in standard deviations of it. */
export function attributesPanel(app) {
  const { attributes } = app.facts;
  if (!attributes?.length) return null;
  const what =
    "Each moves z along a direction that was fitted to codes of data, in standard deviations of it.";
  return panel(
    "attributes",
    "Attributes",
    note(what),
    ...attributes.map((one) => attributeSlider(app, one)),
  );
}

function attributeSlider(app, { name, direction }) {
  let amount = 0;
  const output = element("output", {}, "0");
  const slider = element("input", {
    type: "range",
    min: -3,
    max: 3,
    step: "any",
    value: 0,
    oninput: () => {
      const change = Number(slider.value) - amount;
      amount += change;
      const z = app.state.get("z").map((value, i) => value + change * direction[i]);
      output.textContent = number(amount);
      app.state.set({ z, shown: `with ${name} moved`, by: name });
    },
  });
  app.state.watch(["z"], () => {
    // another z, another beginning
    if (app.state.get("by") === name && app.state.get("shown") === `with ${name} moved`) return;
    [amount, slider.value, output.textContent] = [0, "0", "0"];
  });
  return element("label", { class: "slider" }, element("span", {}, name), slider, output);
}
