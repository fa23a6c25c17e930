import { linuxPlatform } from "./linux.ts";
import { portable } from "./portable.ts";
import type { Platform } from "./port.ts";

/** The platform of this operating system. */
export const platform: Platform = process.platform === "linux" ? linuxPlatform() : portable;
