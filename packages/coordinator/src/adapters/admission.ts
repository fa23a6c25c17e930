import { readFileSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { addressGroup, createStrangers, type StrangerLimits } from "@sitewright/protocol";

/**
 * Who may be connected. Bounds the connections on which nobody has proved who they are, in all and per address, from the first
 * packet on: while TLS is agreed upon, while a request comes, and until an agent's Hello was found right.
 */
export interface Admission {
  /** Bounds what a server accepts from now on. */
  watch(server: Server): void;
  /** The other side proved to be an operator. */
  proved(socket: Peer): void;
  /** The other side proved to be this system's agent: connections from its address are the last to make room for others. */
  provedAgent(socket: Peer, system: string): void;
  /** The other side shows that it was welcomed as this system before: it has places that no stranger can take. */
  reserve(socket: Peer, system: string): void;
}

/** A socket, or the TLS socket on it. */
type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

export interface AdmissionLimits extends StrangerLimits {
  /** Connections of any kind. */
  connections: number;
}

/** Connections that one system may have open before its Hello; the oldest ends for the newest. */
const RESERVED = 2;
/** Addresses of agents that are remembered. */
const MOST_KNOWN = 4096;

/** @param onDrop Told from where a connection came that had to be refused at once. */
export function createAdmission(onDrop: (address: string) => void, limits: AdmissionLimits = admissionLimits(openFileLimit())): Admission {
  const open = new Map<string, Socket>();
  /** Groups of addresses from which an agent proved itself, the latest last. */
  const known = new Set<string>();
  /** Connections that showed a reservation and have not proved themselves yet, by system, in the order of arrival. */
  const reserved = new Map<string, Set<Socket>>();
  const strangers = createStrangers<Socket>(
    limits,
    (socket) => socket.destroy(),
    (group) => known.has(group),
  );

  function accept(socket: Socket): void {
    if (socket.remoteAddress === undefined) return void socket.destroy(); // gone already
    const key = keyOf(socket);
    open.set(key, socket);
    socket.once("close", () => {
      if (open.get(key) === socket) open.delete(key);
      strangers.remove(socket);
    });
    strangers.add(socket, socket.remoteAddress);
  }

  function release(socket: Socket, system: string): void {
    const places = reserved.get(system);
    places?.delete(socket);
    if (places?.size === 0) reserved.delete(system);
  }

  return {
    watch(server) {
      server.maxConnections = limits.connections;
      server.on("connection", accept);
      server.on("drop", (peer) => onDrop(peer?.remoteAddress ?? "unknown"));
    },
    proved(peer) {
      const socket = open.get(keyOf(peer));
      if (socket) strangers.remove(socket);
    },
    provedAgent(peer, system) {
      const socket = open.get(keyOf(peer));
      if (!socket) return;
      strangers.remove(socket);
      release(socket, system);
      const group = addressGroup(peer.remoteAddress ?? "");
      known.delete(group);
      known.add(group);
      for (const oldest of known) if (known.size > MOST_KNOWN) known.delete(oldest);
    },
    reserve(peer, system) {
      const socket = open.get(keyOf(peer));
      if (!socket || !strangers.remove(socket)) return;
      const places = reserved.get(system) ?? new Set();
      reserved.set(system, places.add(socket));
      socket.once("close", () => release(socket, system));
      for (const oldest of places) {
        if (places.size <= RESERVED) break;
        release(oldest, system);
        oldest.destroy();
      }
    },
  };
}

/** A TLS socket and the socket below it have the same. */
function keyOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}

/** What so many open files allow for: strangers get a quarter, and as much again for the files that they are sent; the rest is for those we know. */
export function admissionLimits(openFiles: number): AdmissionLimits {
  const all = Math.max(16, Math.min(1024, Math.floor(openFiles / 4)));
  return { all, perAddress: Math.ceil(all / 3), connections: Math.max(2 * all, openFiles - all - KEPT_FILES) };
}

/** Files of our own: stores, sources that are read, pipes. */
const KEPT_FILES = 128;
/** Where the system does not tell. */
const USUAL_LIMIT = 1024;

/** How many files this process may have open. */
function openFileLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return Number(soft ?? USUAL_LIMIT);
  } catch {
    return USUAL_LIMIT;
  }
}
