import { readAdvice } from "./advice-data.ts";

let known: Readonly<Record<string, string>> | undefined;

/** What to do about an error, in a sentence or two. A code of a newer version is not known. */
export function adviceFor(code: string): string {
  known ??= readAdvice();
  return (Object.hasOwn(known, code) ? known[code] : undefined) ?? "See the log of this order, then retry.";
}
