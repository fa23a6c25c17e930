import type { Course, Forecast, RunForecast } from "@sitewright/protocol/api";
import { formatHour } from "../format.ts";

/** ms around now within which seconds are shown. */
const NEAR = 10 * 60_000;

/** A curve's steps as an SVG path from `from` to `to` (ms since 1970); time runs to the right, the share upwards. */
export function curvePath(curve: Course["curve"], from: number, to: number, { width, height }: { width: number; height: number }): string {
  const x = (at: number) => round(((at - from) / Math.max(1, to - from)) * width);
  const y = (share: number) => round((1 - share) * height);
  const [first, ...steps] = curve;
  if (!first) return "";
  return `M${x(first[0])} ${y(first[1])}${steps.map(([at, share]) => `H${x(at)}V${y(share)}`).join("")}H${width}`;
}

/** The range of both forecasts, ms since 1970. */
export function spanOf(courses: readonly (Course | undefined)[]): { from: number; to: number } {
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

/** By when this share is served, in words. */
export function shareWords(course: Course, share: number, timeZone: string, now: number): string {
  if ((course.curve[0]?.[1] ?? 0) >= share) return "served";
  return momentWords(reachedAt(course, share), timeZone, now);
}

/** By when this share was served in the end, in words. */
export function reachedWords(course: Course, share: number, timeZone: string, now: number): string {
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
