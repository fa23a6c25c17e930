import { SitewrightError } from "@sitewright/protocol";
import type { Courier } from "@sitewright/protocol/api";
import { parseTime } from "../parse-time.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
/** Of volumes, bytes: what a file system leaves of a DVD, and of the smallest sticks. */
const NAMED: Readonly<Record<string, number>> = { dvd: 4_600_000_000, cd: 690_000_000 };

/** A size such as `4.6G`, bytes. Throws `BAD_REQUEST`. */
export function parseSize(option: string, text: string): number {
  const named = NAMED[text.toLowerCase()];
  if (named !== undefined) return named;
  const [, number, unit = ""] = /^(\d{1,15}(?:\.\d{1,3})?)\s*([kmgt]?)b?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? NaN));
  if (!Number.isSafeInteger(bytes) || bytes < 1)
    throw new SitewrightError("BAD_REQUEST", `${option} ${text} is no size: write it like 4.6G, or dvd`);
  return bytes;
}

export interface CourierOptions {
  /** When it leaves. */
  leaves?: string;
  /** How long it takes. */
  takes?: string;
  capacity?: string;
}

const MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @param now ms since 1970. Throws `BAD_REQUEST`. @returns Undefined: there is no courier to compare with. */
export function parseCourier({ leaves, takes, capacity }: CourierOptions, now: number): Courier | undefined {
  if (leaves === undefined && takes === undefined && capacity === undefined) return undefined;
  const left = leaves === undefined ? now : parseTime("--leaves", leaves);
  const [, number, unit = ""] = /^(\d{1,4}(?:\.\d{1,2})?)\s*([mhd])$/.exec(takes ?? "0m") ?? [];
  const duration = Number(number) * (MS[unit] ?? NaN);
  if (Number.isNaN(duration)) throw new SitewrightError("BAD_REQUEST", `--takes ${takes} is no duration: write it like 36h, 2d or 90m`);
  if (left + duration < now)
    throw new SitewrightError(
      "BAD_REQUEST",
      `a courier who leaves at ${leaves} and takes ${takes ?? "no time"} was there already: name one to come`,
    );
  return {
    leaves: left,
    arrives: left + duration,
    ...(capacity === undefined ? {} : { capacity: parseSize("--capacity", capacity) }),
  };
}
