import { signal } from "@preact/signals";
import { forgetResumption, hasResumption, keepResumption, resume } from "./resume.ts";

/** What the coordinator refused, or that it does not answer. */
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

// Whoever signs out, in this tab or another, does not come back by himself.
session.subscribe((state) => {
  if (state === "out") forgetResumption();
});

/** Rises with every sign-in: a refusal of what was asked before it says nothing any more. */
let signIns = 0;

export function signedIn(): void {
  signIns += 1;
  session.value = "in";
  // Its answer holds what this page goes on with after a restart.
  if (!hasResumption()) request("GET", "/api/v1/session").catch(() => undefined);
}

/** Asks the coordinator; throws ApiError. Whoever is not signed in any more is led to the sign-in page. */
export async function request<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
  const reply = await ask(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  return (reply.status === 204 ? undefined : await reply.json()) as T;
}

/** One fetch; throws ApiError when nobody answers, and for every refusal. */
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
    throw new ApiError("COORDINATOR_UNREACHABLE", "The coordinator does not answer. This page goes on by itself as soon as it is back.");
  });
}

async function refusal(reply: Response): Promise<ApiError> {
  const { error } = (await reply.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
  return new ApiError(error?.code ?? "INTERNAL", error?.message ?? `The coordinator answered ${reply.status}.`, reply.status);
}

/** Anything thrown, in words for a person. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
