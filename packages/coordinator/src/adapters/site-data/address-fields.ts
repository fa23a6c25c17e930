import type { Node } from "yaml";
import { readBandwidth, readRateLimit, readSchedule, type HourEntry, type HourTable } from "@sitewright/protocol";
import type { Address } from "../../domain/sites/hierarchy.ts";
import { isTimeZone } from "../../domain/sites/site-data-rules.ts";
import type { Field, YamlFile } from "./yaml-file.ts";

const KEYS = ["bandwidth", "rateLimit", "schedule", "concurrency", "timeZone", "via"] as const;
const DEFAULT_CONCURRENCY = 3;

/** Reads the link to one destination; records every fault in it. */
export function readAddress(file: YamlFile, node: Node, key: string, defaults: { timeZone: string; sites: ReadonlySet<string> }): Address {
  const fields = file.record(node, `the address ${key}`, KEYS);
  const bandwidth = bandwidthOf(file, fields.bandwidth);
  const via = readVia(file, fields.via, key, defaults.sites);
  // A bandwidth that is stated and wrong is one fault, not two.
  const rateLimit = hourly(file, fields.rateLimit, (entries) => readRateLimit(entries, fields.bandwidth !== undefined));
  return {
    key,
    ...(bandwidth === undefined ? {} : { bandwidth }),
    rateLimit,
    schedule: hourly(file, fields.schedule, readSchedule).map((window) => window ?? "all"),
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

function bandwidthOf(file: YamlFile, field: Field | undefined): number | undefined {
  const text = file.text(field);
  const rate = text === undefined ? undefined : readBandwidth(text);
  if (typeof rate === "string") file.fault(field?.value, rate);
  return typeof rate === "number" ? rate : undefined;
}

function readVia(file: YamlFile, field: Field | undefined, key: string, sites: ReadonlySet<string>): string | undefined {
  const text = file.text(field);
  if (text === undefined) return undefined;
  if (sites.has(text) && text !== key) return text;
  const advice =
    text === key ? "an address cannot lead through itself: leave it out" : `it must name a site of this file${file.hint(text, sites)}`;
  file.fault(field?.value, `via "${text}" leads nowhere: ${advice}`);
  return undefined;
}

/** A table keyed by ranges of hours. */
function hourly<Value>(
  file: YamlFile,
  field: Field | undefined,
  read: (entries: readonly HourEntry[]) => HourTable<Value>,
): (Value | undefined)[] {
  const written = (field ? file.fields(field.value, field.key) : []).flatMap((entry) => {
    const value = file.text(entry);
    return value === undefined ? [] : [{ entry, hours: entry.key, value }];
  });
  const { hours, faults } = read(written);
  for (const { entry: at, part, message } of faults) {
    const entry = at === undefined ? undefined : written[at]?.entry;
    file.fault(entry === undefined ? field?.value : part === "hours" ? entry.keyNode : entry.value, message);
  }
  return hours;
}
