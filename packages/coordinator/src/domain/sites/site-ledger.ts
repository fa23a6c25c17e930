import type { Ranges } from "@sitewright/protocol";

/**
 * Which system has which chunk of a manifest, or is receiving it, so that it is sent over the line to a site once. Only a hint: a failed
 * request to a neighbour is repeated to the coordinator.
 */
export interface SiteLedger {
  /** Decides from where a system gets chunks; those that it gets from the coordinator count as its own from then on. */
  allot(ask: LedgerAsk): Allotment;
  /** Records that a system has these, in addition to other owners. */
  holds(content: string, system: string, ranges: Ranges): void;
  /** No system can be redirected to this one any more. */
  forget(system: string): void;
}

export interface LedgerAsk {
  /** Names a manifest at a site: sites do not share. */
  content: string;
  system: string;
  ranges: Ranges;
  /** Whether chunks may be fetched from another system. */
  isUsable(system: string): boolean;
  /** Systems that are said to have all of it. */
  complete: readonly string[];
  /** The requesting system is said to have all of it, too: what it requests is missing or damaged there nevertheless. */
  isComplete: boolean;
  /** All of it is to be sent by the coordinator. */
  direct: boolean;
}

export interface Allotment {
  own: Ranges;
  elsewhere: Map<string, Ranges>;
}

/** One byte per chunk: 0 for no owner, else one more than the index of its system in the list. */
interface Record {
  systems: string[];
  owners: Uint8Array;
  /** By system that is said to have all chunks: those that it requested all the same. */
  lacking: Map<string, Set<number>>;
}

/** Bytes of all records; beyond it the least recently used are dropped. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_SYSTEMS = 255;
/** Stands for a forgotten system: updating all owners at once would take long. */
const FORGOTTEN = "";
/** A complete system that lacks so many chunks is treated as incomplete. */
const MOST_LACKING = 65_536;
/** Consecutive chunks that are requested from one of several complete systems. */
const IN_A_ROW = 64;

export function createSiteLedger(mostBytes = MOST_BYTES): SiteLedger {
  const records = new Map<string, Record>();
  let bytes = 0;

  function open(content: string, last: number): Record {
    const known = records.get(content) ?? { systems: [], owners: new Uint8Array(0), lacking: new Map() };
    // The most recently used is last.
    records.delete(content);
    records.set(content, known);
    if (last >= known.owners.length && last < mostBytes) {
      const larger = new Uint8Array(Math.min(mostBytes, Math.max(last + 1, known.owners.length * 2, 1024)));
      larger.set(known.owners);
      bytes += larger.length - known.owners.length;
      known.owners = larger;
    }
    for (const [oldest, { owners }] of records) {
      if (bytes <= mostBytes || oldest === content) break;
      records.delete(oldest);
      bytes -= owners.length;
    }
    return known;
  }

  /** The byte that stands for a system; a forgotten system gets another one when it returns. */
  function markOf(record: Record, system: string): number {
    const known = record.systems.indexOf(system);
    if (known >= 0) return known + 1;
    if (record.systems.length === MOST_SYSTEMS && !dropForgotten(record)) return 0;
    return record.systems.push(system);
  }

  return {
    allot({ content, system, ranges, isUsable, complete, isComplete, direct }) {
      const record = open(content, ranges.at(-1)?.[1] ?? 0);
      const self = markOf(record, system);
      const full = complete.filter(isUsable);
      const missed = isComplete ? lackingOf(record, system) : undefined;
      const usable = new Map<number, boolean>();
      const allotment: Allotment = { own: [], elsewhere: new Map() };

      function bringer(ordinal: number): string | undefined {
        const having = record.lacking.size === 0 ? full : full.filter((other) => hasChunk(record, other, ordinal));
        const whole = having[Math.floor(ordinal / IN_A_ROW) % having.length];
        if (whole !== undefined) return whole;
        const mark = record.owners[ordinal] ?? 0;
        const owner = record.systems[mark - 1];
        if (owner === undefined || owner === FORGOTTEN || mark === self) return undefined;
        if (!usable.has(mark)) usable.set(mark, isUsable(owner));
        return usable.get(mark) ? owner : undefined;
      }

      for (const [from, to] of ranges) {
        for (let ordinal = from; ordinal <= to; ordinal++) {
          if (missed && missed.size < MOST_LACKING) missed.add(ordinal);
          const other = direct ? undefined : bringer(ordinal);
          if (other !== undefined) {
            const list = allotment.elsewhere.get(other) ?? [];
            allotment.elsewhere.set(other, list);
            add(list, ordinal);
            continue;
          }
          add(allotment.own, ordinal);
          record.owners[ordinal] = self;
        }
      }
      return allotment;
    },
    holds(content, system, ranges) {
      const record = open(content, ranges.at(-1)?.[1] ?? 0);
      const mark = markOf(record, system);
      if (mark === 0) return;
      for (const [from, to] of ranges) record.owners.fill(mark, from, to + 1);
    },
    forget(system) {
      for (const { systems, lacking } of records.values()) {
        lacking.delete(system);
        const at = systems.indexOf(system);
        if (at >= 0) systems[at] = FORGOTTEN;
      }
    },
  };
}

function lackingOf({ lacking }: Record, system: string): Set<number> {
  const missed = lacking.get(system) ?? new Set();
  lacking.set(system, missed);
  return missed;
}

function hasChunk({ lacking }: Record, system: string, ordinal: number): boolean {
  const missed = lacking.get(system);
  return missed === undefined || (missed.size < MOST_LACKING && !missed.has(ordinal));
}

/** Makes room in the list: chunks of forgotten systems lose their owner. False when none was forgotten. */
function dropForgotten({ systems, owners }: Record): boolean {
  const kept = systems.filter((system) => system !== FORGOTTEN);
  if (kept.length === systems.length) return false;
  const places = Uint8Array.from([0, ...systems.map((system) => (system === FORGOTTEN ? 0 : kept.indexOf(system) + 1))]);
  for (let ordinal = 0; ordinal < owners.length; ordinal++) owners[ordinal] = places[owners[ordinal] ?? 0] ?? 0;
  systems.splice(0, systems.length, ...kept);
  return true;
}

function add(ranges: Ranges, ordinal: number): void {
  const last = ranges.at(-1);
  if (last && last[1] === ordinal - 1) last[1] = ordinal;
  else ranges.push([ordinal, ordinal]);
}
