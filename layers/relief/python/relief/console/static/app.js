// The shell: who is signed in, which views their token opens, and which of them is shown.

import { makeApi } from "./api.js";
import { announce, field, h, loading, notice, problemNotice, select, show } from "./dom.js";
import * as sessions from "./session.js";
import { moment, plain } from "./words.js";

const VIEWS = {
  agent: { title: "Work list", scopes: ["handoffs"] },
  customer: { title: "What we know", scopes: ["context.customer"] },
  supervisor: { title: "Decisions", scopes: ["context.supervisor"] },
  reviews: { title: "Reviews", scopes: ["reviews", "policies"] },
  operations: { title: "Incidents", scopes: ["incidents"] },
  effort: { title: "Effort", scopes: ["metrics"] },
  playground: { title: "Playground", scopes: ["turns"], untied: true },
};

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const account = document.getElementById("account");

let settings = null;
let session = null;
let mounted = null;
let visits = 0;
let ended = false;

async function start() {
  try {
    settings = await (await fetch("/v1/console.json")).json();
    session = (settings.sign_in?.kind === "hosted" && await sessions.finishSignIn(settings.sign_in)) || sessions.current();
  } catch (error) {
    show(main, h("div", { class: "view" }, notice("danger", "The console cannot start", error.message,
      h("button", { type: "button", on: { click: () => location.assign("/") } }, "Try again"))));
    return;
  }
  addEventListener("hashchange", route);
  await route();
}

function allowed() {
  return Object.entries(VIEWS).filter(([, view]) => view.scopes.some((scope) => session.scopes.has(`relief/${scope}`))
    && !(view.untied && session.sessionId));
}

async function route() {
  const visit = ++visits;
  mounted?.();
  mounted = null;
  if (!session) { drawAccount(); await drawSignIn(); return; }
  const views = allowed();
  const [, wanted, ...rest] = location.hash.split("/");
  const [name, view] = views.find(([one]) => one === wanted) ?? views[0] ?? [];
  drawNavigation(views, name);
  drawAccount();
  if (!view) {
    show(main, h("div", { class: "view" }, notice("info", "There is nothing for your role here", "Your token opens none of the console's views.")));
    return;
  }
  const refused = wanted && wanted !== name && VIEWS[wanted];
  document.title = `${view.title} – Relief`;
  // Every visit has an element of its own: what an abandoned one still draws is seen by nobody.
  const root = h("div", { class: `view ${name}` });
  show(main, loading());
  try {
    const module = await import(`./${name}.js`);
    if (visit !== visits) return;
    show(main, root);
    if (refused) root.append(notice("info", "Your role does not include that view", `You are in “${view.title}” instead.`));
    const parts = refused ? [] : rest.map(decodeURIComponent);
    const unmount = await module.mount(root, { call: makeApi(session, expire), settings, session, signIn }, parts);
    if (visit === visits) mounted = unmount;
    else unmount?.();
    // What had the focus is gone: without a new place, the next Tab would begin at the top of the page again.
    if (visit === visits && visit > 1 && document.activeElement === document.body) main.focus({ preventScroll: true });
  } catch (problem) {
    if (visit !== visits) return;
    show(root, problem.kind ? problemNotice(problem, route)
      : notice("danger", "This view cannot be shown", String(problem.message ?? problem)));
  }
}

function drawNavigation(views, current) {
  show(nav, h("ul", {}, views.map(([name, view]) => h("li", {}, h("a", {
    href: `#/${name}`, "aria-current": name === current ? "page" : null,
  }, view.title)))));
}

function drawAccount() {
  if (!session) { show(account); show(nav); return; }
  show(account,
    h("span", { class: "who", title: `Signed in until ${moment(new Date(session.expires))}` },
      plain(session.name.replace(/^local-/, ""))),
    h("button", { type: "button", class: "quiet", on: { click: () => { mounted?.(); sessions.signOut(settings.sign_in); } } },
      settings.sign_in?.kind === "role_picker" ? "Change role" : "Sign out"));
}

/** The token is refused: keep the place, and offer to sign in again. */
function expire() {
  sessions.forget();
  session = null;
  ended = true;
  setTimeout(route);
}

/** Take up another token of this machine's issuer, and go where it leads. */
async function signIn(role, sessionId, place) {
  session = await sessions.pickRole(settings.sign_in, role, sessionId);
  if (location.hash === place) await route();
  else location.hash = place;
}

async function drawSignIn() {
  document.title = "Sign in – Relief";
  const config = settings.sign_in;
  if (config?.kind === "role_picker") {
    await drawRolePicker(config);
  } else if (config?.kind === "hosted") {
    show(main, h("div", { class: "view card narrow" }, h("h1", {}, "Sign in to Relief"), endedNotice(),
      h("p", {}, "Your organisation's sign-in page opens, and brings you back here."),
      h("button", { type: "button", class: "primary", on: { click: () => sessions.signInAtProvider(config) } }, "Sign in")));
  } else {
    show(main, h("div", { class: "view" }, notice("info", "Sign-in is not set up", "Whoever installed Relief can set it up: see “The console” in the README.")));
  }
}

const endedNotice = () => ended && notice("info", "Your sign-in has ended", "Sign in again to go on where you were. What you wrote in a note is still there.");

async function drawRolePicker(config) {
  const { roles, sessions: recent } = await sessions.listRoles(config);
  const error = h("div", { role: "alert" });
  const which = select([["", "Choose a conversation…"], ...recent], "", { name: "session" });
  const pick = async (role, sessionId, view) => {
    try {
      session = await sessions.pickRole(config, role, sessionId);
      ended = false;
      announce(`Signed in as ${role}`);
      if (location.hash.length > 2) await route();
      else location.hash = `#/${view ?? allowed()[0]?.[0] ?? ""}`;
    } catch (problem) {
      show(error, notice("warn", problem.message));
    }
  };
  const others = roles.filter((role) => role.name !== "customer");
  show(main, h("div", { class: "view card narrow" },
    h("h1", {}, "Who are you today?"), endedNotice(),
    h("p", { class: "muted" }, "This machine signs you in by itself. An installation uses your identity provider's page instead."),
    h("ul", { class: "roles" }, others.map((role) => h("li", {},
      h("button", { type: "button", "data-role": role.name, on: { click: () => pick(role.name, undefined, role.view) } },
        h("strong", {}, role.label), h("span", {}, role.does))))),
    h("form", { class: "customer-role", on: { submit: (event) => { event.preventDefault(); pick("customer", which.value); } } },
      field("Customer of a conversation", which),
      h("button", { "data-role": "customer" }, "See it as the customer")),
    error));
}

start();
