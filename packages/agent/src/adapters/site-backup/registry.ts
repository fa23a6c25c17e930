import type { RegistryKeys } from "../../app/site-backup/restore-ports.ts";
import { runProgram } from "./commands.ts";

const REG = `${process.env.SystemRoot ?? String.raw`C:\Windows`}\\System32\\reg.exe`;

/** Time limit of a question, ms. */
const QUERY_MS = 60_000;

/** Keys of the registry of Windows. */
export const registry: RegistryKeys = {
  async exists(key) {
    try {
      await query(key);
      return true;
    } catch (error) {
      // The exit code is the same for a key that is not there and one that cannot be read, and the words are in the language of the system.
      const above = key.slice(0, Math.max(0, key.lastIndexOf("\\")));
      if (above === "") throw error;
      if (!(await registry.exists(above))) return false;
      if (namesKey(await query(above), key)) throw error;
      return false;
    }
  },
  save: (key, file, signal) => runProgram([REG, "export", key, file, "/y"], signal).then(() => undefined),
  async replace(key, file, signal) {
    if (await registry.exists(key)) await runProgram([REG, "delete", key, "/f"], signal);
    await runProgram([REG, "import", file], signal);
  },
};

function query(key: string): Promise<string> {
  return runProgram([REG, "query", key], AbortSignal.timeout(QUERY_MS));
}

/** @param listing What `reg.exe query` writes of the key above: values, which are indented, and whole names of keys. */
export function namesKey(listing: string, key: string): boolean {
  const last = (path: string) => path.slice(path.lastIndexOf("\\") + 1).toLowerCase();
  return listing.split(/\r?\n/).some((line) => line.startsWith("HKEY_") && last(line) === last(key));
}
