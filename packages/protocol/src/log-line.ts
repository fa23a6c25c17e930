import { LIMITS } from "./limits.ts";

/** Facts of a line that are kept when it is too long for the rest. */
const KEPT = ["level", "time", "order", "system", "unit", "run", "code"];

/** A log line (one JSON object) of at most `LIMITS.logLine` characters: a longer one keeps the beginning of its message. */
export function fitLogLine(line: string): string {
  if (line.length <= LIMITS.logLine) return line;
  const facts = parseLogLine(line) ?? {};
  const kept = Object.fromEntries(Object.entries(facts).filter(([name, value]) => KEPT.includes(name) && isShort(value)));
  const message = typeof facts["msg"] === "string" ? facts["msg"] : "";
  return JSON.stringify({ ...kept, msg: `${message.slice(0, LIMITS.logLine / 16)} (shortened)` });
}

function isShort(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && value.length <= 255);
}

/** Undefined when it is not a JSON object. */
export function parseLogLine(line: string): Record<string, unknown> | undefined {
  try {
    const facts: unknown = JSON.parse(line);
    return typeof facts === "object" && facts !== null && !Array.isArray(facts) ? (facts as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
