import { lstatSync } from "node:fs";
import { platform } from "./platform/platform.ts";

/** What is mounted at a place; a bind mount within one disk has the device of the folder around it, so the device is asked only where nothing better is known. */
export function mountOf(place: string): string {
  return platform.mountOf?.(place) ?? String(lstatSync(place).dev);
}
