// Builds the page: elements are made one by one and text stays text, so nothing a customer wrote can become markup.

const SVG = "http://www.w3.org/2000/svg";
/** In characters; what is longer would not fit a phone and breaks where it must. */
const LONGEST_UNBROKEN = 28;

/** Return an element. `on` holds listeners, `class` its classes; false, null and undefined leave an attribute out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Return an element of a drawing. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "value" && "value" in element) {
      element.value = value ?? "";
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Put new content into a container; whatever had the focus there keeps it, found again by id or data-key. */
export function show(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  const scroll = container.scrollTop;
  container.replaceChildren(...children.flat(3).filter(Boolean));
  container.scrollTop = scroll;
  if (!focused) return;
  const again = (focused.id && document.getElementById(focused.id))
    || (key && container.querySelector(`[data-key="${CSS.escape(key)}"]`));
  again?.focus({ preventScroll: true });
}

/** Say something to screen readers without moving the focus. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = "";
  setTimeout(() => { announcer.textContent = text; }, 50);
}

/** Return a calm message in place of content: `kind` is empty, info, warn or danger. */
export function notice(kind, title, text, ...actions) {
  return h("div", { class: `notice ${kind}`, role: kind === "danger" ? "alert" : null },
    h("strong", {}, title), text && h("p", {}, text), actions.length > 0 && h("div", { class: "row" }, actions));
}

/** Return the message for a request that failed. */
export function problemNotice(problem, retry) {
  const calm = problem.kind === "missing" || problem.kind === "forbidden";
  const fields = (problem.errors ?? []).map((one) => h("li", {}, h("code", {}, one.field), ` ${one.message}`));
  const again = retry && !calm ? h("button", { type: "button", on: { click: retry } }, "Try again") : null;
  const box = notice(calm ? "info" : "danger", problem.title, problem.detail, ...[again].filter(Boolean));
  if (fields.length > 0) box.append(h("ul", { class: "plain" }, fields));
  return box;
}

export const loading = (text = "Loading…") => h("p", { class: "loading", role: "status" }, text);

/** Return a text in which no number, date or reference is broken over two lines: half an order number misleads. */
export function unbroken(text) {
  return String(text).split(/(\S*\d\S*)/).map((part) => (/\d/.test(part) && part.length <= LONGEST_UNBROKEN ? h("span", { class: "unbroken" }, part) : part));
}

export const chip = (text, kind = "") => h("span", { class: `chip ${kind}` }, text);

/** Return a list of names and values; values that are empty are left out. */
export function facts(pairs) {
  const rows = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  if (rows.length === 0) return h("p", { class: "muted" }, "Nothing yet.");
  return h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

export function section(title, ...children) {
  return h("section", { class: "block" }, h("h3", {}, title), children);
}

/** Return a labelled control. */
export function field(label, control, hint) {
  const id = control.id || `field-${Math.random().toString(36).slice(2, 9)}`;
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "field" }, h("label", { for: id }, label), control,
    hint && h("small", { id: `${id}-hint` }, hint));
}

export function select(options, value, attributes = {}) {
  return h("select", attributes, options.map((option) => {
    const [name, label] = Array.isArray(option) ? option : [option, option];
    return h("option", { value: name, selected: name === value }, label);
  }));
}

/** Return a group of radio buttons that look like one control. */
export function segmented(label, options, value, change) {
  const name = `seg-${Math.random().toString(36).slice(2, 9)}`;
  return h("fieldset", { class: "segmented" }, h("legend", { class: "visually-hidden" }, label),
    options.map(([key, text]) => h("label", {},
      h("input", { type: "radio", name, value: key, checked: key === value, on: { change: () => change(key) } }),
      h("span", {}, text))));
}

/** Open a dialog with a form; resolves with the form's data, or null when it is cancelled. */
export function ask(title, body, { confirm = "Save", cancel = "Cancel", kind = "primary", ready } = {}) {
  return new Promise((resolve) => {
    const opener = document.activeElement;
    let answer = null;
    const form = h("form", { method: "dialog", on: { submit: () => { answer = new FormData(form); } } },
      h("h2", { id: "dialog-title" }, title), body,
      h("div", { class: "row end" },
        h("button", { type: "button", on: { click: () => dialog.close() } }, cancel),
        h("button", { class: kind, value: "ok" }, confirm)));
    const dialog = h("dialog", { "aria-labelledby": "dialog-title", on: { close: () => {
      dialog.remove();
      opener?.focus?.();
      resolve(answer);
    } } }, form);
    document.body.append(dialog);
    dialog.showModal();
    ready?.(form);
  });
}
