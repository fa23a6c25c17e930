import { createHmac, randomBytes } from "node:crypto";
import {
  ticketIdentity,
  type Digest,
  type PeerRedirect,
  type Holds,
  type PeerAccess,
  type PeerEndpoint,
  type PeerOffer,
  type Ranges,
} from "@sitewright/protocol";
import type { Log } from "../../app/log.ts";
import type { Clock } from "../../app/ports/clock.ts";
import type { ContentRights } from "../../app/ports/content.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import { areNeighbours, neighboursOf, sharedSite } from "../../domain/sites/neighbours.ts";
import { createSiteLedger } from "../../domain/sites/site-ledger.ts";

/** Systems behind one address that fetch from each other what one of them has: which take part, and which delivers what. */
export interface Neighbours {
  /**
   * An agent has authenticated. Tells it, now or when the hierarchy changes, that it has neighbours, if it has.
   * @param address Where its connection comes from.
   * @param tell Sends it a message, unless it has disconnected.
   */
  join(system: string, address: string, tell: (access: PeerAccess) => void, ended: AbortSignal): void;
  /**
   * It takes part, and serves its neighbours once it has an endpoint. An endpoint is named to others only at the address of its connection,
   * or at the one that the site data state at that moment: otherwise it could direct them to any host.
   */
  opened(system: string, endpoint: PeerEndpoint | undefined): void;
  holds(system: string, holds: Holds): void;
  /** The hierarchy may have changed. */
  refresh(): void;
  /** A system has lost its rights: its tickets are revoked, and the streams it opened with them end. */
  shutOut(system: string): void;
  /**
   * Redirects of a stream.
   * @param failed A neighbour that did not deliver: it is not named to this system for some time, and the coordinator sends everything.
   */
  allot(stream: PeerStream, ranges: Ranges, failed?: string): { own: Ranges; elsewhere: PeerRedirect[] };
}

/** A stream that requests chunks. */
export interface PeerStream {
  system: string;
  /** The order that it fetches content for. */
  order: string;
  manifest: Digest;
  /** Whether a system has all of the manifest, as far as known. */
  isComplete(system: string): boolean;
  /** Systems that were complete lately. */
  complete: { systems: readonly string[]; until: number };
}

export interface NeighboursDeps {
  hierarchy: () => Hierarchy | undefined;
  /** An agent's statement counts only for content that it was ordered. */
  rights: Pick<ContentRights, "ordered">;
  clock: Clock;
  log: Log;
}

/** Validity of a ticket, ms; streams that it opened continue. */
const TICKET_MS = 5 * 60_000;

/** Completeness is queried once in this many ms: agents may hold thousands of units. */
const COMPLETE_MS = 1000;

/** How long a neighbour is not named to a system that it failed, ms. */
const FAILED_MS = 10 * 60_000;
/** Agents request a few hundred at once; larger requests are sent by the coordinator. */
const MOST_ALLOTTED = 65_536;

/** How long a neighbour may neither deliver nor receive anything itself, ms; */
const IDLE_MS = 15_000;
/** and how long its first chunk may take in any case, ms. */
const PROMISE_MS = 5 * 60_000;
/** Limit of watched orders and neighbours of one system. */
const MOST_PROMISES = 256;

/** What a system was told that a neighbour has. */
interface NeighbourPromise {
  first: number;
  last: number;
  /** Since when `first` is awaited, ms since 1970. */
  awaited: number;
  /** Progress of the neighbour at `at`, bytes. */
  moved: number;
  at: number;
}

interface Member {
  address: string;
  tell(access: PeerAccess): void;
  /** Set once it was told that it has neighbours. */
  key?: Uint8Array;
  takesPart?: true;
  /** As it says. */
  endpoint?: PeerEndpoint;
  /** Systems that have tickets to its endpoint. */
  offeredTo: Set<string>;
  /** Neighbours that failed it, and until when they are not named, ms since 1970; not after they have connected again. */
  failed: Map<string, { until: number; of: Member }>;
  /** By order and neighbour: a promise to one order must not count against the next. */
  promises: Map<string, NeighbourPromise>;
  /** Chunk counts of the manifests of its orders, as far as queried. */
  mostChunks: Map<Digest, number>;
}

