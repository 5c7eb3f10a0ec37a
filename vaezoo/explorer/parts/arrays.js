// Small helpers for arrays of numbers, and for text that holds bytes.

/** The bytes that base64 text holds. */
export function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text); // newer browsers
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The content of gzipped bytes. */
export async function unzipped(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Numbers as a short address holds them: decimals, or float32 in base64 where there are many. */
export function toText(z) {
  if (z.length <= 16) return Array.from(z, (value) => Number(value.toFixed(4))).join(",");
  const bytes = new Uint8Array(Float32Array.from(z).buffer);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return "~" + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What `toText` wrote; null where the text holds anything else than `size` finite numbers. */
export function fromText(text, size) {
  let values;
  try {
    values = text.startsWith("~") ? ofBytes(text.slice(1)) : text.split(",").map(Number);
  } catch {
    return null; // no base64
  }
  return values.length === size && values.every(Number.isFinite) ? Float32Array.from(values) : null;
}

function ofBytes(text) {
  const bytes = fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4)));
}

export const size = (shape) => shape.reduce((product, one) => product * one, 1);

/** Rows of a flat array. */
export function rows(array, width) {
  const count = Math.floor(array.length / width);
  return Array.from({ length: count }, (_, i) => array.subarray(i * width, (i + 1) * width));
}

/** One array of several. */
export function joined(arrays) {
  const result = new Float32Array(arrays.reduce((total, array) => total + array.length, 0));
  let start = 0;
  for (const array of arrays) {
    result.set(array, start);
    start += array.length;
  }
  return result;
}

/** The same row again and again. */
export const repeated = (row, count) => joined(Array(count).fill(row));

/** log of the mean of exp, without overflow. */
export function logMeanExp(values) {
  const most = Math.max(...values);
  if (!Number.isFinite(most)) return most;
  const sum = Array.from(values, (value) => Math.exp(value - most)).reduce((a, b) => a + b, 0);
  return most + Math.log(sum / values.length);
}

/** The share of sorted numbers that are greater than a value. */
export function shareAbove(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return (sorted.length - low) / sorted.length;
}
