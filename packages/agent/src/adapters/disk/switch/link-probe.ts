import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { OWN_FOLDER } from "../../../domain/unit-state.ts";
import { systemCode } from "../disk-error.ts";
import { dropOwnLink, makeOwnLink, newLiveFolder } from "../own-links.ts";
import type { Retarget } from "../platform/port.ts";

/**
 * Tries in a role root whether the agent's links can be made there, lead where they should, and can be let lead elsewhere: before anything
 * live is one. Throws `ROOT_UNFIT`.
 */
export function requireLinks(root: string, retarget: Retarget): void {
  const name = `${OWN_FOLDER}-probe-${randomUUID()}`;
  const link = join(root, name);
  const targets = [newLiveFolder(name), newLiveFolder(name)] as const;
  try {
    for (const target of targets) {
      makeFolder(join(root, target));
      writeFileSync(join(root, target, "which"), target);
    }
    makeOwnLink(root, link, targets[0]);
    const first = readFileSync(join(link, "which"), "utf8");
    retarget(link, join(root, targets[1]));
    const second = readFileSync(join(link, "which"), "utf8");
    if (first !== targets[0] || second !== targets[1]) throw Object.assign(new Error("it leads elsewhere"), { code: "ENOTSUP" });
  } catch (error) {
    throw new SitewrightError(
      "ROOT_UNFIT",
      `the role root ${root} cannot have junctions (${systemCode(error) ?? "UNKNOWN"}), which takes NTFS on a drive of this system: start the agent with --switch rename`,
      { path: root, cause: error },
    );
  } finally {
    dropOwnLink(root, link);
    for (const target of targets) rmSync(join(root, target), { recursive: true, force: true });
  }
}
