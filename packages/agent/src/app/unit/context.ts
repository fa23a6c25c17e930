import type { Order, OrderTask } from "@sitewright/protocol";
import type { OrderContext } from "../ports/content.ts";
import type { Services } from "../ports/stores.ts";

interface ContextOf<Task extends OrderTask> extends OrderContext {
  readonly services: Services;
  readonly order: Order & { task: Task };
}

/** One order under way: what it says, where its content comes from, whom it tells of its progress, and when it is to stop. */
export type UnitContext<Kind extends OrderTask["kind"] = OrderTask["kind"]> = ContextOf<Extract<OrderTask, { kind: Kind }>>;