export function createNeighbours({ hierarchy, rights, clock, log }: NeighboursDeps): Neighbours {
  const ledger = createSiteLedger();
  const members = new Map<string, Member>();

  const contentAt = (site: string, manifest: Digest): string => `${site} ${manifest}`;

  function introduce(system: string, member: Member): void {
    if (member.key || neighboursOf(hierarchy(), system).length === 0) return;
    giveKey(member);
  }

  /** Tickets made with an earlier key end. */
  function giveKey(member: Member, gone?: string): void {
    member.key = randomBytes(32);
    member.tell({ kind: "peer-access", key: member.key, now: clock(), ...(gone === undefined ? {} : { gone: [gone] }) });
  }

  /** Whether its endpoint is where its connection comes from, or where the site data say. */
  function isPlausible(system: string, { address, endpoint }: Member): boolean {
    const places = [address, hierarchy()?.systems.get(system)?.peerAddress];
    return endpoint !== undefined && places.some((own) => own !== undefined && plainAddress(own) === plainAddress(endpoint.host));
  }

  function offerOf(system: string, { key, endpoint }: Required<Pick<Member, "key" | "endpoint">>, to: PeerStream): PeerOffer {
    const ticket = ticketIdentity({ system: to.system, manifest: to.manifest, expires: clock() + TICKET_MS });
    return { system, ...endpoint, ticket, key: createHmac("sha256", key).update(ticket).digest("base64url") };
  }

  return {
    join(system, address, tell, ended) {
      const member: Member = { address, tell, offeredTo: new Set(), failed: new Map(), promises: new Map(), mostChunks: new Map() };
      members.set(system, member);
      ended.addEventListener(
        "abort",
        () => {
          if (members.get(system) !== member) return;
          members.delete(system);
          ledger.forget(system);
        },
        { once: true },
      );
      introduce(system, member);
    },
    opened(system, endpoint) {
      const member = members.get(system);
      if (!member?.key) return;
      member.takesPart = true;
      if (!endpoint) return;
      member.endpoint = endpoint;
      if (!isPlausible(system, member))
        log.warn(
          { system, endpoint: endpoint.host, address: member.address },
          "an agent would serve its neighbours at an address that its connection does not come from: it is not named to them; if the address is right, state it as peerAddress of the system in hierarchy.yaml",
        );
    },
    holds(system, { manifest, ranges }) {
      const site = sharedSite(hierarchy(), system);
      const member = members.get(system);
      if (site === undefined || !member?.key) return;
      const most = member.mostChunks.get(manifest) ?? rights.ordered(system, manifest)?.mostChunks;
      if (most === undefined || (ranges.at(-1)?.[1] ?? 0) >= most) return;
      member.mostChunks.set(manifest, most);
      ledger.holds(contentAt(site, manifest), system, ranges);
    },
    refresh() {
      for (const [system, member] of members) introduce(system, member);
    },
    shutOut(system) {
      for (const member of members.values()) if (member.offeredTo.delete(system)) giveKey(member, system);
    },
    allot(stream, ranges, failed) {
      const { system, manifest } = stream;
      const known = hierarchy();
      const site = sharedSite(known, system);
      const self = members.get(system);
      const count = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
      if (site === undefined || !self?.takesPart || count > MOST_ALLOTTED) return { own: ranges, elsewhere: [] };
      const fail = (other: string): void => {
        const of = members.get(other);
        if (of) self.failed.set(other, { until: clock() + FAILED_MS, of });
      };
      if (failed !== undefined) fail(failed);
      const isUsable = (other: string): boolean => {
        const member = members.get(other);
        const failure = self.failed.get(other);
        const hasFailed = failure !== undefined && failure.of === member && failure.until > clock();
        return member !== undefined && !hasFailed && areNeighbours(known, system, other) && isPlausible(other, member);
      };
      if (stream.complete.until <= clock()) {
        const systems = neighboursOf(known, system).filter((other) => isUsable(other) && stream.isComplete(other));
        stream.complete = { systems, until: clock() + COMPLETE_MS };
      }
      const content = contentAt(site, manifest);
      const ask = { content, system, ranges, isUsable, isComplete: stream.isComplete(system), direct: failed !== undefined };
      let allotment = ledger.allot({ ...ask, complete: stream.complete.systems });
      const idle = [...allotment.elsewhere].filter(([other, theirs]) => keepsNothing({ self, rights, clock, log }, stream, other, theirs));
      for (const [other] of idle) fail(other);
      if (idle.length > 0) allotment = ledger.allot({ ...ask, complete: stream.complete.systems });
      return {
        own: allotment.own,
        elsewhere: [...allotment.elsewhere].map(([other, theirs]) => {
          const member = members.get(other) as Required<Member>;
          member.offeredTo.add(system);
          return { ranges: theirs, offer: offerOf(other, member, stream) };
        }),
      };
    },
  };
}

interface Waiting extends Pick<NeighboursDeps, "rights" | "clock" | "log"> {
  self: Member;
}

/** Whether a neighbour was named for these before, and has made no progress since. A closed line excuses it. */
function keepsNothing(
  { self, rights, clock, log }: Waiting,
  { system, order, manifest }: PeerStream,
  other: string,
  ranges: Ranges,
): boolean {
  const key = `${order} ${other}`;
  const [first, last] = [ranges[0]?.[0] ?? 0, ranges.at(-1)?.[1] ?? 0];
  const moved = rights.ordered(other, manifest)?.moved ?? 0;
  const now = clock();
  const before = self.promises.get(key);
  if (!before || first > before.last || rights.ordered(system, manifest)?.isLineOpen === false) {
    self.promises.set(key, { first: before?.first ?? first, last: Math.max(last, before?.last ?? 0), awaited: now, moved, at: now });
    for (const oldest of self.promises.keys()) if (self.promises.size > MOST_PROMISES) self.promises.delete(oldest);
    return false;
  }
  const awaited = first > before.first ? now : before.awaited;
  const at = moved > before.moved ? now : before.at;
  self.promises.set(key, { first, last: Math.max(last, before.last), awaited, moved, at });
  const isOver = now - at >= IDLE_MS || now - awaited >= PROMISE_MS;
  if (isOver) {
    self.promises.delete(key);
    log.info({ system, peer: other, idleMs: now - at }, "a neighbour does not deliver what it is said to have: the coordinator sends it");
  }
  return isOver;
}

/** An IPv4 address as a dual-stack socket reports it. */
function plainAddress(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
}
