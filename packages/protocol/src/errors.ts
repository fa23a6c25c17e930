import { databaseFault, fileSystemFault, systemCode } from "./system-errors.ts";

/**
 * Every code that a user, a script or the other side may receive. `retryable` means: the same order may succeed later without any
 * intervention.
 */
export const ERROR_CODES = {
  // What an agent reports about an order.
  STALE_GENERATION: { retryable: false },
  GENERATION_IMPLAUSIBLE: { retryable: false },
  UNSAFE_PATH: { retryable: false },
  NOT_OWNED: { retryable: false },
  ROLE_NOT_SERVED: { retryable: false },
  MANIFEST_INVALID: { retryable: false },
  HASH_MISMATCH: { retryable: true },
  SOURCE_CHANGED: { retryable: false },
  DISK_FULL: { retryable: false },
  DISK_READ_ONLY: { retryable: false },
  DISK_FAILING: { retryable: true },
  DISK_AWAY: { retryable: true },
  DISK_LIMIT: { retryable: false },
  ACCESS_DENIED: { retryable: false },
  FILE_IN_USE: { retryable: true },
  FOLDER_IN_USE: { retryable: true },
  SYSTEM_LIMIT: { retryable: true },
  DATA_DAMAGED: { retryable: false },
  NAME_TWIN: { retryable: false },
  ROOT_AWAY: { retryable: false },
  ROOT_UNFIT: { retryable: false },
  NOT_STAGED: { retryable: false },
  STAGING_DAMAGED: { retryable: true },
  SWITCH_BLOCKED: { retryable: false },
  LINK_IN_PATH: { retryable: false },
  NO_PREVIOUS_GENERATION: { retryable: false },
  NO_PROGRESS: { retryable: true },
  CANCELLED: { retryable: false },
  CONTENT_UNAVAILABLE: { retryable: true },
  IO_ERROR: { retryable: true },
  ROLE_ROOT_UNSAFE: { retryable: false },
  OWN_FOLDER_UNSAFE: { retryable: false },
  RECOVERY_REQUIRED: { retryable: false },
  RIGHTS_NOT_KEPT: { retryable: false },
  DATA_DIR_UNSAFE: { retryable: false },
  AGENT_DATA_IN_USE: { retryable: false },
  NOT_JOINED: { retryable: false },
  // Site data.
  SITE_DATA_INVALID: { retryable: false },
  PARENT_REFUSED: { retryable: false },
  DELETION_IN_FORCE: { retryable: false },
  SITE_DATA_SHRANK: { retryable: false },
  NOT_A_PACKAGE: { retryable: false },
  DISTRIBUTION_POINT_UNKNOWN: { retryable: false },
  SOURCE_UNSTABLE: { retryable: true },
  SOURCE_NAME: { retryable: false },
  SOURCE_LINK: { retryable: false },
  SOURCE_KIND: { retryable: false },
  SOURCE_TOO_LARGE: { retryable: false },
  SOURCE_ALTERED: { retryable: false },
  SOURCE_UNREADABLE: { retryable: false },
  SOURCE_GONE: { retryable: false },
  SOURCE_MISSING: { retryable: false },
  NOT_DESCRIBED: { retryable: false },
  BROKEN_REFERENCE: { retryable: false },
  CONTENT_CHANGED_WITHOUT_VERSION: { retryable: false },
  VERSION_WENT_BACK: { retryable: false },
  NEWER_VERSION_HELD: { retryable: false },
  OLDER_VERSION_HELD: { retryable: false },
  VERSION_NOT_RISEN: { retryable: false },
  OTHER_CONTENT_HELD: { retryable: false },
  WITNESS_IMPLAUSIBLE: { retryable: false },
  // The expert: its data and its answers.
  EXPERT_DATA_INVALID: { retryable: false },
  ANSWERS_INVALID: { retryable: false },
  ANSWERS_CONTRADICT: { retryable: false },
  // The backup of a site.
  CONTROL_FILE_INVALID: { retryable: false },
  NOT_A_SNAPSHOT: { retryable: false },
  CONTROL_FILE_UNSAFE: { retryable: false },
  SNAPSHOT_DAMAGED: { retryable: false },
  SITE_BACKUP_RUNS: { retryable: true },
  SITE_HELD: { retryable: false },
  // Removable media.
  MEDIUM_INVALID: { retryable: false },
  MEDIUM_UNTRUSTED: { retryable: false },
  MEDIUM_OTHER_HIERARCHY: { retryable: false },
  MEDIUM_NOT_FOR_SYSTEM: { retryable: false },
  MEDIUM_MIXED: { retryable: false },
  MEDIUM_TRUNCATED: { retryable: false },
  MEDIUM_DAMAGED: { retryable: false },
  MEDIUM_VOLUME_MISSING: { retryable: false },
  MEDIUM_LOCKED: { retryable: false },
  // The coordinator, its stores and its endpoints.
  DATA_DIR_IN_USE: { retryable: false },
  DATA_FILE_UNUSABLE: { retryable: false },
  REDIS_MISSING: { retryable: false },
  REDIS_TOO_OLD: { retryable: false },
  REDIS_FOREIGN: { retryable: false },
  REDIS_IN_USE: { retryable: false },
  REDIS_UNREACHABLE: { retryable: true },
  RUN_TOO_LARGE: { retryable: false },
  STANDING_BY: { retryable: true },
  NOT_LEADING: { retryable: true },
  AGENT_UNREACHABLE: { retryable: true },
  BAD_REQUEST: { retryable: false },
  NOT_FOUND: { retryable: false },
  UNAUTHENTICATED: { retryable: false },
  FORBIDDEN: { retryable: false },
  CONFLICT: { retryable: false },
  SITE_QUARANTINED: { retryable: false },
  OBJECTS_UNDECIDED: { retryable: false },
  TOO_MANY_REQUESTS: { retryable: true },
  NOTHING_SELECTED: { retryable: false },
  CONFIRMATION_NEEDED: { retryable: false },
  JOIN_TOKEN_INVALID: { retryable: false },
  JOIN_TOKEN_USED: { retryable: false },
  JOIN_TOKEN_EXPIRED: { retryable: false },
  SYSTEM_UNKNOWN: { retryable: false },
  COORDINATOR_UNTRUSTED: { retryable: false },
  COORDINATOR_SUPERSEDED: { retryable: false },
  BACKUP_INVALID: { retryable: false },
  BACKUP_LOCKED: { retryable: false },
  DATA_DIR_NOT_EMPTY: { retryable: false },
  COORDINATOR_UNREACHABLE: { retryable: true },
  FRAME_INVALID: { retryable: false },
  VERSION_UNSUPPORTED: { retryable: false },
  INTERNAL: { retryable: true },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

export interface ErrorFacts {
  /** The file or folder it is about, as the reader of the message knows it. */
  path?: string;
  cause?: unknown;
}

/** The one error class: a stable code, and a message that says what, where and what to do. */
export class SitewrightError extends Error {
  override readonly name = "SitewrightError";
  readonly code: ErrorCode;
  readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.path = facts.path;
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  /** Converts anything thrown to a `SitewrightError`; unknown errors become `INTERNAL`. */
  static from(thrown: unknown): SitewrightError {
    const error = withoutRelease(thrown);
    if (error instanceof SitewrightError) return error;
    const fault = fileSystemFault(error);
    if (fault)
      return new SitewrightError(fault.code, `${fault.place}: ${fault.why} (${systemCode(error)})`, { path: fault.place, cause: error });
    const message = error instanceof Error ? error.message : String(error);
    const broken = databaseFault(error);
    if (broken) return new SitewrightError(broken.code, `a database: ${broken.why} (${message})`, { cause: error });
    return new SitewrightError("INTERNAL", message, { cause: error });
  }
}

/** The error itself, where the release of what was open failed after it: `using` throws both as a `SuppressedError`, which says nothing. */
function withoutRelease(error: unknown): unknown {
  return error instanceof Error && "suppressed" in error ? withoutRelease(error.suppressed) : error;
}
