// The form of an incident: declare one or change one, with a look at what it would touch before anything happens.

import { enc } from "./api.js";
import { barChart } from "./charts.js";
import { ask, field, h, notice, problemNotice, section, select, show } from "./dom.js";
import { CHANNELS, moment, plain, scopeWords } from "./words.js";

const HOURS = [["1", "1 hour"], ["2", "2 hours"], ["4", "4 hours"], ["8", "8 hours"], ["24", "1 day"], ["72", "3 days"]];
const KINDS = ["intents", "journeys", "channels"];
const EMPTY = ["Nothing is declared yet", "Fill in the form; what it would touch is shown here before anything happens."];
const DRILL = "This is a drill. You don't need to do anything.";

/**
 * Return the form with its preview: `element`; `know` hears of every incident, so that no name is offered twice;
 * `change` fills it in with an incident to change. `done` is called with what was done.
 */
export function incidentForm({ call, settings, done }) {
  const templates = settings.incident_templates ?? [];
  const choices = { intents: settings.intents, journeys: settings.journeys.map((one) => one.name), channels: Object.keys(CHANNELS) };
  const today = new Date().toISOString().slice(0, 10);
  let taken = new Set();
  let changing = null; // the incident that is changed, as it was when the change began
  let touched = false; // whether somebody has chosen a name
  let timer = 0;
  let looks = 0;

  const id = h("input", { name: "incident_id", required: true, pattern: "[A-Za-z0-9][A-Za-z0-9._:@+\\-]{0,63}", title: "Letters, digits and . _ : @ + -, no blanks", value: `incident-${today}` });
  const severity = select(["minor", "major", "critical"].map((one) => [one, plain(one)]), "major", { name: "severity" });
  const hours = select(HOURS, "4", { name: "hours" });
  const queue = select(settings.queues.map((one) => [one, plain(one)]), "crisis", { name: "queue" });
  const staffing = h("input", { name: "staffing", type: "number", min: 0, max: 10000 });
  const products = h("input", { name: "products", placeholder: "card, electricity" });
  const regions = h("input", { name: "regions", placeholder: "eu-west" });
  const template = select([["", "My own words"], ...templates.map((one) => [one.name, plain(one.name)])], "", { name: "template" });
  const message = h("textarea", { name: "message", rows: 3, maxlength: 320, placeholder: "We know that … isn't working right now, and we're on it." });
  const words = h("div", { class: "fields" });
  const why = h("input", { name: "why", maxlength: 500 });
  const trouble = h("div", { role: "alert" });
  const preview = h("div", { class: "timeline" }, notice("empty", ...EMPTY));
  const heading = h("h2", {});
  const send = h("button", { class: "primary" });
  const drillButton = h("button", { type: "button", on: { click: drill } }, "Fill in a drill");
  const drillNote = h("small", {}, "A drill touches the region “drill” alone, which no customer is in: everybody practises, nobody is told anything.");
  const leave = h("button", { type: "button", on: { click: blank } }, "Leave it as it is");

  const boxes = (name) => h("details", {}, h("summary", {}, `${plain(name)}: `, h("span", { "data-count": name }, "all")),
    h("div", { class: "row tight", role: "group", "aria-label": plain(name) }, choices[name].map((one) => h("label", { class: "check" },
      h("input", { type: "checkbox", name, value: one }), name === "channels" ? CHANNELS[one] : plain(one)))));

  const form = h("form", { class: "card", on: { submit, input: changed } }, heading,
    h("div", { class: "fields" }, field("Name", id, "Operators see it; customers do not."), field("Severity", severity), field("Ends by itself after", hours),
      field("Who takes people over", queue), field("People there", staffing, "Shown to operators.")),
    h("fieldset", { class: "options" }, h("legend", {}, "What it touches"), h("small", {}, "What you leave open matches everything of its kind."),
      KINDS.map(boxes), h("div", { class: "fields" }, field("Products", products), field("Regions", regions))),
    templates.length > 0 && field("What customers read", template), words, field("In your words", message, "Calm and true: what is known, what happens next."),
    field("Why, for the audit trail", why),
    h("div", { class: "row" }, send, drillButton, leave),
    drillNote, trouble);
  const element = h("div", { class: "split" }, form, h("section", { "aria-label": "Preview", "aria-live": "polite" }, preview));

  const listed = (control) => control.value.split(",").map((one) => one.trim()).filter(Boolean);
  const hoursAhead = () => new Date(Date.now() + Number(hours.value) * 3600e3).toISOString();

  /** Return the scope that the form states. */
  function scope() {
    const data = new FormData(form);
    return { ...Object.fromEntries(KINDS.map((name) => [name, data.getAll(name)])), products: listed(products), regions: listed(regions) };
  }

  /** Return what customers read, as the form states it: a template with its variables, or words. */
  function spoken() {
    if (template.value) {
      return { template: template.value, variables: Object.fromEntries([...words.querySelectorAll("input")].map((one) => [one.name, one.value.trim()])) };
    }
    const text = message.value.trim();
    const before = changing && !changing.template ? changing.messages : {};
    const [locale] = Object.keys(before).concat("en-US");
    return text ? { messages: { ...before, [locale]: text } } : {};
  }

  /** Return the whole declaration that the form stands for. */
  function request() {
    const body = { scope: scope(), severity: severity.value, queue: queue.value, ...spoken() };
    if (staffing.value) body.staffing = Number(staffing.value);
    body.expires_at = hours.value ? hoursAhead() : changing.expires_at;
    return body;
  }

  /** Return what differs from the incident that is changed; its audit trail names these fields and no others. */
  function amendment() {
    const body = request();
    const before = { ...changing, scope: Object.fromEntries(Object.keys(body.scope).map((name) => [name, changing.scope?.[name] ?? []])) };
    const same = (name) => JSON.stringify(body[name]) === JSON.stringify(before[name]);
    for (const name of ["scope", "severity", "queue", "staffing", "expires_at"]) if (same(name)) delete body[name];
    if (body.template ? same("template") && same("variables") : same("messages")) for (const name of ["template", "variables", "messages"]) delete body[name];
    return body;
  }

  function changed(event) {
    for (const name of KINDS) {
      const count = form.querySelectorAll(`input[name="${name}"]:checked`).length;
      form.querySelector(`[data-count="${name}"]`).textContent = count ? String(count) : "all";
    }
    if (event?.target === id) touched = true;
    if (event?.target === template) drawWords({});
    clearTimeout(timer);
    timer = setTimeout(look, 450);
  }

  /** Draw the blanks of the chosen template. Examples are shown, never filled in: nobody may send them by mistake. */
  function drawWords(values) {
    const one = templates.find((other) => other.name === template.value);
    show(words, Object.entries(one?.variables ?? {}).map(([name, variable]) => field(plain(name),
      h("input", { name, maxlength: 80, required: true, value: values[name] ?? "", placeholder: variable.example }), variable.means)));
    message.closest(".field").hidden = Boolean(one);
  }

  async function look() {
    const body = request();
    const mine = ++looks; // a slower answer to an older question must not be shown
    if (!body.template && !body.messages) return show(preview, notice("info", "Not complete yet", "Choose or write what customers read."));
    let drawn;
    try {
      drawn = drawPreview(await call("POST", "/v1/incidents/preview", body), changing?.incident_id, scope());
    } catch (problem) {
      drawn = problem.status === 422 ? incomplete(problem) : problemNotice(problem, look);
    }
    return mine === looks && show(preview, drawn);
  }

  async function submit(event) {
    event.preventDefault();
    const name = id.value.trim();
    const body = changing ? { ...amendment(), version: changing.version } : request();
    if (changing && Object.keys(body).length === 1) return show(trouble, notice("info", "Nothing is different", "Change something first, or leave it as it is."));
    if (!changing && taken.has(name.toLowerCase())) {
      id.focus();
      return show(trouble, notice("warn", "There is an incident of this name", "If it is active, Change… on its card changes it. Otherwise choose another name."));
    }
    if (!changing && !body.template && !body.messages) {
      message.focus();
      return show(trouble, notice("warn", "Write what customers read", "An incident without a message would leave them alone."));
    }
    try {
      const seen = await call("POST", "/v1/incidents/preview", request());
      if (!await ask(changing ? `Change ${name}?` : `Declare ${name}?`, confirmation(seen), { confirm: changing ? "Change" : "Declare" })) return null;
      if (hours.value) body.expires_at = hoursAhead();
      if (why.value.trim()) body.why = why.value.trim();
      await call("PUT", `/v1/incidents/${enc(name)}`, body);
      const said = changing ? "The incident is changed" : "The incident is declared";
      blank();
      return await done(said);
    } catch (problem) {
      return show(trouble, problem.status === 422 ? incomplete(problem) : problemNotice(problem));
    }
  }

  /** Return what somebody reads before they decide: whom it touches, how many, for how long, and the very words. */
  function confirmation(seen) {
    const lasts = hours.value ? `for ${hours.selectedOptions[0].textContent}` : `until ${moment(changing.expires_at)}`;
    return [
      h("p", {}, `It touches ${scopeWords(scope()).toLowerCase()}, from the next turn on, ${lasts}.`),
      h("p", {}, `That is ${seen.turns.matching} of ${seen.turns.total} turns of the last hour, and ${seen.handoffs.matching} of ${seen.handoffs.total} open hand-overs.`),
      ...warnings(seen, scope()),
      h("p", { class: "said" }, Object.values(seen.messages)[0]),
    ];
  }

  /** Empty the form for the next incident. */
  function blank() {
    changing = null;
    touched = false;
    form.reset();
    id.readOnly = false;
    hours.querySelector('option[value=""]')?.remove();
    [severity.value, hours.value, queue.value, template.value] = ["major", "4", "crisis", ""];
    title();
    show(trouble);
    know();
    drawWords({});
    changed();
    clearTimeout(timer);
    looks += 1;
    show(preview, notice("empty", ...EMPTY));
  }

  function title() {
    heading.textContent = changing ? `Change ${changing.incident_id}` : "Declare an incident";
    send.textContent = changing ? "Change…" : "Declare…";
    drillButton.hidden = drillNote.hidden = Boolean(changing);
    leave.hidden = !changing;
  }

  function change(one) {
    blank();
    changing = one;
    title();
    id.value = one.incident_id;
    id.readOnly = true;
    hours.prepend(h("option", { value: "" }, `As it is: ${moment(one.expires_at)}`));
    [severity.value, hours.value, queue.value, staffing.value] = [one.severity, "", one.queue, one.staffing ?? ""];
    [products.value, regions.value] = [(one.scope?.products ?? []).join(", "), (one.scope?.regions ?? []).join(", ")];
    for (const name of KINDS) {
      for (const box of form.querySelectorAll(`input[name="${name}"]`)) box.checked = (one.scope?.[name] ?? []).includes(box.value);
    }
    template.value = templates.some((other) => other.name === one.template) ? one.template : "";
    drawWords(one.variables ?? {});
    message.value = template.value ? "" : Object.values(one.messages ?? {})[0] ?? "";
    changed();
    form.scrollIntoView({ block: "start" });
    severity.focus({ preventScroll: true });
  }

  function know(items) {
    if (items) taken = new Set(items.map((one) => one.incident_id.toLowerCase()));
    if (changing || touched) return;
    let [name, number] = [`incident-${today}`, 2];
    while (taken.has(name)) name = `incident-${today}-${number++}`;
    id.value = name;
  }

  function drill() {
    touched = true;
    id.value = `drill-${today}-${new Date().toISOString().slice(11, 16).replace(":", "")}`;
    [severity.value, hours.value, regions.value, template.value, message.value, why.value] = ["minor", "1", "drill", "", DRILL, "Drill"];
    changed({ target: template });
  }

  blank();
  return { element, know, change };
}

