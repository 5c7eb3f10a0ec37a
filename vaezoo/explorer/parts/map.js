// The map: codes of data in two dimensions, and a point to drag.

import { element, newest, note, panel, row } from "./dom.js";
import { pictureSize, sheet } from "./pictures.js";

const SIZE = 720; // pixels of the canvas's sides
const COLOURS = [
  "#1f77b4",
  "#d95f02",
  "#2a9d4a",
  "#c2185b",
  "#8e63ce",
  "#8c564b",
  "#e06fb8",
  "#6b7280",
  "#a08a00",
  "#0097a7",
];
const LETTERS = 11; // pixels of the page
const GRID = 16; // decoded pictures on a side
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Coordinates of z on the map: itself where D = 2, else its projection on a plane. */
export function project(map, z) {
  return map.axes.map((axis) =>
    axis.reduce((sum, value, i) => sum + value * (z[i] - map.centre[i]), 0),
  );
}

/** z moved along the plane, so that its coordinates are these. */
export function moved(map, z, [x, y]) {
  const [left, up] = project(map, z);
  const [across, along] = map.axes;
  return Float32Array.from(z, (value, i) => value + (x - left) * across[i] + (y - up) * along[i]);
}

export function mapPanel(app) {
  const { map } = app.facts;
  if (!map) return null;
  const canvas = element("canvas", {
    id: "map-canvas",
    width: SIZE,
    height: SIZE,
    tabindex: 0,
    role: "application",
    "aria-label": "Map of codes: drag, or move with the arrow keys, to decode the point",
  });
  const view = new View(app, map, canvas);
  listen(app, map, canvas, view);
  app.state.watch(["z"], () => view.paint());
  new ResizeObserver(() => view.paint()).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.paint());
  const toggle = app.facts.latent_dim === 2 ? [gridToggle(app, view)] : [];
  const hint = "Drag over the map, or use the arrow keys (with Shift: larger steps).";
  return panel("map", "Map", note(`${map.what}. ${hint}`), ...toggle, canvas, legend(map));
}

/** A letter or the name itself for each class, so that no one needs the colours. */
const glyph = (map, label) =>
  map.names.every((name) => name.length < 3)
    ? map.names[label]
    : String.fromCharCode(97 + (label % 26));
const colour = (label) => COLOURS[label % COLOURS.length];

function legend(map) {
  const items = map.names.map((name, label) => {
    const mark = element("b", {}, glyph(map, label));
    mark.style.color = colour(label);
    return element("li", {}, mark, ` ${name}`);
  });
  const plain = map.names.every((name, label) => name === glyph(map, label));
  return element("ul", { class: "legend", hidden: plain || items.length === 0 }, ...items);
}

/** Draws the map, and turns places on the canvas into coordinates. */
class View {
  constructor(app, map, canvas) {
    Object.assign(this, { app, map, canvas, grid: null });
    this.context = canvas.getContext("2d");
  }

  coordinates(event) {
    const box = this.canvas.getBoundingClientRect();
    const { low, high } = this.map;
    const across = (event.clientX - box.left) / box.width;
    const down = (event.clientY - box.top) / box.height;
    return [low[0] + across * (high[0] - low[0]), high[1] - down * (high[1] - low[1])];
  }

  place([x, y]) {
    const { low, high } = this.map;
    return [
      ((x - low[0]) / (high[0] - low[0])) * SIZE,
      ((high[1] - y) / (high[1] - low[1])) * SIZE,
    ];
  }

  paint() {
    const { context } = this;
    context.clearRect(0, 0, SIZE, SIZE);
    if (this.grid) this.paintGrid();
    else this.paintPoints();
    this.paintPosition();
  }

  paintPoints() {
    const { context, map } = this;
    const size = LETTERS * (SIZE / (this.canvas.clientWidth || SIZE)); // of the page's own pixels
    [context.font, context.textAlign, context.textBaseline] = [
      `600 ${size}px system-ui, sans-serif`,
      "center",
      "middle",
    ];
    map.points.forEach((point, i) => {
      const label = map.labels[i] ?? -1;
      context.fillStyle = label < 0 ? "#888" : colour(label);
      context.fillText(label < 0 ? "•" : glyph(map, label), ...this.place(point));
    });
  }

  paintGrid() {
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.grid, 0, 0, SIZE, SIZE);
  }

  paintPosition() {
    const { context } = this;
    const [x, y] = this.place(project(this.map, this.app.state.get("z"))).map((v) =>
      Math.min(SIZE - 4, Math.max(4, v)),
    );
    for (const [style, width] of [
      ["#fff", 7],
      ["#000", 3],
    ]) {
      [context.strokeStyle, context.lineWidth] = [style, width];
      context.beginPath();
      context.arc(x, y, 11, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /** The decoded pictures of a grid over the whole map. */
  async decodeGrid() {
    const { low, high } = this.map;
    const side = (i, axis) => low[axis] + ((i + 0.5) / GRID) * (high[axis] - low[axis]);
    const z = Array.from({ length: GRID * GRID }, (_, i) => [
      side(i % GRID, 0),
      side(GRID - 1 - Math.floor(i / GRID), 1),
    ]);
    const x = await this.app.model.decodeMean(
      Float32Array.from(z.flat()),
      this.app.state.get("condition"),
    );
    this.grid = sheet(x, this.app.facts.data_shape, GRID);
    this.paint();
  }
}

function listen(app, map, canvas, view) {
  const go = (coordinates) =>
    app.state.set({ z: moved(map, app.state.get("z"), coordinates), shown: "a point of the map" });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    go(view.coordinates(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) go(view.coordinates(event));
  });
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    const step = (event.shiftKey ? 0.1 : 0.02) * (map.high[0] - map.low[0]);
    const here = project(map, app.state.get("z"));
    go(here.map((value, i) => value + step * KEYS[event.key][i]));
  });
}

function gridToggle(app, view) {
  const refresh = newest(() => view.decodeGrid());
  const box = element("input", {
    type: "checkbox",
    id: "grid",
    onchange: () => {
      view.grid = null;
      if (box.checked) refresh();
      else view.paint();
    },
  });
  app.state.watch(["condition"], () => box.checked && refresh());
  const [height, width] = pictureSize(app.facts.data_shape);
  return row(
    element(
      "label",
      { title: `${GRID} by ${GRID} pictures of ${height}×${width}` },
      box,
      " decoded pictures in place of codes",
    ),
  );
}
