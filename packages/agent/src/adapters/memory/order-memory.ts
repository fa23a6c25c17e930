import { decodeCoordinatorMessage, encodeCoordinatorMessage, SitewrightError, type Order } from "@sitewright/protocol";
import type { KnownOrder, OrderMemory } from "../../app/ports/link.ts";
import type { Database } from "./database.ts";
import { KEEP_ACKED_MS, KEEP_AT_LEAST, type StoredOutbox } from "./outbox.ts";
import { transaction } from "@sitewright/node-kit/database";

/** A cancel may overtake its order by as long as a coordinator may be absent. */
const KEEP_TOMBSTONES_MS = 7 * KEEP_ACKED_MS;

/** @param now ms since 1970. */
export function openOrderMemory(database: Database, outbox: StoredOutbox, now: () => number): OrderMemory {
  database.exec(`
    CREATE TABLE IF NOT EXISTS orders (
      arrival INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL, body BLOB NOT NULL, result INTEGER
    ) STRICT;
    CREATE INDEX IF NOT EXISTS orders_result ON orders (result);
    CREATE TABLE IF NOT EXISTS tombstones (id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
  `);
  const byId = database.prepare(
    "SELECT body, result FROM orders WHERE id = ? AND (result IS NULL OR result IN (SELECT number FROM outbox))",
  );
  const open = database.prepare("SELECT body FROM orders WHERE result IS NULL ORDER BY arrival");
  const replace = database.prepare("REPLACE INTO orders (id, epoch, body) VALUES (?, ?, ?)");
  const end = database.prepare("UPDATE orders SET result = ? WHERE id = ? AND epoch = ? AND result IS NULL");
  const isOpen = database.prepare("SELECT 1 FROM orders WHERE id = ? AND epoch = ? AND result IS NULL");
  const forgetDone = database.prepare("DELETE FROM orders WHERE result IS NOT NULL AND result NOT IN (SELECT number FROM outbox)");
  const bury = database.prepare(
    "INSERT INTO tombstones VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET epoch = max(epoch, ?2), at = ?3",
  );
  const buried = database.prepare("SELECT 1 FROM tombstones WHERE id = ? AND epoch >= ?");
  const reopen = database.prepare("UPDATE orders SET result = NULL WHERE result = ?");
  const pruneTombstones = database.prepare("DELETE FROM tombstones WHERE at < ? AND rowid <= (SELECT max(rowid) FROM tombstones) - ?");
  // Such a result would hold up all results after it: its order is carried out once more.
  for (const number of outbox.unreadable()) {
    transaction(database, () => {
      reopen.run(number);
      outbox.remove(number);
    });
  }

  return {
    find(id): KnownOrder | undefined {
      const row = byId.get(id);
      if (!row) return undefined;
      const order = toOrder(row);
      const result = row["result"];
      return typeof result === "number" ? { state: "done", order, result } : { state: "open", order };
    },
    unfinished: () => open.all().map(toOrder),
    store(order) {
      transaction(database, () => {
        replace.run(order.id, order.epoch, encodeCoordinatorMessage(order));
        // The memory of an order is removed with its result; orders are rare enough to check here.
        forgetDone.run();
      });
    },
    finish(order, outcome) {
      return transaction(database, () => {
        if (!isOpen.get(order.id, order.epoch)) return undefined;
        const { id: orderId, epoch, unit, generation } = order;
        const result = outbox.append({ kind: "result", orderId, epoch, unit, generation, outcome });
        end.run(result.number, orderId, epoch);
        return result;
      });
    },
    bury(id, epoch) {
      bury.run(id, epoch, now());
      pruneTombstones.run(now() - KEEP_TOMBSTONES_MS, KEEP_AT_LEAST);
    },
    isBuried: (id, epoch) => buried.get(id, epoch) !== undefined,
  };
}

function toOrder(row: Record<string, unknown>): Order {
  const message = decodeCoordinatorMessage(row["body"] as Uint8Array);
  if (message.kind !== "order") throw new SitewrightError("INTERNAL", "the memory of orders holds something else");
  return message;
}
