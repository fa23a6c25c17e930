import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** What an error code means, and what to do about it. */
export interface Entry {
  /** With the marks of Markdown; its links start at docs/. */
  means: string;
  do: string;
}

/** In the order of the file. */
export function readEntries(): Record<string, Entry> {
  return parse(readFileSync(join(import.meta.dirname, "../../data/advice.yaml"), "utf8")) as Record<string, Entry>;
}

/** By error code. A build puts the result in place of this module, as it does with the list of tasks. */
export function readAdvice(): Record<string, string> {
  return Object.fromEntries(Object.entries(readEntries()).map(([code, entry]) => [code, entry.do]));
}
