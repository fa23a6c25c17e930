import type { Digest, Order, OrderTask } from "@sitewright/protocol";
import type { OrderContext } from "../ports/content.ts";
import type { NameTwins, StagedFiles, UnitServices } from "../ports/stores.ts";
import type { ChunksUnderWay } from "../stage/chunks-under-way.ts";
import type { Seeds } from "../stage/seeds.ts";
import type { DiskServices } from "./root-disk.ts";

/** All that orders work with. What carries out a part of one asks for its own part of it. */
export interface Services extends UnitServices, DiskServices {
  seeds: Seeds;
  underWay: ChunksUnderWay;
  /** Manifests that are being staged: more of them is here soon. */
  staging: Set<Digest>;
  stagedFiles: StagedFiles;
  twins: NameTwins;
}

interface ContextOf<Task extends OrderTask> extends OrderContext {
  readonly services: Services;
  readonly order: Order & { task: Task };
}

/** One order under way: what it says, where its content comes from, whom it tells of its progress, and when it is to stop. */
export type UnitContext<Kind extends OrderTask["kind"] = OrderTask["kind"]> = ContextOf<Extract<OrderTask, { kind: Kind }>>;
