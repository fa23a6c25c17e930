import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { LIMITS } from "@sitewright/protocol";
import { openConnection, type ConnectionDeps } from "./connection.ts";
import type { Connections } from "./connections.ts";
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

export interface ClonesDeps {
  log: Pick<Log, "warn">;
  clock: () => number;
  /** Told each time, for whoever looks now. */
  cloned: (system: string, text: string) => void;
}

export function createClones({ log, clock: now, cloned }: ClonesDeps): Clones {
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
      const text = `two agents run with the key of ${system} and push each other out, as on a machine that was cloned: stop one of them, and join it again under a name of its own`;
      if (isBack) cloned(system, text);
      const tell = isBack && (known.toldAt === undefined || now() - known.toldAt >= REPEAT_MS);
      seen.set(system, { ...known, current, before: known.current, ...(tell ? { toldAt: now() } : {}) });
      if (!tell) return;
      log.warn({ system, addresses: [...new Set([known.current.address, address])] }, text);
    },
  };
}

export const AGENT_PATH = "/agent/v1";
export const AGENT_SUBPROTOCOL = "sitewright.v1";

export interface GatewayDeps extends ConnectionDeps {
  connections: Connections;
}

/** The agents' endpoint. */
export interface Gateway {
  /** Takes over a request to upgrade that was found in order. */
  accept(request: IncomingMessage, stream: Duplex, head: Buffer, name: string): void;
  close(): Promise<void>;
}

export function createGateway(deps: GatewayDeps, timing: GatewayTiming = GATEWAY_TIMING): Gateway {
  const { connections, admission, events, clock, log } = deps;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LIMITS.controlFrame,
    handleProtocols: () => AGENT_SUBPROTOCOL,
  });
  const clones = createClones({ log, clock, cloned: events.cloned });
  let stopping = false;
  return {
    accept(request, stream, head, name) {
      // An agent that was just sent away and is back already would hold up the end.
      if (stopping) return void stream.destroy();
      const address = request.socket.remoteAddress ?? "unknown";
      server.handleUpgrade(request, stream, head, (socket) => {
        const proved = (instance: string | undefined): void => {
          admission.provedAgent(request.socket, name);
          clones.connected(name, instance, address);
        };
        connections.add(openConnection({ socket, stream, name, address, proved }, deps, timing));
      });
    },
    async close() {
      stopping = true;
      await connections.endAll("the coordinator stops");
    },
  };
}
