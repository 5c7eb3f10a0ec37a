// Elements of the page. Text is only ever text: nothing here parses markup.

/** An element with attributes, listeners (`onclick`) and children, which are elements or text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/** A section of the page below a title. */
export function panel(id, title, ...children) {
  const heading = element("h2", { id: `${id}-title` }, title);
  return element("section", { id, "aria-labelledby": heading.id }, heading, ...children);
}

export const note = (text) => element("p", { class: "note" }, text);
export const button = (text, onclick, more = {}) =>
  element("button", { type: "button", onclick, ...more }, text);
export const row = (...children) => element("div", { class: "row" }, ...children);

/** A choice among [value, text] pairs, with its name in front. */
export function choice(name, options, chosen, onchange) {
  const items = options.map(([value, text]) =>
    element("option", { value, selected: String(value) === String(chosen) }, text),
  );
  const select = element("select", { onchange: () => onchange(select.value) }, ...items);
  return element("label", {}, `${name} `, select);
}

/** Runs only the newest of the calls that come while one is running. */
export function newest(work) {
  let [running, waiting] = [false, null];
  return async function call(...values) {
    if (running) {
      waiting = values;
      return;
    }
    running = true;
    try {
      await work(...values);
    } finally {
      running = false;
    }
    if (waiting) {
      const next = waiting;
      waiting = null;
      await call(...next);
    }
  };
}

/** Offers a file to save. */
export function save(name, blob) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A number with a real minus sign. */
export const number = (value, digits = 2) => value.toFixed(digits).replace("-", "−");
