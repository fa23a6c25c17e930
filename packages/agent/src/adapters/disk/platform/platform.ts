import type { WindowsRights } from "@sitewright/node-kit/windows-rights";
import { linuxPlatform } from "./linux.ts";
import { portable } from "./portable.ts";
import { rightsHere, windowsPlatform } from "./windows.ts";
import type { Platform } from "./port.ts";

/** What closes a data folder on Windows. */
export function windowsFolders(): WindowsRights | undefined {
  return process.platform === "win32" ? rightsHere() : undefined;
}

/** The platform of this operating system. */
export const platform: Platform = choose();

function choose(): Platform {
  if (process.platform === "linux") return linuxPlatform();
  return process.platform === "win32" ? windowsPlatform : portable;
}
