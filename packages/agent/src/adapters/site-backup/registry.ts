import type { RegistryKeys } from "../../app/site-backup/restore-ports.ts";
import { runProgram } from "./commands.ts";

const REG = `${process.env.SystemRoot ?? String.raw`C:\Windows`}\\System32\\reg.exe`;

/** Keys of the registry of Windows. */
export const registry: RegistryKeys = {
  exists: (key) =>
    runProgram([REG, "query", key], AbortSignal.timeout(60_000)).then(
      () => true,
      () => false,
    ),
  save: (key, file, signal) => runProgram([REG, "export", key, file, "/y"], signal).then(() => undefined),
  async replace(key, file, signal) {
    if (await registry.exists(key)) await runProgram([REG, "delete", key, "/f"], signal);
    await runProgram([REG, "import", file], signal);
  },
};
