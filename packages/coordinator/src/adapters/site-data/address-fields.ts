import type { Node } from "yaml";
import { parseBitRate, parsePercent } from "../../domain/bandwidth.ts";
import type { Address, Window } from "../../domain/hierarchy.ts";
import { closestName, isTimeZone } from "../../domain/site-data-rules.ts";
import { parseHours, parseWeekHours } from "../../domain/week-hours.ts";
import type { Field, YamlFile } from "./yaml-file.ts";

const KEYS = ["bandwidth", "rateLimit", "schedule", "concurrency", "timeZone", "via"] as const;
const WINDOWS: readonly Window[] = ["all", "medium", "high", "closed"];
const DEFAULT_CONCURRENCY = 3;

/** Reads the link to one destination; every fault in it is noted. */
export function readAddress(file: YamlFile, node: Node, key: string, defaults: { timeZone: string; sites: ReadonlySet<string> }): Address {
  const fields = file.record(node, `the address ${key}`, KEYS);
  const bandwidth = readBandwidth(file, fields.bandwidth);
  const via = readVia(file, fields.via, key, defaults.sites);
  return {
    key,
    ...(bandwidth === undefined ? {} : { bandwidth }),
    rateLimit: readHourly<number>(file, fields.rateLimit, { hours: 24, parse: parseHours, example: '"08-18"' }, (field) =>
      readRate(file, field, bandwidth, fields.bandwidth !== undefined),
    ),
    schedule: readHourly<Window>(
      file,
      fields.schedule,
      { hours: 168, parse: parseWeekHours, example: '"Mon-Fri 08-18" or "Sat,Sun 00-24"' },
      (field) => file.word(field, WINDOWS),
    ).map((window) => window ?? "all"),
    concurrency: file.integer(fields.concurrency, 1, 100) ?? DEFAULT_CONCURRENCY,
    timeZone: readTimeZone(file, fields.timeZone) ?? defaults.timeZone,
    ...(via === undefined ? {} : { via }),
  };
}

export function readTimeZone(file: YamlFile, field: Field | undefined): string | undefined {
  const text = file.text(field);
  if (text === undefined || isTimeZone(text)) return text;
  file.fault(field?.value, `timeZone "${text}" is not known: write an IANA name such as America/Chicago`);
  return undefined;
}

function readBandwidth(file: YamlFile, field: Field | undefined): number | undefined {
  const text = file.text(field);
  const rate = text === undefined ? undefined : parseBitRate(text);
  if (text !== undefined && rate === undefined)
    file.fault(field?.value, `bandwidth "${text}" is no rate: write "2 Mbit/s" or "512 kbit/s" (1 kbit/s at least)`);
  return rate;
}

function readVia(file: YamlFile, field: Field | undefined, key: string, sites: ReadonlySet<string>): string | undefined {
  const text = file.text(field);
  if (text === undefined) return undefined;
  if (sites.has(text) && text !== key) return text;
  const near = closestName(text, sites);
  const advice =
    text === key
      ? "an address cannot lead over itself: leave it out"
      : `it must name a site of this file${near ? `: did you mean "${near}"?` : ""}`;
  file.fault(field?.value, `via "${text}" leads nowhere: ${advice}`);
  return undefined;
}

/** A table keyed by ranges of hours; hours that two entries claim with different values are a fault. */
function readHourly<Value>(
  file: YamlFile,
  field: Field | undefined,
  range: { hours: number; parse: (text: string) => number[] | undefined; example: string },
  readValue: (field: Field) => Value | undefined,
): (Value | undefined)[] {
  const table: (Value | undefined)[] = Array.from({ length: range.hours });
  const claimedBy = new Map<number, string>();
  const entries = field ? file.fields(field.value, field.key) : [];
  if (field && entries.length > range.hours) {
    file.fault(field.value, `${field.key} has ${entries.length} entries: ${range.hours} at most`);
    return table;
  }
  for (const entry of entries) {
    const hours = range.parse(entry.key);
    if (!hours) {
      file.fault(entry.keyNode, `${field?.key ?? ""} hours "${entry.key}" are not understood: write ${range.example}`);
      continue;
    }
    const value = readValue(entry);
    if (value === undefined) continue;
    const clash = hours.find((hour) => claimedBy.has(hour) && table[hour] !== value);
    if (clash !== undefined) {
      file.fault(entry.keyNode, `${field?.key ?? ""} "${entry.key}" contradicts "${claimedBy.get(clash) ?? ""}": name each hour once`);
      continue;
    }
    for (const hour of hours) {
      table[hour] = value;
      claimedBy.set(hour, entry.key);
    }
  }
  return table;
}

function readRate(file: YamlFile, entry: Field, bandwidth: number | undefined, bandwidthStated: boolean): number | undefined {
  const text = file.text(entry);
  if (text === undefined) return undefined;
  const rate = parseBitRate(text);
  if (rate !== undefined) return rate;
  const share = parsePercent(text);
  if (share !== undefined && bandwidth !== undefined) return Math.max(1, Math.round(share * bandwidth));
  if (share === undefined) {
    const bare = /^\d+(\.\d+)?$/.test(text);
    const advice =
      Number.parseFloat(text) === 0
        ? 'to send nothing, write "closed" in schedule'
        : bare
          ? `write "${text}%" or "512 kbit/s"`
          : 'write "25%" (at most 100%) or "512 kbit/s"';
    file.fault(entry.value, `rateLimit "${text}" ${bare && Number(text) !== 0 ? "needs a unit" : "is no rate"}: ${advice}`);
  } else if (!bandwidthStated) {
    file.fault(entry.value, `rateLimit "${text}" is a share of nothing: state the bandwidth too, or write a rate such as "512 kbit/s"`);
  }
  return undefined;
}
