import { linuxPlatform } from "./linux.ts";
import { portable } from "./portable.ts";
import { windowsPlatform } from "./windows.ts";
import type { Platform } from "./port.ts";

/** The platform of this operating system. */
export const platform: Platform = choose();

function choose(): Platform {
  if (process.platform === "linux") return linuxPlatform();
  return process.platform === "win32" ? windowsPlatform : portable;
}
