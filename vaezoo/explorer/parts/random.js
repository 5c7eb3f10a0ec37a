// NumPy's random numbers: the same seed gives the same noise here and in Python.
//
// SeedSequence, PCG64 (XSL-RR) and the ziggurat of 256 levels for float32, as in
// numpy.random.default_rng(seed).standard_normal(num, dtype=numpy.float32).

const LEVELS = 256;
const TAIL = 3.6541528853610088; // where the ziggurat ends
const [TAIL_32, INVERSE_32] = [Math.fround(TAIL), Math.fround(1 / TAIL)];
const SCALE = 2 ** 23;
const STEP = 0x2360ed051fc65da44385df649fccf645n;
const [MASK_64, MASK_128] = [64n, 128n].map((bits) => (1n << bits) - 1n);

const multiply = (a, b) => Math.imul(a, b) >>> 0;

/** A hash whose constant changes with each use. */
function hasher(constant, factor) {
  return (value) => {
    const mixed = value ^ constant;
    constant = multiply(constant, factor);
    const product = multiply(mixed, constant);
    return (product ^ (product >>> 16)) >>> 0;
  };
}

function mix(a, b) {
  const sum = (multiply(0xca01f9dd, a) - multiply(0x4973f715, b)) >>> 0;
  return (sum ^ (sum >>> 16)) >>> 0;
}

/** The 32-bit words of whole numbers, lowest first. */
function words(numbers) {
  return numbers.flatMap((number) => {
    const parts = [number >>> 0];
    for (let rest = Math.floor(number / 2 ** 32); rest > 0; rest = Math.floor(rest / 2 ** 32)) {
      parts.push(rest >>> 0);
    }
    return parts;
  });
}

/** SeedSequence: four 64-bit numbers from any entropy. */
function seedSequence(numbers) {
  const entropy = words(numbers);
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = [0, 1, 2, 3].map((i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  }
  for (const word of entropy.slice(4)) {
    for (let to = 0; to < 4; to++) pool[to] = mix(pool[to], hash(word));
  }
  const last = hasher(0x8b51f9dd, 0x58f38ded);
  const state = [...pool, ...pool].map(last).map(BigInt);
  return [0, 2, 4, 6].map((i) => state[i] | (state[i + 1] << 32n));
}

/** 32-bit numbers of PCG64, the lower half of each 64 bits first. */
function bits(numbers) {
  const [high, low, otherHigh, otherLow] = seedSequence(numbers);
  const increment = ((((otherHigh << 64n) | otherLow) << 1n) | 1n) & MASK_128;
  const next = (state) => (state * STEP + increment) & MASK_128;
  let state = next((next(0n) + ((high << 64n) | low)) & MASK_128);
  let upper = null;
  return () => {
    if (upper !== null) {
      const half = upper;
      upper = null;
      return half;
    }
    state = next(state);
    const folded = ((state >> 64n) ^ state) & MASK_64;
    const turn = state >> 122n;
    const output = ((folded >> turn) | (folded << (64n - turn))) & MASK_64;
    upper = Number(output >> 32n);
    return Number(output & 0xffffffffn);
  };
}

/** Widths, heights and inner limits of the layers below exp(-x^2 / 2). */
function ziggurat() {
  const density = (x) => Math.exp(-0.5 * x * x);
  const area = 0.004928673233974658; // of each layer, and of the tail with the lowest
  const [width, height] = [new Float32Array(LEVELS), new Float32Array(LEVELS)];
  const inner = new Uint32Array(LEVELS);
  const base = area / density(TAIL);
  [width[0], width[LEVELS - 1]] = [base / SCALE, TAIL / SCALE];
  [height[0], height[LEVELS - 1]] = [1, density(TAIL)];
  inner[0] = (TAIL / base) * SCALE;
  for (let i = LEVELS - 2, x = TAIL; i > 0; i--) {
    const above = Math.sqrt(-2 * Math.log(area / x + density(x)));
    inner[i + 1] = (above / x) * SCALE;
    [width[i], height[i]] = [above / SCALE, density(above)];
    x = above;
  }
  return { width, height, inner };
}

const { width, height, inner } = ziggurat();

/** A function that draws from N(0, 1), float32. */
export function normalSource(numbers) {
  const draw = bits(numbers);
  const uniform = () => (draw() >>> 8) / 2 ** 24;
  const logUniform = () => Math.fround(Math.log1p(-uniform()));
  const fromTail = (negative) => {
    for (;;) {
      const x = Math.fround(-INVERSE_32 * logUniform());
      if (-2 * logUniform() > x * x) return Math.fround(TAIL_32 + x) * (negative ? -1 : 1);
    }
  };
  return () => {
    for (;;) {
      const word = draw();
      const [level, place] = [word & 0xff, (word >>> 9) & 0x7fffff];
      const x = Math.fround(place * width[level]) * (word & 0x100 ? -1 : 1);
      if (place < inner[level]) return x;
      if (level === 0) return fromTail((place >>> 8) & 1);
      const step = Math.fround(height[level - 1] - height[level]);
      if (step * uniform() + height[level] < Math.exp(-0.5 * x * x)) return x;
    }
  };
}

/** `count` draws of N(0, 1) from a seed, or from several numbers, as NumPy gives them. */
export function standardNormal(count, ...seed) {
  return Float32Array.from({ length: count }, normalSource(seed));
}

/** `count` draws between 0 and 1, as numpy.random.default_rng(seed).random(count, float32). */
export function uniformNumbers(count, ...seed) {
  const draw = bits(seed);
  return Float32Array.from({ length: count }, () => (draw() >>> 8) / 2 ** 24);
}
