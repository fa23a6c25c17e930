import { DatabaseSync } from "node:sqlite";

/** Locks a file, which it makes if there is none, until it is disposed of or the process ends. Throws the errors of SQLite. */
export function lockFile(path: string): Disposable {
  const lock = new DatabaseSync(path);
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; COMMIT");
    return { [Symbol.dispose]: () => lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
}
