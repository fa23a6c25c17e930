import { SitewrightError } from "@sitewright/protocol";
import { platform } from "../platform/platform.ts";

export type SwitchMode = keyof typeof SWITCH_MODES;

/** How live folders are replaced where the system cannot exchange two names in one step, and what clients may notice of it. */
const SWITCH_MODES = {
  rename: "by renames: a folder may be missing for some milliseconds, and one with open files waits",
  junction: "by junctions, in one step: once a folder is one, which takes a rename, it is never missing, and open files do not matter",
  files: "file by file: clients may find files of two generations beside each other, and wait at the inboxes of a CAP meanwhile",
};

/** Throws `BAD_REQUEST` where the system has no such choice. */
export function parseSwitchMode(word: string): SwitchMode {
  if (!(word in SWITCH_MODES))
    throw new SitewrightError("BAD_REQUEST", `--switch must be ${Object.keys(SWITCH_MODES).join(", ")}, not '${word}'`);
  if (platform.exchangesNames || !platform.retarget)
    throw new SitewrightError("BAD_REQUEST", "--switch is for Windows: this system exchanges folders in one step");
  return word as SwitchMode;
}

/** Undefined: nothing, because the system exchanges two names in one step. */
export function noticedByClients(mode: SwitchMode): string | undefined {
  return platform.exchangesNames ? undefined : SWITCH_MODES[mode];
}
