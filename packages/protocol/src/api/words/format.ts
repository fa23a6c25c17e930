import type { WindowWait } from "../runs/phases.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `1234567` as `1.2 MB`; decimal units, as network rates have them. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `2000000` bit/s as `2 Mbit/s`. */
export function formatBitRate(bitsPerSecond: number): string {
  const steps = [
    [1e9, "Gbit/s"],
    [1e6, "Mbit/s"],
    [1e3, "kbit/s"],
  ] as const;
  const [size, name] = steps.find(([least]) => bitsPerSecond >= least) ?? [1, "bit/s"];
  return `${Math.round((bitsPerSecond / size) * 10) / 10} ${name}`;
}

/** `95` seconds as `1:35`, from an hour on `1:01:35`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/**
 * A moment of the coming week in the local time of a zone: `Sun 20:00 (Chicago)`; later ones with the date. @param now ms since 1970, as
 * `time`.
 */
export function formatHour(time: number, timeZone: string, now: number): string {
  const far = time - now > 6 * 24 * 3600_000;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    ...(far ? { day: "numeric", month: "short" } : {}),
  });
  return `${clock.format(time).replaceAll(", ", " ")} (${timeZone.split("/").at(-1)?.replaceAll("_", " ") ?? timeZone})`;
}

/** `A, B and 3 more`. */
export function shortList(names: readonly string[], most = 3): string {
  return namesOf(names, names.length, most);
}

/** The same for names of which only the first are known. @param count Of all of them. */
export function namesOf(first: readonly string[], count: number, most = 6): string {
  const named = first.slice(0, most);
  return count <= named.length ? named.join(", ") : `${named.join(", ")} and ${(count - named.length).toLocaleString("en")} more`;
}

/** What work waits for at a line: `waiting for window, opens Sun 20:00 (Chicago)`. */
export function formatWindowWait({ address, timeZone, opensAt }: WindowWait, now: number): string {
  if (opensAt === undefined) return `waiting for window, ${address} does not open for it this week`;
  return `waiting for window, opens ${formatHour(opensAt, timeZone, now)}`;
}
