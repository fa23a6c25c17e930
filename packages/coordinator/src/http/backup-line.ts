import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { SitewrightError } from "@sitewright/protocol";
import { BACKUP_LINE, backupLineTranscript, LINE_NONCE, LINE_SIGNATURE, lineFrame } from "@sitewright/protocol/site-backup";
import type { Admission } from "../adapters/admission.ts";
import type { Connections } from "../adapters/agent-gateway/connections.ts";
import { NOT_ACCEPTED } from "../adapters/agent-gateway/prove-hello.ts";
import type { Pacer } from "../adapters/content/pacer.ts";
import { isSignedByAgent } from "../app/agents/agent-signature.ts";
import type { Refusals } from "../app/agents/refusals.ts";
import type { Log } from "../app/log.ts";
import type { AgentRegistry } from "../app/ports/agents.ts";
import type { Hierarchy } from "../domain/sites/hierarchy.ts";
import { isSystemName } from "../domain/sites/site-data-rules.ts";
import { agentSession } from "./rights.ts";
import type { Upgrade, UpgradeEndpoint } from "./upgrade.ts";

export interface BackupLineDeps {
  connections: Pick<Connections, "session" | "isConnected" | "send" | "shutOut">;
  registry: Pick<AgentRegistry, "key">;
  hierarchy: () => Hierarchy | undefined;
  pacer: Pick<Pacer, "take" | "chargeConnection">;
  coordinatorId: string;
  refusals: Pick<Refusals, "note">;
  log: Log;
}

/** Which system asks, and which one keeps its backups. */
interface Ends {
  system: string;
  keeper: string;
}

/** The end of a line that the keeper's agent opened. */
interface Answered {
  socket: Duplex;
  ended: AbortSignal;
}

/** Lines that one system may have open. */
const MOST = 4;
/** ms for a signature, and for the keeper's agent to connect. */
const PATIENCE = 20_000;
/** ms of silence until TCP keep-alive probes the other side. */
const KEEP_ALIVE = 10_000;

/**
 * Carries what two systems say to each other about the backups of one of them; knows nothing of it but its bytes. What one sends waits for the
 * budgets and hours of its own line and of the other's.
 */
export function backupLineEndpoints(deps: BackupLineDeps, admission: Pick<Admission, "proved">): UpgradeEndpoint[] {
  const { connections, registry, hierarchy, pacer, coordinatorId, refusals, log } = deps;
  /** By id: lines that the keeper was told of. */
  const asked = new Map<string, { keeper: string; answer(answered: Answered): void }>();
  const open = new Map<string, Set<AbortController>>();
  connections.shutOut.subscribe((system) => open.get(system)?.forEach((line) => line.abort(unproved())));

  async function prove({ system, keeper }: Ends, socket: Duplex, signal: AbortSignal): Promise<void> {
    const nonce = randomBytes(LINE_NONCE);
    socket.write(nonce);
    const signature = await readExactly(socket, LINE_SIGNATURE, signal);
    const key = await registry.key(system);
    const isRight = isSignedByAgent(key, backupLineTranscript(nonce, { coordinator: coordinatorId, system, keeper }), signature);
    if (!isRight || !hierarchy()?.systems.has(system)) throw unproved();
  }

  async function reach({ system, keeper }: Ends, signal: AbortSignal): Promise<Answered> {
    const unreachable = (why: string) => new SitewrightError("AGENT_UNREACHABLE", `the agent of ${keeper} ${why}`);
    if (!hierarchy()?.systems.has(keeper)) throw new SitewrightError("SYSTEM_UNKNOWN", `the hierarchy has no system ${keeper}`);
    if (!connections.isConnected(keeper)) throw unreachable("is not connected: start it");
    const id = randomBytes(16).toString("hex");
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    const give = (): void => reject(signal.reason as Error);
    const timer = setTimeout(() => reject(unreachable("does not answer: try again, or update it")), PATIENCE);
    signal.addEventListener("abort", give);
    asked.set(id, { keeper, answer: resolve });
    try {
      // Together: the line may end while the question is still on its way out.
      const [answered] = await Promise.all([promise, connections.send(keeper, { kind: "backup-line", id, system })]);
      return answered;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", give);
      asked.delete(id);
    }
  }

  async function serve({ request, socket }: Upgrade, ends: Ends): Promise<void> {
    const line = new AbortController();
    const { system, keeper } = ends;
    const late = setTimeout(() => line.abort(unproved()), PATIENCE);
    const endWith = (end: Duplex, name: string): void =>
      void end.once("close", () => line.abort(new SitewrightError("AGENT_UNREACHABLE", `${name} has closed the line`)));
    endWith(socket, system);
    let answered: Answered | undefined;
    let proved = false;
    try {
      await prove(ends, socket, line.signal);
      proved = true;
      clearTimeout(late);
      admission.proved(request.socket);
      enter(system, line);
      answered = await reach(ends, line.signal);
      // It closes last: what it said has arrived then.
      endWith(answered.socket, keeper);
      const signal = AbortSignal.any([line.signal, answered.ended]);
      for (const end of [system, keeper]) pacer.chargeConnection(end);
      log.info({ system, keeper }, "a line for backups is open");
      const [sent, received] = await Promise.all([
        carry({ from: socket, to: answered.socket, systems: [system, keeper], pacer, signal }),
        carry({ from: answered.socket, to: socket, systems: [keeper, system], pacer, signal }),
      ]);
      log.info({ system, keeper, sent, received }, "a line for backups has ended");
    } catch (error) {
      const known = SitewrightError.from(line.signal.aborted ? line.signal.reason : error);
      const address = request.socket.remoteAddress ?? "unknown";
      if (proved) log.warn({ system, keeper, code: known.code }, `a line for backups broke off: ${known.message}`);
      else refusals.note({ code: known.code, address, message: `line for backups refused: ${known.message}`, name: system });
      if (!answered) await farewell(socket, known);
    } finally {
      clearTimeout(late);
      leave(system, line);
      answered?.socket.destroy();
      socket.destroy();
    }
  }

  function enter(system: string, line: AbortController): void {
    const lines = open.get(system) ?? new Set();
    if (lines.size >= MOST)
      throw new SitewrightError("TOO_MANY_REQUESTS", `${system} has ${MOST} lines for backups open: wait for the end of one`);
    open.set(system, lines.add(line));
  }

  function leave(system: string, line: AbortController): void {
    open.get(system)?.delete(line);
    if (open.get(system)?.size === 0) open.delete(system);
  }

  return [
    {
      path: BACKUP_LINE.open,
      right: "hello",
      accept(upgrade) {
        const ends = { system: upgrade.query.get("system") ?? "", keeper: upgrade.query.get("keeper") ?? "" };
        if (!isSystemName(ends.system) || !isSystemName(ends.keeper) || ends.system === ends.keeper)
          throw new SitewrightError("BAD_REQUEST", "a line goes from one system of the hierarchy to another one");
        begin(upgrade);
        void serve(upgrade, ends);
      },
    },
    {
      path: BACKUP_LINE.answer,
      right: "agent",
      accept(upgrade) {
        const session = agentSession(connections, upgrade.request.headers);
        admission.proved(upgrade.request.socket);
        const waiting = asked.get(upgrade.query.get("id") ?? "");
        if (waiting?.keeper !== session.system) throw new SitewrightError("NOT_FOUND", "nobody waits on this line any more");
        begin(upgrade);
        waiting.answer({ socket: upgrade.socket, ended: session.ended });
      },
    },
  ];
}

