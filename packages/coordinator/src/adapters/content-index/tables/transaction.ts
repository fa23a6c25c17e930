import type { DatabaseSync } from "node:sqlite";

/** Does something wholly or not at all, while no other thread writes. */
export type Transaction = (work: () => void) => void;

export function createTransaction(database: DatabaseSync): Transaction {
  return (work) => {
    database.exec("BEGIN IMMEDIATE");
    try {
      work();
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  };
}
