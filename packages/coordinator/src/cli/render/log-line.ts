import { terminalLine } from "@sitewright/protocol";
import type { LogLine } from "../../app/log-book.ts";

const SIDES = { coordinator: "coordinator", agent: "agent      " } as const;

/** `2026-01-31T10:00:00.000Z  agent        info   stage done  order=...`; what strangers wrote cannot steer the terminal. */
export function renderLogLine({ time, side, level, message, ...facts }: LogLine): string {
  const told = Object.entries(facts).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return terminalLine([new Date(time).toISOString(), SIDES[side], level.padEnd(5), message, ...told].join("  "));
}
