import koffi from "koffi";
import { SitewrightError } from "@sitewright/protocol";
import type { RegistryKeys } from "../../app/site-backup/restore-ports.ts";
import { runProgram } from "./commands.ts";

const REG = `${process.env.SystemRoot ?? String.raw`C:\Windows`}\\System32\\reg.exe`;

/** As numbers with a sign: handles are that, extended to the size of a pointer. */
const HIVES: Record<string, number> = {
  HKEY_CLASSES_ROOT: 0x80000000 | 0,
  HKEY_LOCAL_MACHINE: 0x80000002 | 0,
  HKEY_USERS: 0x80000003 | 0,
  HKEY_CURRENT_CONFIG: 0x80000005 | 0,
};
const QUERY_VALUE = 0x1;
const NOT_FOUND = 2;

/** Keys of the registry of Windows. */
export const registry: RegistryKeys = {
  // Not by `reg.exe query`: its exit code is the same for a key that is not there and one that may not be read.
  async exists(key) {
    const at = key.indexOf("\\");
    const advapi = koffi.load("advapi32.dll");
    const open = advapi.func("int32 __stdcall RegOpenKeyExW(intptr hive, str16 key, uint32 options, uint32 access, _Out_ intptr *opened)");
    const opened = [0];
    const status = Number(open(HIVES[key.slice(0, at)], key.slice(at + 1), 0, QUERY_VALUE, opened));
    if (status === NOT_FOUND) return false;
    if (status !== 0) throw new SitewrightError("IO_ERROR", `the key ${key} cannot be opened: Windows error ${status}`);
    advapi.func("int32 __stdcall RegCloseKey(intptr key)")(opened[0]);
    return true;
  },
  async save(key, file, signal) {
    if (!(await registry.exists(key))) throw new SitewrightError("IO_ERROR", `there is no key ${key}`);
    await runProgram([REG, "export", key, file, "/y"], signal);
  },
  async replace(key, file, signal) {
    await registry.remove(key, signal);
    await runProgram([REG, "import", file], signal);
  },
  async remove(key, signal) {
    if (await registry.exists(key)) await runProgram([REG, "delete", key, "/f"], signal);
  },
};
