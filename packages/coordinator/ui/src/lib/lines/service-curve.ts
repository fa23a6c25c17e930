import type { Course, Forecast, RunForecast } from "@sitewright/protocol/api";
import { formatHour } from "../format.ts";

/** ms around now within which seconds are shown. */
const NEAR = 10 * 60_000;

type Curve = Course["curve"];

export interface Span {
  /** ms since 1970. */
  from: number;
  to: number;
}

export interface Size {
  width: number;
  height: number;
}

/** A curve's steps as an SVG path over this span; time runs to the right, the share upwards. */
export function curvePath(curve: Curve, span: Span, { width, height }: Size): string {
  const y = (share: number) => round((1 - share) * height);
  const [first, ...steps] = curve;
  if (!first) return "";
  return `M${xOf(first[0], span, width)} ${y(first[1])}${steps.map(([at, share]) => `H${xOf(at, span, width)}V${y(share)}`).join("")}`;
}

/** What is below it, likewise. */
export function areaPath(curve: Curve, span: Span, size: Size): string {
  const [first] = curve;
  return first ? `${curvePath(curve, span, size)}V${size.height}H${xOf(first[0], span, size.width)}Z` : "";
}

function xOf(at: number, { from, to }: Span, width: number): number {
  return round(((at - from) / Math.max(1, to - from)) * width);
}

/** A curve up to a moment (ms since 1970), and from there on; a part that would be empty has no point. */
export function partsOf(curve: Curve, at: number): { before: Curve; after: Curve } {
  const later = curve.findIndex(([time]) => time > at);
  const count = later === -1 ? curve.length : later;
  const last = curve[count - 1];
  if (!last) return { before: [], after: curve };
  return { before: [...curve.slice(0, count), [at, last[1]]], after: [[at, last[1]], ...curve.slice(count)] };
}

/** The range of both forecasts, ms since 1970. */
export function spanOf(courses: readonly (Course | undefined)[]): Span {
  const times = courses.flatMap((course) => course?.curve.map(([at]) => at) ?? []);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  // Space after the last step, so that it is visible.
  return { from, to: to + Math.max(1000, (to - from) * 0.04) };
}

/** When this share is served; undefined: unknown. */
function reachedAt({ curve, ninetyAt, endsAt }: Course, share: number): number | undefined {
  if (share === 0.9) return ninetyAt;
  return share === 1 ? endsAt : curve.find(([, served]) => served >= share)?.[0];
}

/** When a forecast was made, and how its times are stated; ms since 1970. */
export interface Stated {
  madeAt: number;
  timeZone: string;
  now: number;
}

/** By when this share is served, or since when, in words. */
export function shareWords(course: Course, share: number, { madeAt, timeZone, now }: Stated): string {
  const at = reachedAt(course, share);
  const words = momentWords(at, timeZone, now);
  return at !== undefined && at <= madeAt ? `served ${words}` : words;
}

/** By when this share was served in the end, in words. */
export function reachedWords(course: Course, share: number, { timeZone, now }: Stated): string {
  const at = reachedAt(course, share);
  return at === undefined ? "not reached" : momentWords(at, timeZone, now);
}

/** Whether a forecast could time anything. */
export function isTimed({ curve }: Course): boolean {
  return curve.length > 1 || (curve[0]?.[1] ?? 0) > 0;
}

/** A moment in the local time of a zone, with seconds where it is near; without the zone's name. */
export function momentWords(time: number | undefined, timeZone: string, now: number): string {
  if (time === undefined) return "not known";
  if (Math.abs(time - now) >= NEAR) return formatHour(time, timeZone, now).replace(/ \([^)]*\)$/, "");
  return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(time);
}

/** The first and the current forecast of one address. */
export function ofAddress({ first, present }: RunForecast, key: string): { first?: Forecast; present?: Forecast } | undefined {
  const only = (forecast: Forecast | undefined): Forecast | undefined => {
    const line = forecast?.addresses.find(({ address }) => address === key);
    return forecast && line && { ...forecast, total: line, addresses: [line], away: [] };
  };
  const [one, other] = [only(first), only(present)];
  if (!one && !other) return undefined;
  return { ...(one ? { first: one } : {}), ...(other ? { present: other } : {}) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