/** Throws `BAD_REQUEST` for another protocol. */
function begin({ request, socket, head }: Upgrade): void {
  if (request.headers.upgrade !== BACKUP_LINE.protocol)
    throw new SitewrightError("BAD_REQUEST", `the connection can be upgraded to ${BACKUP_LINE.protocol} only`);
  stayOpen(request);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${BACKUP_LINE.protocol}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
}

/** A line may wait for hours until that of a system opens. */
function stayOpen({ socket }: IncomingMessage): void {
  socket.setTimeout(0);
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE);
}

interface Carrying {
  from: Duplex;
  to: Duplex;
  /** The sender, and the receiver. */
  systems: readonly [string, string];
  pacer: Pick<Pacer, "take">;
  signal: AbortSignal;
}

/** Reads only what it may pass on, so that the sender waits. @returns Bytes. */
async function carry({ from, to, systems: [sender, receiver], pacer, signal }: Carrying): Promise<number> {
  const stop = (): void => void from.destroy(signal.reason as Error);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  let bytes = 0;
  try {
    for await (const piece of from as AsyncIterable<Buffer>)
      for (let at = 0; at < piece.length;) {
        const sent = await pacer.take({ system: sender, priority: "low" }, piece.length - at, signal);
        for (const end = at + sent; at < end;) {
          const granted = await pacer.take({ system: receiver, priority: "low" }, end - at, signal);
          if (!to.write(piece.subarray(at, at + granted))) await once(to, "drain", { signal });
          at += granted;
          bytes += granted;
        }
      }
    to.end();
    return bytes;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function readExactly(socket: Duplex, length: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    signal.throwIfAborted();
    const bytes = socket.read(length) as Buffer | null;
    if (bytes?.length === length) return bytes;
    if (bytes || socket.readableEnded) throw unproved();
    await once(socket, "readable", { signal });
  }
}

/** Says why there is no line. */
async function farewell(socket: Duplex, { code, message }: SitewrightError): Promise<void> {
  const words = Buffer.from(JSON.stringify({ failure: { code, message } }));
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.end(lineFrame("words", words), () => resolve());
  });
}

function unproved(): SitewrightError {
  return new SitewrightError("UNAUTHENTICATED", NOT_ACCEPTED);
}
