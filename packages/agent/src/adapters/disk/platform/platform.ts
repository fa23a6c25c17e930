import { linuxPlatform } from "./linux.ts";
import { portable } from "./portable.ts";
import type { Platform } from "./port.ts";

/** What this system offers. */
export const platform: Platform = process.platform === "linux" ? linuxPlatform() : portable;
