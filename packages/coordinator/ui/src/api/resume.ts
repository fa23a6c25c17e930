/**
 * What this page goes on with after a restart of a coordinator that is reached by plain HTTP, where sessions end with its process.
 * In memory only: while the coordinator is away somebody else may serve pages at its address, and must not find it.
 */
let kept: { ends: string; secret: string } | undefined;
/** At most one at a time. */
let underWay: Promise<boolean> | undefined;

/** Takes what an answer of the coordinator holds for later. */
export function keepResumption(reply: Response): void {
  const [ends, secret] = reply.headers.get("x-sitewright-resume")?.split(".") ?? [];
  if (ends && secret) kept = { ends, secret };
}

/** Whether there is anything to go on with; a coordinator that is reached over TLS gives nothing. */
export function hasResumption(): boolean {
  return kept !== undefined || location.protocol === "https:";
}

export function forgetResumption(): void {
  kept = undefined;
}

/** Signs in again after a refusal; false when this page cannot. */
export function resume(refusal: Response): Promise<boolean> {
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
