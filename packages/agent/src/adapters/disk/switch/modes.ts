import { platform } from "../platform/platform.ts";

/** How live folders are replaced where the system cannot exchange two names in one step, and what clients may notice of it. */
const NOTICED = {
  rename: "by renames: a folder may be missing for some milliseconds, and one with open files waits",
} as const;

/** Undefined: nothing, because the system exchanges two names in one step. */
export function noticedByClients(): string | undefined {
  return platform.exchangesNames ? undefined : NOTICED.rename;
}
