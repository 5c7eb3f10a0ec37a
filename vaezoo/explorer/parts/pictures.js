// Examples as pictures: canvases, buttons with a picture, and PNG files.

import { rows } from "./arrays.js";
import { element, save } from "./dom.js";

/** Height and width of the picture of one example: a vector is one row of pixels. */
export function pictureSize(shape) {
  return shape.length === 3 ? [shape[0], shape[1]] : [1, shape.reduce((a, b) => a * b, 1)];
}

/** RGBA bytes of one example, as vaezoo.images draws it. */
export function pixels(x, shape) {
  const [height, width] = pictureSize(shape);
  const channels = shape.length === 3 ? shape[2] : 1;
  const level = shape.length === 3 ? (value) => value : stretched(x);
  const bytes = new Uint8ClampedArray(4 * height * width); // rounds half to even, as NumPy
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++)
      bytes[4 * i + c] = 255 * level(x[channels * i + (channels === 3 ? c : 0)]);
    bytes[4 * i + 3] = 255;
  }
  return new ImageData(bytes, width, height);
}

/** Black at the least value, white at the greatest. */
function stretched(x) {
  const least = Math.min(...x);
  const range = Math.max(Math.max(...x) - least, 1e-12);
  return (value) => (value - least) / range;
}

/** A canvas of one example, enlarged by the style sheet. */
export function canvasOf(shape, name) {
  const [height, width] = pictureSize(shape);
  return element("canvas", { width, height, class: "picture", role: "img", "aria-label": name });
}

export function draw(canvas, x, shape) {
  canvas.getContext("2d").putImageData(pixels(x, shape), 0, 0);
}

/** A grid of buttons with pictures, of which each tells its place when it is pressed. */
export function buttons(count, shape, name, onpress) {
  const made = Array.from({ length: count }, (_, place) => {
    const canvas = canvasOf(shape, name(place));
    const onclick = () => onpress(place);
    return {
      canvas,
      button: element("button", { type: "button", class: "tile", onclick }, canvas),
    };
  });
  return {
    canvases: made.map(({ canvas }) => canvas),
    buttons: made.map(({ button }) => button),
    box: element("div", { class: "tiles" }, ...made.map(({ button }) => button)),
  };
}

/** Several examples side by side on one canvas, `columns` in a row, 1 pixel between them. */
export function sheet(x, shape, columns) {
  const [height, width] = pictureSize(shape);
  const examples = rows(
    x,
    shape.reduce((a, b) => a * b, 1),
  );
  const lines = Math.ceil(examples.length / columns);
  const canvas = element("canvas", {
    width: columns * (width + 1) - 1,
    height: lines * (height + 1) - 1,
  });
  const context = canvas.getContext("2d");
  examples.forEach((example, i) => {
    const [column, line] = [i % columns, Math.floor(i / columns)];
    context.putImageData(pixels(example, shape), column * (width + 1), line * (height + 1));
  });
  return canvas;
}

/** Saves a canvas as PNG, enlarged by a whole factor to about 256 pixels. */
export function savePng(name, canvas) {
  const factor = Math.max(1, Math.round(256 / Math.max(canvas.width, canvas.height)));
  const large = element("canvas", { width: canvas.width * factor, height: canvas.height * factor });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  large.toBlob((blob) => save(name, blob), "image/png");
}
