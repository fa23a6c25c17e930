import { isErrorCode, type ErrorCode } from "@sitewright/protocol";

/** What to do about an error, in one sentence. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  AGENT_UNREACHABLE: "Start the agent on that system, then retry.",
  AGENT_DATA_IN_USE: "Another agent runs on that system with the same data folder: stop one of them, then retry.",
  BROKEN_REFERENCE: "Let the site server finish writing its inboxes, then retry.",
  CONTENT_CHANGED_WITHOUT_VERSION: "Raise the package's sourceVersion in the file that the message names, then rebuild.",
  CONTENT_UNAVAILABLE: "Retry; if it happens again, see the coordinator's log.",
  ACCESS_DENIED: "Give the agent's user the rights that the message names, then retry.",
  DATA_DAMAGED: "Do what the message says on the machine that it names, then retry.",
  DISK_AWAY: "Mount the disk of that system again, then retry.",
  DISK_FAILING: "Check the disk of that system and its file system, then retry.",
  DISTRIBUTION_POINT_UNKNOWN: "Correct the name in the file that the message names, or remove it; then rebuild that package.",
  DISK_FULL: "Make room on that system, then retry.",
  DISK_LIMIT: "Use a file system that can hold what the message names, then retry.",
  DISK_READ_ONLY: "Mount the disk of that system for writing, then retry.",
  FILE_IN_USE: "Close what uses the file or folder that the message names, then retry.",
  GENERATION_IMPLAUSIBLE: "Start a new run, and update coordinator and agent to the same version.",
  HASH_MISMATCH: "Retry; if it happens again, check the line and the memory of both machines.",
  INTERNAL: "See the log of this order, then retry.",
  IO_ERROR: "Check the disk and the rights that the message names, then retry.",
  LINK_IN_PATH: "Remove the link that is in the place of a folder, then retry.",
  MANIFEST_INVALID: "Rebuild once more; if it happens again, update agent and coordinator to the same version.",
  NO_PROGRESS: "See the agent's log and check its disk; it is retried automatically.",
  NO_PREVIOUS_GENERATION: "The grace time is over: rebuild from the source instead.",
  NAME_TWIN: "Rename or remove the folder that the message names, then retry.",
  NOT_A_PACKAGE: "Nothing to do, unless it was meant as a package: then give it a package id and a package.yaml.",
  OWN_FOLDER_UNSAFE: "Check who made the folder that the message names, remove it, and start the agent again.",
  NOT_OWNED: "The agent refuses what the site server does not own: check the site data.",
  NOT_STAGED: "Retry: it is staged again.",
  RECOVERY_REQUIRED: "The page Sites shows what to raise and why; there the site can also be accepted as it is.",
  RIGHTS_NOT_KEPT:
    "Put that system's agent into the group that it lacks. For an access control list, run it as root, after chown -R root of its data folder and of .sitewright in its role roots; then retry.",
  ROLE_NOT_SERVED:
    "On that system: sitewright-agent root add ROLE=PATH, then start its agent again. Or take the role out of hierarchy.yaml.",
  ROOT_UNFIT: "Put that role root on another file system, then retry.",
  ROOT_AWAY: "Mount the disk of that role root, then retry.",
  ROLE_ROOT_UNSAFE: "Mend the role root that the message names, restart the agent, then retry.",
  PARENT_REFUSED: "Put the site above right first; 'sitewright hierarchy check' says all that speaks against it.",
  SITE_QUARANTINED: "End the recovery of the site first, or let it order the removal itself.",
  SITE_DATA_SHRANK: "Bring the site's data back, or accept the site as it is on the page Sites.",
  SITE_DATA_INVALID: "Mend the site data where the message says, then retry.",
  SOURCE_CHANGED: "Wait until no program writes to the source any more, then retry.",
  SOURCE_ALTERED: "Compare the files with a backup and check the disk of the site server; then rebuild again.",
  SOURCE_TOO_LARGE: "Split what the message names, or remove it from the source, then retry.",
  SOURCE_GONE: "Bring it back, or accept that it is missing with: sitewright source accept",
  SOURCE_MISSING: "Restore what the message names from a backup of the site server, then rebuild.",
  NOT_DESCRIBED: "Bring the site data back that describe it, or remove it from the systems with: sitewright remove",
  NEWER_VERSION_HELD: "Bring the site data up to what the systems hold, or rebuild with --accept-older.",
  OLDER_VERSION_HELD: "Update the package: a refresh takes no copy to another version.",
  OTHER_CONTENT_HELD: "Restore the files that this version had, or raise sourceVersion; --accept-older rolls them out as they are.",
  SOURCE_KIND: "Remove what the message names from the source, then retry.",
  SOURCE_LINK: "Replace the link that the message names in the source, then retry.",
  SOURCE_NAME: "Rename what the message names in the source, then retry.",
  SOURCE_UNREADABLE: "Let the coordinator's account read the source, then retry.",
  SOURCE_UNSTABLE: "Wait until no program writes to the source any more, then retry.",
  STAGING_DAMAGED: "Retry: it is staged again.",
  STALE_GENERATION: "Rebuild again: the new generation will be above the one that the system holds.",
  SYSTEM_LIMIT: "Raise the limit that the message names on that system, then retry.",
  SWITCH_BLOCKED: "Remove the cause that the message names, then retry. What is served is left as it was.",
  UNSAFE_PATH: "Rename what the message names in the source, then retry.",
  VERSION_WENT_BACK:
    "Raise the package's sourceVersion in the file that the message names above the one that the systems hold, then rebuild.",
};

const OTHERWISE = "See the log of this order, then retry.";

export function adviceFor(code: string): string {
  return (isErrorCode(code) ? ADVICE[code] : undefined) ?? OTHERWISE;
}
