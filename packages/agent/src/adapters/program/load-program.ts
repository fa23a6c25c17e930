import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { programTranscript, SitewrightError, type ProgramStatement } from "@sitewright/protocol";
import { syncFolder } from "@sitewright/node-kit/atomic-file";
import { dirname } from "node:path";
import type { CurrentLink, LiveLink } from "../../app/session/current-link.ts";
import type { Program } from "../../domain/programs.ts";
import { createStallLimit, type StallLimit } from "../../domain/stall-limit.ts";
import { requestContent } from "../link/content-request.ts";
import type { HttpClient } from "../link/http-client.ts";
import { createRetryPolicy } from "../link/retry-policy.ts";
import { STALL_MS, watchedBytes } from "../link/watched-bytes.ts";
import type { Log } from "../../app/ports/link.ts";
import { sha256Of, type ProgramStore } from "./program-store.ts";
import { unpackExecutable } from "./unpack.ts";

/** Bytes of a package, beyond which it is refused. */
const MOST = 256 * 1024 * 1024;
const PARTIAL = 206;
const NOTHING_FOLLOWS = 416;

export interface LoadDeps {
  http: HttpClient;
  current: CurrentLink;
  store: ProgramStore;
  log: Log;
  stallMs?: number;
}

/** Throws `COORDINATOR_UNTRUSTED` unless the CA (PEM) that this agent trusts vouches for the package. */
export function requireVouched(statement: ProgramStatement, signature: Uint8Array, ca: string): void {
  const key = createPublicKey(new X509Certificate(ca).publicKey.export({ type: "spki", format: "pem" }));
  if (verify("sha256", programTranscript(statement), { key, dsaEncoding: "ieee-p1363" }, signature)) return;
  throw new SitewrightError(
    "COORDINATOR_UNTRUSTED",
    `the version ${statement.version} is not signed by the CA of the coordinator that was joined`,
  );
}

/**
 * Loads a package over the content endpoint, from where an earlier attempt ended, verifies it and unpacks its executable. Waits for a
 * connection as long as it takes. Throws `HASH_MISMATCH`, `CONTENT_UNAVAILABLE`, and the faults of the disk.
 */
export async function loadProgram(
  { version, digest }: Pick<ProgramStatement, "version" | "digest">,
  { http, current, store, log, stallMs = STALL_MS }: LoadDeps,
  signal: AbortSignal,
): Promise<Program> {
  const places = await store.places(digest);
  const retryPolicy = createRetryPolicy(signal, log);
  const stall = createStallLimit(stallMs);
  const sizeNow = async (): Promise<number> => (await stat(places.package).catch(() => undefined))?.size ?? 0;
  for (;;) {
    const before = await sizeNow();
    try {
      const live = await current.live(signal);
      stall.over(live);
      await loadRest(http, live, { digest, path: places.package, from: before, stall, signal });
      break;
    } catch (error) {
      if ((await sizeNow()) > before) retryPolicy.reset();
      await retryPolicy.after(error);
    }
  }
  if ((await sha256Of(places.package)) !== digest) {
    await rm(places.package, { force: true });
    throw new SitewrightError("HASH_MISMATCH", `the package of version ${version} is not what the coordinator named: it arrived damaged`);
  }
  await unpackExecutable(places.package, places.executable);
  await sync(places.executable);
  await rm(places.package);
  return { version, digest, executable: await sha256Of(places.executable) };
}

interface Rest {
  digest: string;
  path: string;
  /** Bytes that are there. */
  from: number;
  stall: StallLimit;
  signal: AbortSignal;
}

async function loadRest(http: HttpClient, live: LiveLink, { digest, path, from, stall, signal }: Rest): Promise<void> {
  const body = await requestContent(http, `/content/v1/agents/${digest}`, live, { signal, timeoutMs: stall.ms(), from });
  // All of it is there.
  if (body.statusCode === NOTHING_FOLLOWS) return void body.destroy();
  const isRest = body.statusCode === PARTIAL;
  let total = isRest ? from : 0;
  const file = createWriteStream(path, { flags: isRest ? "a" : "w", mode: 0o600 });
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of watchedBytes(body, stall)) {
      total += piece.length;
      if (total > MOST) throw new SitewrightError("CONTENT_UNAVAILABLE", `the package of the agent is longer than ${MOST} bytes`);
      yield piece;
    }
  }
  await pipeline(counted(), file);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}
