import type { Digest, Order, OrderTask } from "@sitewright/protocol";
import type { OrderContext } from "../ports/content.ts";
import type { NameTwins, StagedFiles, UnitServices } from "../ports/stores.ts";
import type { ChunksUnderWay } from "../stage/chunks-under-way.ts";
import type { Seeds } from "../stage/seeds.ts";
import type { DiskServices } from "./root-disk.ts";

/** Everything that orders work with. Code for a part of one takes only its own part of it. */
export interface Services extends UnitServices, DiskServices {
  seeds: Seeds;
  /** ms since 1970, by a clock that nobody sets: a grace time lasts as long as was ordered. */
  now(): number;
  underWay: ChunksUnderWay;
  /** Manifests that are being staged: more of them will be local soon. */
  staging: Set<Digest>;
  /** When a live tree was found right in place, by unit, ms of the process's own clock, and how long that took: for so long it holds. */
  looks: Map<string, { endedAt: number; tookMs: number }>;
  stagedFiles: StagedFiles;
  twins: NameTwins;
}

interface ContextOf<Task extends OrderTask> extends OrderContext {
  readonly services: Services;
  readonly order: Order & { task: Task };
}

/** One running order: its message, the source of its content, its progress callback, and its signal. */
export type UnitContext<Kind extends OrderTask["kind"] = OrderTask["kind"]> = ContextOf<Extract<OrderTask, { kind: Kind }>>;
