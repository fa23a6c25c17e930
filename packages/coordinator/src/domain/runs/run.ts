import type {
  Digest,
  Generation,
  Outcome,
  OwnedPath,
  PhaseState,
  Priority,
  Progress,
  Role,
  RunKind,
  RunState,
  TaskKind,
  Unit,
  WaitReason,
} from "@sitewright/protocol";
import type { Problem } from "../sites/hierarchy.ts";
import type { WindowWait } from "../addresses/window-wait.ts";

/** What an operator asked for with one request. */
export interface Run {
  id: string;
  kind: RunKind;
  state: RunState;
  /** It is being prepared to retry what failed: a coordinator that starts meanwhile does so. */
  retrying?: true;
  options: RunOptions;
  /** ms since 1970. */
  createdAt: number;
  endedAt?: number;
  /** Units left out, and other findings in the site data. */
  problems: Problem[];
  /** Set with the state `failed` when nothing could be started. */
  error?: { code: string; message: string };
}

export interface RunOptions {
  /** Empty lists select everything. */
  sites: string[];
  systems: string[];
  roles: Role[];
  /** Package ids; if the other lists are empty, only units of these packages. */
  packages: string[];
  /** Confirms that everything is meant: without it, undo and remove need a filter. */
  all?: boolean;
  /** Trust no byte on the agent; for verify and repair: hash every byte. */
  full: boolean;
  /** Read every byte of the sources, even where a hash is stored. */
  rehash: boolean;
  /** Roll out an older version than a system holds, or other content under the same version. Absent in runs of earlier coordinators. */
  acceptOlder?: boolean;
  /** Id of the recovery that ordered it: its sites' quarantine lets it through. */
  recovery?: string;
  /** Systems of a role at a site that may be activating at once. */
  maxUnavailable: number;
  /** How long an activated unit keeps its previous generation, ms. */
  graceMs: number;
}

/** What a client or a program has open on the system, so that it cannot be exchanged yet. */
export interface InUse {
  /** ms since 1970. */
  since: number;
  tries: number;
  /** Of the agent. */
  message: string;
  path?: string;
}

/** Definitions of a site that an order would replace, and about which no operator has decided. */
export interface Undecided {
  site: string;
  definitions: number;
}

/** One step of one unit on one system; its id is the id of its order. */
export interface Phase {
  id: string;
  run: string;
  /** Counts up within the run, in the order of the plan. */
  number: number;
  system: string;
  site: string;
  unit: Unit;
  task: TaskKind;
  state: PhaseState;
  /** Must be `done` first. */
  after?: string;
  /** For a verification: the phases after it repair what it finds, so a finding is not a failure. */
  beforeRepair?: true;
  priority: Priority;
  /** Clients that wait for it there; absent: not in the site data. */
  clients?: number;
  /** When its first advertisement is due there, ms since 1970. */
  due?: number;
  /** Key of the address it crosses; absent: the coordinator's own network. */
  address?: string;
  generation: Generation;
  manifest?: Digest;
  /** Only for the task `remove`: the paths to delete. */
  owned?: OwnedPath[];
  /** Uncompressed size of the manifest, bytes. */
  manifestBytes: number;
  sourceVersion: number;
  /** Digest of names, sizes and bytes of the unit; absent: not known. */
  content?: string;
  /** Fixed when the run is planned. */
  files: number;
  sourceBytes: number;
  /** Estimated bytes of the unit's content when compressed (sampled by the indexer). */
  packedBytes: number;
  /** Source bytes that were right on the system when the run was planned, as far as known. */
  presentBytes?: number;
  /** Rises with every new attempt; the order's epoch. */
  epoch: number;
  /** Epoch of the first attempt since an operator's last retry; absent: 1. */
  firstEpoch?: number;
  /** Not released before, ms since 1970; set by the backoff between attempts. */
  notBefore?: number;
  waitingFor?: WaitReason;
  /** Its folders were open at the last attempt. */
  inUse?: InUse;
  /** With `window-closed` and `address-paused`: which line, and until when. */
  window?: WindowWait;
  /** With `objects-undecided`. */
  undecided?: Undecided;
  progress?: Omit<Progress, "kind" | "orderId">;
  /** Running, but without progress since then, ms since 1970; absent: it makes progress. Only in memory. */
  stalledSince?: number;
  /** Its agent, which has the order, is disconnected since then, ms since 1970. Only in memory. */
  lostSince?: number;
  /** Its agent was told to cancel it; ends without an answer then, ms since 1970. */
  cancelBy?: number;
  /** Bytes of content and manifests sent for it, over all attempts. */
  wireBytes: number;
  startedAt?: number;
  endedAt?: number;
  outcome?: Outcome;
}
