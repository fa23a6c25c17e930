import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { SitewrightError } from "@sitewright/protocol";
import { BACKUP_LINE, backupLineTranscript, LINE_NONCE } from "@sitewright/protocol/site-backup";
import { trustOnly } from "@sitewright/node-kit/tls-trust";
import { endpoint, parseCoordinatorUrl } from "../../domain/coordinator-url.ts";
import { readAgentFile } from "../join/agent-file.ts";
import { loadSigner } from "../join/identity.ts";
import { brokenOff, refusalOf, unreachable } from "../link/http-reply.ts";
import { openChannel, type Channel } from "./channel.ts";

/** ms of silence until TCP keep-alive probes the other side. */
const KEEP_ALIVE = 10_000;

export interface LineRequest {
  url: URL;
  /** With its query. */
  path: string;
  /** PEM; the only authority that is trusted. */
  ca: string;
  headers?: Record<string, string>;
  signal: AbortSignal;
}

/** The connection of one end of a line. Throws `COORDINATOR_UNREACHABLE`, `COORDINATOR_UNTRUSTED`, and what the coordinator answers. */
export function connectLine({ url, path, ca, headers, signal }: LineRequest): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(endpoint(url, path), {
      ...trustOnly(ca),
      signal,
      headers: { ...headers, connection: "Upgrade", upgrade: BACKUP_LINE.protocol },
    });
    request.on("error", (error) => reject(signal.aborted ? (signal.reason as Error) : unreachable(url, error)));
    request.on("response", (reply) => void refusalOf({ status: reply.statusCode ?? 0, body: reply }).then(reject, reject));
    request.on("upgrade", (_reply, socket: Socket, head: Buffer) => {
      socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE);
      // Whoever reads or writes reports it.
      socket.on("error", () => undefined);
      signal.addEventListener("abort", () => socket.destroy(), { once: true });
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.end();
  });
}

export interface LineOptions {
  /** Of the agent that joined as the system whose backups it is about. */
  dataDir: string;
  /** The system that keeps them. */
  keeper: string;
  signal: AbortSignal;
}

/**
 * A line to the system that keeps backups of this one, through the coordinator, to which it proves the key of this system's agent; the agent
 * need not run. Throws as `connectLine` does, and `NOT_JOINED`.
 */
export async function openLine({ dataDir, keeper, signal }: LineOptions): Promise<Channel> {
  const file = await readAgentFile(dataDir);
  const sign = await loadSigner(dataDir);
  const ends = { coordinator: file.coordinator, system: file.name, keeper };
  const path = `${BACKUP_LINE.open}?${new URLSearchParams({ system: file.name, keeper }).toString()}`;
  let failure: SitewrightError | undefined;
  for (const address of [file.url, ...(file.others ?? file.learned ?? [])]) {
    try {
      const socket = await connectLine({ url: parseCoordinatorUrl(address), path, ca: file.ca, signal });
      socket.write(sign(backupLineTranscript(await nonceOf(socket), ends)));
      return openChannel(socket, socket);
    } catch (error) {
      signal.throwIfAborted();
      // Of the first address, unless a later one says more than that nobody is there.
      const known = SitewrightError.from(error);
      if (!failure || !ELSEWHERE.has(known.code)) failure = known;
      if (!ELSEWHERE.has(known.code)) break;
    }
  }
  throw failure ?? new SitewrightError("NOT_JOINED", `${dataDir} names no address of a coordinator`);
}

/** What another coordinator's address may answer better. */
const ELSEWHERE: ReadonlySet<string> = new Set(["COORDINATOR_UNREACHABLE", "STANDING_BY"]);

async function nonceOf(socket: Socket): Promise<Buffer> {
  for (;;) {
    const nonce = socket.read(LINE_NONCE) as Buffer | null;
    if (nonce?.length === LINE_NONCE) return nonce;
    if (socket.readableEnded || socket.destroyed) throw brokenOff(new Error("the line was closed"));
    await Promise.race([once(socket, "readable"), once(socket, "close")]);
  }
}
