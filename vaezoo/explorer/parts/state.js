// What the page shows, in one place, and in the address bar.

import { fromText, toText } from "./arrays.js";

const PAUSE = 250; // milliseconds: browsers allow only so many changes of an address

/** Values by name; what watches them is told which have changed. */
export class State {
  constructor(values) {
    this.values = values;
    this.watchers = [];
  }

  get(name) {
    return this.values[name];
  }

  set(changes) {
    Object.assign(this.values, changes);
    for (const watcher of this.watchers) watcher(new Set(Object.keys(changes)));
  }

  /** Calls a function now and whenever one of these values changes. */
  watch(names, call) {
    this.watchers.push((changed) => {
      if (names.some((name) => changed.has(name))) call();
    });
    call();
  }
}

// How each value is written in an address, and read; `read` gives null for what makes no sense.
const whole = (most) => ({
  write: String,
  read: (text) => (/^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : null),
});
const share = {
  write: (value) => value.toFixed(3),
  read: (text) => (Number(text) >= 0 && Number(text) <= 1 ? Number(text) : null),
};
const numbers = (count) => ({ write: toText, read: (text) => fromText(text, count) });
const oneOf = (values) => ({
  write: String,
  read: (text) => (values.includes(text) ? text : null),
});

function forms(facts) {
  const most = (facts.examples?.pictures ?? 1) - 1;
  const condition = facts.condition ? { c: ["condition", numbers(facts.condition.dim)] } : {};
  return {
    z: ["z", numbers(facts.latent_dim)],
    ...condition,
    seed: ["seed", whole(2 ** 32 - 1)],
    from: ["from", whole(most)],
    to: ["to", whole(most)],
    t: ["t", share],
    path: ["path", oneOf(["line", "sphere"])],
  };
}

/** The values that the address holds, as far as they make sense for this model. */
export function ofAddress(facts) {
  const found = new URLSearchParams(location.hash.slice(1));
  const values = Object.entries(forms(facts)).map(([key, [name, form]]) => [
    name,
    found.has(key) ? form.read(found.get(key)) : null,
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== null));
}

/** Keeps the address as the state is. */
export function keepAddress(facts, state) {
  let timer = null;
  const write = () => {
    const parts = Object.entries(forms(facts)).map(
      ([key, [name, form]]) => `${key}=${form.write(state.get(name))}`,
    );
    history.replaceState(null, "", `#${parts.join("&")}`);
  };
  state.watchers.push(() => {
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE);
  });
}
