import { signal } from "@preact/signals";

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

/** Rises with every sign-in: a refusal of what was asked before it says nothing any more. */
let signIns = 0;

export function signedIn(): void {
  signIns += 1;
  session.value = "in";
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
  const reply = await fetch(path, { ...init, credentials: "same-origin", cache: "no-store" }).catch(() => {
    throw new ApiError("COORDINATOR_UNREACHABLE", "The coordinator does not answer. This page goes on by itself as soon as it is back.");
  });
  if (reply.ok) return reply;
  if (reply.status === 401 && askedAt === signIns) session.value = "out";
  throw await refusal(reply);
}

async function refusal(reply: Response): Promise<ApiError> {
  const { error } = (await reply.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
  return new ApiError(error?.code ?? "INTERNAL", error?.message ?? `The coordinator answered ${reply.status}.`, reply.status);
}

/** Anything thrown, in words for a person. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
