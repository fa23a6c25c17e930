import { DEVIATION_KINDS, STEPS, TASK_KINDS } from "../../orders.ts";
import { PRIORITIES } from "../../addresses/hours.ts";
import { CONDITIONS } from "../../runs/conditions.ts";
import { PHASE_STATES, WAIT_REASONS } from "../../runs/run-states.ts";
import { ERROR_CODE } from "../errors.ts";
import { count, flag, list, number, object, oneOf, text, time, yes, type Of } from "../schema.ts";
import { GENERATION, UNIT } from "./units.ts";

/** The line that keeps work back, and until when. */
export const WINDOW_WAIT = object(
  {
    /** Key of the address. */
    address: text,
    /** IANA name of the time zone in whose hours its window opens. */
    timeZone: text,
  },
  {
    /** When every line on the way admits the work; absent: not in the coming week. */
    opensAt: time,
  },
);
export type WindowWait = Of<typeof WINDOW_WAIT>;

/** What a client or a program has open on the system, so that it cannot be exchanged yet. */
const IN_USE = object({ since: time, tries: count, message: text }, { path: text });
export type InUse = Of<typeof IN_USE>;

/** Definitions that it would replace, and about which no operator has decided. */
const UNDECIDED = object({
  /** Code of the site whose definitions they are. */
  site: text,
  definitions: count,
});
export type Undecided = Of<typeof UNDECIDED>;

const PROGRESS = object(
  { step: oneOf(STEPS), files: count, reusedBytes: count, fetchedBytes: count, retriedBytes: count },
  {
    /** Of those fetched: from neighbours. */
    peerBytes: count,
    /** While indexing: bytes of the disk read so far. */
    lookedBytes: count,
  },
);

const outcome = <const Kind extends string>(kind: Kind) => ({ kind: { const: kind } }) as const;

export const VERIFIED = object({
  ...outcome("verified"),
  right: flag,
  absent: flag,
  stale: flag,
  files: count,
  bytes: count,
  /** Some of each kind. */
  deviations: list(object({ kind: oneOf(DEVIATION_KINDS), path: text })),
  /** All of them. */
  deviationCount: count,
  counts: object({ missing: count, extra: count, damaged: count, rights: count }),
});

const MOVED = { files: count, reusedBytes: count, fetchedBytes: count, retriedBytes: count } as const;

/** How an order ended. */
const OUTCOME = {
  anyOf: [
    object({ ...outcome("failed"), code: ERROR_CODE, message: text, retryable: flag }, { path: text, held: GENERATION }),
    object({ ...outcome("staged"), ...MOVED }, { peerBytes: count }),
    object({ ...outcome("activated"), folders: count, previous: flag }),
    object({ ...outcome("removed"), files: count }),
    VERIFIED,
    object({ ...outcome("estimated"), files: count, sourceBytes: count, presentBytes: count, indexAgeMs: number }),
    object({ ...outcome("undone"), manifest: text }),
  ],
} as const;

const OWNED_PATH = object({ path: text, kind: oneOf(["folder", "file"]), rights: oneOf(["clients-read", "clients-write"]) });

/** One step of one unit on one system; its id is the id of its order. */
export const PHASE = object(
  {
    id: text,
    run: text,
    /** Counts up within the run, in the order of the plan. */
    number: count,
    system: text,
    site: text,
    unit: UNIT,
    task: oneOf(TASK_KINDS),
    state: oneOf(PHASE_STATES),
    priority: oneOf(PRIORITIES),
    generation: GENERATION,
    manifestBytes: count,
    sourceVersion: count,
    /** Fixed when the run is planned. */
    files: count,
    sourceBytes: count,
    /** Estimated bytes of the unit's content when compressed. */
    packedBytes: number,
    /** Rises with every new attempt. */
    epoch: count,
    /** Bytes of content and manifests sent for it, over all attempts. */
    wireBytes: count,
  },
  {
    /** Id of the phase that must be `done` first. */
    after: text,
    /** For a verification: the phases after it repair what it finds, so a finding is not a failure. */
    beforeRepair: yes,
    /** Clients that wait for it there; absent: not in the site data. */
    clients: count,
    /** When its first advertisement is due there. */
    due: time,
    /** Key of the address it crosses; absent: the coordinator's own network. */
    address: text,
    manifest: text,
    /** Only for the task `remove`: the paths to delete. */
    owned: list(OWNED_PATH),
    /** Digest of names, sizes and bytes of the unit; absent: not known. */
    content: text,
    /** Source bytes that were right on the system when the run was planned, as far as known. */
    presentBytes: number,
    /** Epoch of the first attempt since an operator's last retry; absent: 1. */
    firstEpoch: count,
    /** Not released before. */
    notBefore: time,
    waitingFor: oneOf(WAIT_REASONS),
    /** Its folders were open at the last attempt: it is tried again until they are not. */
    inUse: IN_USE,
    /** With `window-closed` and `address-paused`: which line, and until when. */
    window: WINDOW_WAIT,
    /** With `objects-undecided`. */
    undecided: UNDECIDED,
    progress: PROGRESS,
    /** What it is doing or waits for, in one word; absent: it has ended. */
    condition: oneOf(CONDITIONS),
    /** Running, but without progress since then; absent: it makes progress. */
    stalledSince: time,
    /** Its agent, which has the order, is disconnected since then. */
    lostSince: time,
    /** Its agent was told to cancel it; ends without an answer then. */
    cancelBy: time,
    startedAt: time,
    endedAt: time,
    outcome: OUTCOME,
  },
);
export type Phase = Of<typeof PHASE>;
