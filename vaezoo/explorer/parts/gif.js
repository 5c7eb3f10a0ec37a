// Looping GIF files: 256 greys, or 216 colours, and LZW.

const EXTENSION = 0x21;
const [CLEAR, END] = [256, 257];
const MOST_CODES = 4096;

/** A GIF of frames of one size that loops for ever.
 *
 * frames: of ImageData; pause: hundredths of a second between them; colours: whether they have any.
 */
export function gif(frames, pause, colours = false) {
  const { width, height } = frames[0];
  const bytes = [...ascii("GIF89a"), ...short(width), ...short(height), 0xf7, 0, 0];
  for (const value of palette(colours)) bytes.push(value);
  bytes.push(EXTENSION, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0);
  for (const frame of frames) {
    bytes.push(EXTENSION, 0xf9, 4, 0, ...short(pause), 0, 0);
    bytes.push(0x2c, 0, 0, 0, 0, ...short(width), ...short(height), 0, 8);
    for (const value of blocks(packed(indices(frame.data, colours)))) bytes.push(value);
  }
  return new Uint8Array([...bytes, 0x3b]);
}

const ascii = (text) => Array.from(text, (letter) => letter.charCodeAt(0));
const short = (value) => [value & 0xff, value >> 8];

function palette(colours) {
  if (!colours) return Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  const cube = Array.from({ length: 216 }, (_, i) => [
    Math.floor(i / 36),
    Math.floor(i / 6) % 6,
    i % 6,
  ]);
  const levels = cube.flat().map((level) => 51 * level);
  return [...levels, ...Array(768 - levels.length).fill(0)];
}

function indices(data, colours) {
  return Array.from({ length: data.length / 4 }, (_, i) => {
    if (!colours) return data[4 * i];
    const [red, green, blue] = [0, 1, 2].map((c) => Math.round(data[4 * i + c] / 51));
    return 36 * red + 6 * green + blue;
  });
}

/** LZW codes of 8-bit values, packed from the lowest bit on. */
function packed(values) {
  const bytes = [];
  let [buffer, filled, width] = [0, 0, 9];
  const put = (code) => {
    buffer |= code << filled;
    for (filled += width; filled >= 8; filled -= 8, buffer >>>= 8) bytes.push(buffer & 0xff);
  };
  let [table, next] = [new Map(), END + 1];
  put(CLEAR);
  let prefix = values[0];
  for (const value of values.slice(1)) {
    const key = (prefix << 8) | value;
    if (table.has(key)) {
      prefix = table.get(key);
      continue;
    }
    put(prefix);
    if (next < MOST_CODES) {
      if (next === 1 << width) width++;
      table.set(key, next++);
    } else {
      put(CLEAR);
      [table, next, width] = [new Map(), END + 1, 9];
    }
    prefix = value;
  }
  put(prefix);
  put(END);
  if (filled) bytes.push(buffer & 0xff);
  return bytes;
}

/** Bytes in blocks of at most 255, each after its length, and an empty one. */
function* blocks(bytes) {
  for (let start = 0; start < bytes.length; start += 255) {
    const block = bytes.slice(start, start + 255);
    yield block.length;
    yield* block;
  }
  yield 0;
}
