import { ensureExecutable } from "../../package/executable.ts";
import { makeWine, whyNoWine } from "./make-wine.ts";
import { findWindows, WINE_FOLDER } from "./runtime.ts";

/**
 * Ensures what the tests on Windows need: a Windows, or a Wine, which is made where that is possible, and the agent's build for it. Returns
 * why they cannot run, or undefined.
 */
export async function ensureWindows(): Promise<string | undefined> {
  const why = findWindows() ? undefined : (whyNoWine() ?? makeWine(WINE_FOLDER));
  if (why === undefined) await ensureExecutable("sitewright-agent", "win-x64");
  return why;
}
