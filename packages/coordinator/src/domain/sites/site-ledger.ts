import type { Ranges } from "@sitewright/protocol";

/** Who has which chunk of a manifest, or is being sent it, so that it crosses the line to a site once. Only a guide: whoever asks a neighbour in vain asks again. */
export interface SiteLedger {
  /** Decides who brings chunks to a system; those that fall to itself are its own from then on. */
  allot(ask: LedgerAsk): Allotment;
  /** A system has these, whoever else has. */
  holds(content: string, system: string, ranges: Ranges): void;
  /** Nobody can be sent to this system any more. */
  forget(system: string): void;
}

export interface LedgerAsk {
  /** Names a manifest at a site: sites do not share. */
  content: string;
  system: string;
  ranges: Ranges;
  /** Whether chunks may be fetched from another system. */
  isUsable(system: string): boolean;
  /** Systems that have all of it. */
  complete: readonly string[];
  /** All of it is to be sent, whoever has it. */
  direct: boolean;
}

export interface Allotment {
  own: Ranges;
  elsewhere: Map<string, Ranges>;
}

/** One byte a chunk: 0 for nobody, else one more than the place of its system in the list. */
interface Record {
  systems: string[];
  owners: Uint8Array;
}

/** Bytes of all records; those used longest ago are dropped beyond it. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_SYSTEMS = 255;
/** In the place of a system that was forgotten: going through all owners at once would take long. */
const FORGOTTEN = "";
/** Chunks in a row that one of several complete systems is asked for. */
const IN_A_ROW = 64;

export function createSiteLedger(mostBytes = MOST_BYTES): SiteLedger {
  const records = new Map<string, Record>();
  let bytes = 0;

  function open(content: string, last: number): Record {
    const known = records.get(content) ?? { systems: [], owners: new Uint8Array(0) };
    // The one used last comes last.
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

  /** The byte that stands for a system; a system that was forgotten gets another one when it is back. */
  function markOf(record: Record, system: string): number {
    const known = record.systems.indexOf(system);
    if (known >= 0) return known + 1;
    if (record.systems.length === MOST_SYSTEMS && !dropForgotten(record)) return 0;
    return record.systems.push(system);
  }

  return {
    allot({ content, system, ranges, isUsable, complete, direct }) {
      const record = open(content, ranges.at(-1)?.[1] ?? 0);
      const self = markOf(record, system);
      const full = complete.filter(isUsable);
      const usable = new Map<number, boolean>();
      const allotment: Allotment = { own: [], elsewhere: new Map() };

      function bringer(ordinal: number): string | undefined {
        const whole = full[Math.floor(ordinal / IN_A_ROW) % full.length];
        if (whole !== undefined) return whole;
        const mark = record.owners[ordinal] ?? 0;
        const owner = record.systems[mark - 1];
        if (owner === undefined || owner === FORGOTTEN || mark === self) return undefined;
        if (!usable.has(mark)) usable.set(mark, isUsable(owner));
        return usable.get(mark) ? owner : undefined;
      }

      for (const [from, to] of ranges) {
        for (let ordinal = from; ordinal <= to; ordinal++) {
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
      for (const { systems } of records.values()) {
        const at = systems.indexOf(system);
        if (at >= 0) systems[at] = FORGOTTEN;
      }
    },
  };
}

/** Makes room in the list: what forgotten systems had is nobody's. False when none was forgotten. */
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
