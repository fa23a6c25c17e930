import { signal } from "@preact/signals";

/**
 * What this page continues with after a restart of a coordinator that is reached by plain HTTP, where sessions end with its process. In
 * memory only: while the coordinator is down another program may serve pages at its address, and must not find it.
 */
let kept: { ends: string; secret: string } | undefined;
/** At most one at a time. */
let underWay: Promise<boolean> | undefined;

/** Stores the proof for later from an answer of the coordinator. */
function keepResumption(reply: Response): void {
  const [ends, secret] = reply.headers.get("x-sitewright-resume")?.split(".") ?? [];
  if (ends && secret) kept = { ends, secret };
}

/** Whether there is anything to continue with; over TLS the coordinator gives nothing. */
function hasResumption(): boolean {
  return kept !== undefined || location.protocol === "https:";
}

function forgetResumption(): void {
  kept = undefined;
}

/** Signs in again after a refusal; false when this page cannot. */
function resume(refusal: Response): Promise<boolean> {
  const challenge = refusal.headers.get("x-sitewright-challenge");
  if (!kept || !challenge) return Promise.resolve(false);
  underWay ??= answer(kept, challenge).finally(() => (underWay = undefined));
  return underWay;
}

async function answer({ ends, secret }: { ends: string; secret: string }, challenge: string): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const proof = textOf(new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(challenge))));
  const reply = await fetch("/api/v1/session", {
    method: "POST",
    body: JSON.stringify({ resume: `${ends}.${proof}` }),
    headers: { "content-type": "application/json" },
    credentials: "same-origin",
    cache: "no-store",
  }).catch(() => undefined);
  if (reply?.ok) keepResumption(reply);
  return reply?.ok ?? false;
}

/** base64url, as the coordinator writes it. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.codePointAt(0) ?? 0);
}

function textOf(bytes: Uint8Array): string {
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** A refusal by the coordinator, or that it does not answer. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** `unknown` until the coordinator has answered once. */
export const session = signal<"unknown" | "in" | "out">("unknown");

// After a sign-out, in this tab or another, the page does not sign in again by itself.
session.subscribe((state) => {
  if (state === "out") forgetResumption();
});

/** Rises with every sign-in: refusals of earlier requests are ignored. */
let signIns = 0;

export function signedIn(): void {
  signIns += 1;
  session.value = "in";
  // Its answer holds what this page continues with after a restart.
  if (!hasResumption()) request("GET", "/api/v1/session").catch(() => undefined);
}

/** A request to the coordinator; throws ApiError. A user who is no longer signed in is led to the sign-in page. */
export async function request<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
  const reply = await ask(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  return (reply.status === 204 ? undefined : await reply.json()) as T;
}

/** One fetch; throws ApiError when there is no answer, and for every refusal. */
export async function ask(path: string, init: RequestInit): Promise<Response> {
  const askedAt = signIns;
  let reply = await send(path, init);
  if (reply.status === 401 && path !== "/api/v1/session" && (await resume(reply))) reply = await send(path, init);
  if (reply.ok) {
    keepResumption(reply);
    return reply;
  }
  if (reply.status === 401 && askedAt === signIns) session.value = "out";
  throw await refusal(reply);
}

function send(path: string, init: RequestInit): Promise<Response> {
  return fetch(path, { ...init, credentials: "same-origin", cache: "no-store" }).catch(() => {
    throw new ApiError("COORDINATOR_UNREACHABLE", "The coordinator does not answer. This page continues automatically when it is back.");
  });
}

async function refusal(reply: Response): Promise<ApiError> {
  const { error } = (await reply.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
  return new ApiError(error?.code ?? "INTERNAL", error?.message ?? `The coordinator answered ${reply.status}.`, reply.status);
}

/** The message of any error, for a person. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
