import { createHmac, randomBytes } from "node:crypto";
import {
  ticketIdentity,
  type Digest,
  type Elsewhere,
  type Holds,
  type PeerAccess,
  type PeerDoor,
  type PeerOffer,
  type Ranges,
} from "@sitewright/protocol";
import type { Clock } from "../../app/ports.ts";
import type { Hierarchy } from "../../domain/hierarchy.ts";
import { areNeighbours, neighboursOf, sharedSite } from "../../domain/neighbours.ts";
import { createSiteLedger } from "../../domain/site-ledger.ts";

/** Systems behind one address that fetch from each other what one of them has: who takes part, and who brings what. */
export interface Neighbours {
  /**
   * An agent has proved who it is. Tells it, now or when the hierarchy changes, that it has neighbours, if it has.
   * @param tell Sends it a message, unless it has gone.
   */
  join(system: string, tell: (access: PeerAccess) => void, ended: AbortSignal): void;
  /** It takes part, and serves its neighbours at its door once it has one. */
  opened(system: string, door: PeerDoor | undefined): void;
  holds(system: string, holds: Holds): void;
  /** The hierarchy may be another one. */
  refresh(): void;
  /**
   * Who brings what to a stream.
   * @param failed Did not bring it, and is not named to this system for some time; all of it is to be sent.
   */
  allot(stream: PeerStream, ranges: Ranges, failed?: string): { own: Ranges; elsewhere: Elsewhere[] };
}

/** What asks for chunks. */
export interface PeerStream {
  system: string;
  manifest: Digest;
  /** Whether a system has all of the manifest, as far as is known. */
  isComplete(system: string): boolean;
  /** Those that were complete lately. */
  complete: { systems: readonly string[]; until: number };
}

export interface NeighboursDeps {
  hierarchy: () => Hierarchy | undefined;
  clock: Clock;
}

/** How long a ticket opens a door, ms; streams that it opened go on. */
const TICKET_MS = 5 * 60_000;

/** It is asked once in so many ms who is complete: agents may hold thousands of units. */
const COMPLETE_MS = 1000;

/** So long is a neighbour not named to one that it failed, ms. */
const FAILED_MS = 10 * 60_000;
/** Agents ask for a few hundred at once; whoever asks for more is sent all of it. */
const MOST_ALLOTTED = 65_536;

interface Member {
  tell(access: PeerAccess): void;
  /** Set once it was told that it has neighbours. */
  key?: Uint8Array;
  takesPart?: true;
  door?: PeerDoor;
  /** Neighbours that failed it, and until when they are not named, ms since 1970. */
  failed: Map<string, number>;
}

export function createNeighbours({ hierarchy, clock }: NeighboursDeps): Neighbours {
  const ledger = createSiteLedger();
  const members = new Map<string, Member>();

  const contentAt = (site: string, manifest: Digest): string => `${site} ${manifest}`;

  function introduce(system: string, member: Member): void {
    if (member.key || neighboursOf(hierarchy(), system).length === 0) return;
    member.key = randomBytes(32);
    member.tell({ kind: "peer-access", key: member.key, now: clock() });
  }

  function offerOf(system: string, { key, door }: Required<Pick<Member, "key" | "door">>, to: PeerStream): PeerOffer {
    const ticket = ticketIdentity({ system: to.system, manifest: to.manifest, expires: clock() + TICKET_MS });
    return { system, ...door, ticket, key: createHmac("sha256", key).update(ticket).digest("base64url") };
  }

  return {
    join(system, tell, ended) {
      const member: Member = { tell, failed: new Map() };
      members.set(system, member);
      for (const other of members.values()) other.failed.delete(system);
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
    opened(system, door) {
      const member = members.get(system);
      if (!member?.key) return;
      member.takesPart = true;
      if (door) member.door = door;
    },
    holds(system, { manifest, ranges }) {
      const site = sharedSite(hierarchy(), system);
      if (site !== undefined && members.get(system)?.key) ledger.holds(contentAt(site, manifest), system, ranges);
    },
    refresh() {
      for (const [system, member] of members) introduce(system, member);
    },
    allot(stream, ranges, failed) {
      const { system, manifest } = stream;
      const known = hierarchy();
      const site = sharedSite(known, system);
      const self = members.get(system);
      const count = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
      if (site === undefined || !self?.takesPart || count > MOST_ALLOTTED) return { own: ranges, elsewhere: [] };
      if (failed !== undefined && members.has(failed)) self.failed.set(failed, clock() + FAILED_MS);
      const isUsable = (other: string): boolean =>
        members.get(other)?.door !== undefined && (self.failed.get(other) ?? 0) <= clock() && areNeighbours(known, system, other);
      if (stream.complete.until <= clock()) {
        const systems = [...members.keys()].filter((other) => isUsable(other) && stream.isComplete(other));
        stream.complete = { systems, until: clock() + COMPLETE_MS };
      }
      const complete = stream.complete.systems;
      const allotment = ledger.allot({
        content: contentAt(site, manifest),
        system,
        ranges,
        isUsable,
        complete,
        direct: failed !== undefined,
      });
      return {
        own: allotment.own,
        elsewhere: [...allotment.elsewhere].map(([other, theirs]) => ({
          ranges: theirs,
          offer: offerOf(other, members.get(other) as Required<Member>, stream),
        })),
      };
    },
  };
}
