// Who is signed in: by the identity provider's own page (authorisation code with PKCE), or by the local role picker.

const KEY = "relief.session";
const FLOW = "relief.flow";

/** Return the session of this tab, or null. The token lives as long as the tab, never longer than it is valid. */
export function current() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return kept ? read(kept.token) : null;
  } catch {
    return null;
  }
}

/** Keep a token for this tab. */
export function keep(token) {
  sessionStorage.setItem(KEY, JSON.stringify({ token }));
  return read(token);
}

export function forget() {
  sessionStorage.removeItem(KEY);
}

function read(token) {
  const text = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (one) => one.charCodeAt(0))));
  if (claims.exp * 1000 <= Date.now()) return null;
  const scopes = typeof claims.scope === "string" ? claims.scope.split(" ") : claims.scp ?? [];
  return {
    token,
    name: claims.username ?? claims.sub ?? "signed in",
    scopes: new Set(typeof scopes === "string" ? scopes.split(" ") : scopes),
    sessionId: claims.session_id ?? null,
    expires: claims.exp * 1000,
  };
}

/** Leave for the identity provider's page, and come back to where the reader was. */
export async function signInAtProvider(config) {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(48)));
  const state = base64url(crypto.getRandomValues(new Uint8Array(24)));
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
  sessionStorage.setItem(FLOW, JSON.stringify({ verifier, state, place: location.hash }));
  const query = new URLSearchParams({
    response_type: "code", client_id: config.client_id, redirect_uri: here(), state,
    code_challenge: challenge, code_challenge_method: "S256",
  });
  if (config.scopes?.length) query.set("scope", config.scopes.join(" "));
  location.assign(`${config.authorize_url}?${query}`);
}

/** Exchange the code that the provider's page came back with; returns the session, or null when there is no code. */
export async function finishSignIn(config) {
  const query = new URLSearchParams(location.search);
  if (!query.has("code") && !query.has("error")) return null;
  const flow = JSON.parse(sessionStorage.getItem(FLOW) ?? "null");
  sessionStorage.removeItem(FLOW);
  history.replaceState(null, "", `/${flow?.place ?? ""}`);
  if (query.has("error") || !flow || flow.state !== query.get("state")) {
    throw new Error("The sign-in did not finish. Please start it again.");
  }
  const answer = await fetch(config.token_url, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code", client_id: config.client_id, redirect_uri: here(),
      code: query.get("code"), code_verifier: flow.verifier,
    }),
  });
  if (!answer.ok) throw new Error("The identity provider did not accept the sign-in. Please start it again.");
  return keep((await answer.json()).access_token);
}

/** Return the roles that this machine's own issuer offers, with recent sessions for the customer's role. */
export async function listRoles(config) {
  return (await fetch(config.token_path, { cache: "no-store" })).json();
}

/** Sign in with a role of this machine's own issuer. */
export async function pickRole(config, role, sessionId) {
  const answer = await fetch(config.token_path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ role, session_id: sessionId }),
  });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.message);
  return keep(document.access_token);
}

export function signOut(config) {
  forget();
  if (config?.kind === "hosted" && config.sign_out_url) {
    const query = new URLSearchParams({ client_id: config.client_id, logout_uri: here() });
    location.assign(`${config.sign_out_url}?${query}`);
  } else {
    location.assign("/");
  }
}

const here = () => `${location.origin}/`;

const base64url = (bytes) => btoa(String.fromCharCode(...bytes))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
