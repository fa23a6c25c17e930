import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { encodeCoordinatorMessage, LIMITS, type CoordinatorMessage } from "@sitewright/protocol";
import type { AgentLinks, ConnectedAgent } from "../../app/ports.ts";
import { openConnection, type AgentSession, type Connection, type GatewayDeps, type Places } from "./connection.ts";
import { NOT_ACCEPTED } from "./prove-hello.ts";
import { GATEWAY_TIMING, type GatewayTiming } from "./heartbeat.ts";
import type { Log } from "../../app/log.ts";

/** Notices two agents that run with one key, as on machines that were cloned: they push each other out without end. */
interface Clones {
  /** An agent has proved who it is. @param instance Of its process; undefined: an earlier version, of which nothing can be told. */
  connected(system: string, instance: string | undefined, address: string): void;
}

/** The same clones are told of again after this time, ms. */
const REPEAT_MS = 3_600_000;

interface Seen {
  instance: string;
  address: string;
}

export function createClones(log: Pick<Log, "warn">, now: () => number): Clones {
  /** Of each system the process that is connected, and the one before it. */
  const seen = new Map<string, { current: Seen; before?: Seen; toldAt?: number }>();
  return {
    connected(system, instance, address) {
      if (instance === undefined) return;
      const known = seen.get(system);
      const current = { instance, address };
      if (!known || known.current.instance === instance) {
        seen.set(system, { ...known, current });
        return;
      }
      // A process that was replaced by another one has not ended: a restart never brings an old one back.
      const isBack = known.before?.instance === instance;
      const tell = isBack && (known.toldAt === undefined || now() - known.toldAt >= REPEAT_MS);
      seen.set(system, { ...known, current, before: known.current, ...(tell ? { toldAt: now() } : {}) });
      if (!tell) return;
      log.warn(
        { system, addresses: [...new Set([known.current.address, address])] },
        `two agents run with the key of ${system} and push each other out, as on a machine that was cloned: stop one of them, and join it again under a name of its own`,
      );
    },
  };
}

export const AGENT_PATH = "/agent/v1";
export const AGENT_SUBPROTOCOL = "sitewright.v1";

/** The agents' door. */
export interface Gateway {
  links: AgentLinks;
  /** Takes over a request to upgrade that was found in order. */
  accept(request: IncomingMessage, stream: Duplex, head: Buffer, name: string): void;
  /** The living connection that was welcomed with this content token. */
  session(token: string): AgentSession | undefined;
  close(): Promise<void>;
}

export function createGateway(deps: GatewayDeps, timing: GatewayTiming = GATEWAY_TIMING): Gateway {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LIMITS.controlFrame,
    handleProtocols: () => AGENT_SUBPROTOCOL,
  });
  /** Every connection whose end was not reported yet. */
  const open = new Set<Connection>();
  /** The one that counts, by system. */
  const current = new Map<string, Connection>();
  const sessions = new Map<string, AgentSession>();
  const clones = createClones(deps.log, deps.clock);
  let stopping = false;

  const places: Places = {
    async proved(connection, instance, address) {
      clones.connected(connection.system, instance, address);
      const earlier = current.get(connection.system);
      current.set(connection.system, connection);
      earlier?.end("REPLACED", "the same agent connected again");
      await earlier?.ended;
    },
    admit(token, session) {
      const key = hashOf(token);
      sessions.set(key, session);
      session.ended.addEventListener("abort", () => sessions.delete(key), { once: true });
    },
  };

  function forget(connection: Connection): void {
    open.delete(connection);
    if (current.get(connection.system) === connection) current.delete(connection.system);
  }

  function connectedAgent(system: string): ConnectedAgent | undefined {
    return current.get(system)?.agent();
  }

  return {
    links: {
      connected: () => [...current.keys()].flatMap((system) => connectedAgent(system) ?? []),
      isConnected: (system) => connectedAgent(system) !== undefined,
      async send(system: string, message: CoordinatorMessage) {
        const connection = current.get(system);
        return connection?.agent() ? connection.send(encodeCoordinatorMessage(message)) : false;
      },
      async end(system, why) {
        // Also those that are just proving a key: it may have been read before it was replaced.
        const all = [...open].filter((connection) => connection.system === system);
        for (const connection of all) connection.end("UNAUTHENTICATED", connection.agent() ? why : NOT_ACCEPTED);
        deps.neighbours.shutOut(system);
        deps.reservations.end(system);
        await Promise.all(all.map(({ ended }) => ended));
      },
    },
    accept(request, stream, head, name) {
      // An agent that was just sent away and is back already would hold up the end.
      if (stopping) return void stream.destroy();
      const address = request.socket.remoteAddress ?? "unknown";
      server.handleUpgrade(request, stream, head, (socket) => {
        const proved = (): void => deps.admission.provedAgent(request.socket, name);
        const connection = openConnection({ socket, stream, name, address, proved }, deps, timing, places);
        open.add(connection);
        void connection.ended.then(() => forget(connection));
      });
    },
    session: (token) => sessions.get(hashOf(token)),
    async close() {
      stopping = true;
      const all = [...open];
      for (const connection of all) connection.end("GOING_AWAY", "the coordinator stops");
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

/** Looking up a hash tells nothing about the tokens by how long it takes. */
function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
