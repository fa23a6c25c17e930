import { lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import { databaseFault, SitewrightError } from "@sitewright/protocol";
import { OWN_FOLDER } from "../../../domain/unit-state.ts";
import { withAnchor } from "../anchor.ts";
import { lockFile } from "../../lock-file.ts";
import { diskError } from "../disk-error.ts";
import { isOwnUid, notOurs } from "./own-folder.ts";

const LOCK = `${OWN_FOLDER}/lock`;

/**
 * Keeps a second agent with another data folder from working in the same role root, where it would take what the first one stages for
 * left-overs. A file lock: it ends with the process. The agent's own folder must exist. Throws `AGENT_DATA_IN_USE`.
 */
export function lockRoot(root: string): Disposable {
  return withAnchor(root, (anchor) => {
    const path = anchor.place(LOCK);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats && !stats.isFile())
      throw new SitewrightError("LINK_IN_PATH", `${root}/${OWN_FOLDER}/lock is not a file: remove it`, { path: root });
    if (stats && !isOwnUid(root, stats.uid)) throw notOurs(join(root, OWN_FOLDER, "lock"), stats.uid);
    try {
      return lockFile(path);
    } catch (cause) {
      const fault = databaseFault(cause);
      if (fault?.code !== "DATA_DAMAGED") throw lockError(root, fault, cause);
    }
    try {
      // It stores nothing: foreign content is discarded.
      rmSync(path);
      return lockFile(path);
    } catch (cause) {
      throw lockError(root, databaseFault(cause), cause);
    }
  });
}

function lockError(root: string, fault: ReturnType<typeof databaseFault>, cause: unknown): SitewrightError {
  if (!fault) return diskError(cause, root, LOCK);
  if (fault.code !== "FILE_IN_USE") return new SitewrightError(fault.code, `${join(root, LOCK)}: ${fault.why}`, { path: root, cause });
  return new SitewrightError(
    "AGENT_DATA_IN_USE",
    `the role root ${root} is served by another agent: stop that one, or give this one a root of its own`,
    { path: root, cause },
  );
}