/** Return what is still wrong with a form, by the names that it has there. */
function incomplete(problem) {
  const lines = (problem.errors ?? []).map((one) => h("li", {}, h("strong", {}, plain(one.field.split(".").at(-1).replace(/\[\d+\]$/, ""))), ` ${one.message}`));
  const box = notice("info", "Not complete yet");
  box.append(lines.length ? h("ul", { class: "plain" }, lines) : h("p", {}, problem.detail));
  return box;
}

/** Return what to look at again; in a drill nobody is touched and nobody reads a word, so nothing is. */
function warnings(seen, scope) {
  const nobody = seen.turns.matching === 0 && seen.handoffs.matching === 0;
  if (nobody && scope.regions.length === 1 && scope.regions[0] === "drill") return [notice("info", "This is a drill", "Nothing matches it, as it should be.")];
  return (seen.warnings ?? []).map((text) => notice("warn", text));
}

function drawPreview(one, own, scope) {
  const bars = (counts) => Object.entries(counts ?? {}).map(([name, value]) => ({ name: plain(name), value }));
  const leaving = bars(one.handoffs?.leaving);
  const narrower = (one.overridden_by ?? []).filter((name) => name !== own);
  return h("div", { class: "card" }, h("h2", {}, "What it would touch"),
    h("div", { class: "figures" },
      h("div", { class: "figure" }, h("b", {}, `${one.turns.exact === false ? "≈ " : ""}${one.turns.matching} of ${one.turns.total}`), h("span", {}, "turns of the last hour")),
      h("div", { class: "figure" }, h("b", {}, `${one.handoffs.matching} of ${one.handoffs.total}`), h("span", {}, "open hand-overs"))),
    leaving.length > 0 && section("Queues that hand-overs would leave", barChart({ title: "Leaving", bars: leaving, format: String })),
    warnings(one, scope),
    one.needs_confirmation && notice("info", "A second person has to confirm it", "It is proposed first, and touches nobody until then."),
    narrower.length > 0 && h("p", { class: "muted" }, `More specific already: ${narrower.join(", ")}`),
    section("Customers would read", Object.entries(one.messages ?? {}).map(([locale, text]) => h("p", { class: "said", lang: locale }, text))),
    h("p", { class: "muted" }, `Ends by itself ${moment(one.expires_at)}.`));
}
