export { formatBitRate, formatBytes, formatHour, formatSeconds, formatWindowWait, namesOf, shortList } from "@sitewright/protocol/api";

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY_CLOCK = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** ms since 1970 as the time of day, to the second. */
export function formatClock(time: number): string {
  return CLOCK.format(time);
}

/** ms since 1970 as day, month, hour and minute. */
export function formatMoment(time: number): string {
  return DAY_CLOCK.format(time);
}

/** How long ago `time` was, in the most suitable unit; both in ms since 1970. */
export function formatAgo(time: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - time) / 1000));
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  return `${days} ${days === 1 ? "day" : "days"} ago`;
}

/** `1 unit`, `2 units`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A share from 0 to 1 in whole percent; 100 only when nothing is missing. */
export function percent(share: number): number {
  return share >= 1 ? 100 : Math.min(99, Math.floor(Math.max(0, share) * 100));
}

/** The first part of a run's id: enough to distinguish runs. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
