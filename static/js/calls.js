// A call to the server: {status, body}. Throws where there is no answer: no network, or a server that is away.

import { csrfToken } from "./answers.js";

const PATIENCE = 20_000; // ms until a call without an answer counts as lost

async function send(method, url, body, { keepalive = false, key = "" } = {}) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() };
  if (key) headers["Idempotency-Key"] = key;
  const signal = keepalive ? undefined : AbortSignal.timeout(PATIENCE);
  const reply = await fetch(url, { method, headers, body: JSON.stringify(body), keepalive, signal });
  if (reply.status === 429 || reply.status >= 502) throw new Error(`${reply.status}`);
  return { status: reply.status, body: await reply.json().catch(() => ({})) };
}

export async function call(method, url, body, options = {}) {
  const reply = await send(method, url, body, options);
  if (reply.status !== 403 || reply.body.reason !== "csrf" || !options.tokenUrl) return reply;
  // The page was open for very long: a fresh token, and once more.
  const fresh = await fetch(options.tokenUrl, { headers: { Accept: "application/json" } });
  if (!fresh.ok) return reply;
  document.querySelector("meta[name=csrf-token]").content = (await fresh.json()).token;
  return send(method, url, body, options);
}

// 128 random bits; crypto.randomUUID is not there without TLS.
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
