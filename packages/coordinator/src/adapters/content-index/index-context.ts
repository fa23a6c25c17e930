import type { IndexedUnit, IndexProgress } from "../../app/ports.ts";
import type { IndexDatabase } from "./tables/index-database.ts";

/** What indexing a unit needs beside its source. */
export interface IndexContext {
  /** Real path of the site data. */
  root: string;
  dataDir: string;
  database: IndexDatabase;
  /** Remember the content as the one of its source version. */
  witness: boolean;
  /** Read and hash every byte, whatever is remembered. */
  rehash: boolean;
  /** An older version, or other content under a known one, is meant. */
  acceptOlder: boolean;
  /** Called often, with what was looked at so far; throws to stop. */
  tick(progress: IndexProgress): void;
}

export interface IndexOutcome {
  indexed: IndexedUnit;
  /** What had to be read, the rest was known. */
  filesRead: number;
  bytesRead: number;
  /** The manifest was made of another folder of site data before. */
  moved: boolean;
}
