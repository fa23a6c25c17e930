import type { AddressStatus } from "@sitewright/protocol/api";
import type { Window } from "@sitewright/protocol";
import { formatBitRate, formatHour } from "../../lib/format.ts";
import type { Look } from "../../lib/words.ts";

export const WINDOWS: readonly { window: Window; name: string }[] = [
  { window: "all", name: "All priorities" },
  { window: "medium", name: "Medium and high" },
  { window: "high", name: "High only" },
  { window: "closed", name: "Closed" },
];

const LOOKS: Record<Window, Look> = {
  all: { tone: "ok", icon: "check", word: "open" },
  medium: { tone: "info", icon: "info", word: "medium and high" },
  high: { tone: "warn", icon: "clock", word: "high only" },
  closed: { tone: "idle", icon: "dash", word: "closed" },
};

export function windowLook({ paused, window }: Pick<AddressStatus, "paused" | "window">): Look {
  return paused ? { tone: "warn", icon: "pause", word: "paused" } : LOOKS[window];
}

export function budgetText(budget: number | undefined): string {
  return budget === undefined ? "unlimited" : formatBitRate(budget);
}

export function slowerText(carries: number): string {
  return `about ${formatBitRate(carries)}`;
}

export function nextChangeText({ nextChange, timeZone, paused }: AddressStatus, now: number): string {
  if (!nextChange) return "none this week";
  const window = paused ? "" : `${LOOKS[nextChange.window].word}, `;
  return `${formatHour(nextChange.at, timeZone, now)}: ${window}${budgetText(nextChange.budget)}`;
}
