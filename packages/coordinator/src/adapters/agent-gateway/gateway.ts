import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { LIMITS } from "@sitewright/protocol";
import { openConnection, type ConnectionDeps } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { GATEWAY_TIMING, type GatewayTiming } from "./heartbeat.ts";
import type { Log } from "../../app/log.ts";

/** Detects two agents that run with one key, as on cloned machines: they displace each other endlessly. */
interface Clones {
  /** An agent has authenticated. @param instance Of its process; undefined: an earlier version, for which clones cannot be detected. */
  connected(system: string, instance: string | undefined, address: string): void;
}

/** The same clones are reported again after this time, ms. */
const REPEAT_MS = 3_600_000;

interface Seen {
  instance: string;
  address: string;
}

export interface ClonesDeps {
  log: Pick<Log, "warn">;
  clock: () => number;
  /** Called each time, for the present state of a page. */
  cloned: (system: string, text: string) => void;
}

export function createClones({ log, clock: now, cloned }: ClonesDeps): Clones {
  /** For each system the connected process and the one before it. */
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
      // A replaced process that returns has not ended: a restart never brings back an old process.
      const isBack = known.before?.instance === instance;
      const text = `two agents run with the key of ${system} and displace each other, as on a cloned machine: stop one of them, and join it again under a name of its own`;
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
  /** Handles an upgrade request that passed the checks. */
  accept(request: IncomingMessage, stream: Duplex, head: Buffer, name: string): void;
  close(): Promise<void>;
}

export function createGateway(deps: GatewayDeps, timing: GatewayTiming = GATEWAY_TIMING): Gateway {
  const { connections, admission, events, log } = deps;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LIMITS.controlFrame,
    handleProtocols: () => AGENT_SUBPROTOCOL,
  });
  const clones = createClones({ log, clock: () => performance.now(), cloned: events.cloned });
  let stopping = false;
  return {
    accept(request, stream, head, name) {
      // An agent that was just disconnected and has reconnected already would delay the end.
      if (stopping) return void stream.destroy();
      const address = request.socket.remoteAddress ?? "unknown";
      // The answer, the first ping and the challenge leave together: a record of TLS, a system call and a packet in place of three.
      stream.cork();
      server.handleUpgrade(request, stream, head, (socket) => {
        const proved = (instance: string | undefined): void => {
          admission.provedAgent(request.socket, name);
          clones.connected(name, instance, address);
        };
        connections.add(openConnection({ socket, stream, name, address, proved }, deps, timing));
      });
      stream.uncork();
    },
    async close() {
      stopping = true;
      await connections.endAll("the coordinator stops");
    },
  };
}
