import type { IndexedUnit, IndexProgress } from "../../app/ports/content.ts";
import type { IndexDatabase } from "./tables/index-database.ts";

/** What indexing a unit needs beside its source. */
export interface IndexContext {
  /** Real path of the site data. */
  root: string;
  dataDir: string;
  database: IndexDatabase;
  /** Store the content as that of its source version. */
  witness: boolean;
  /** Read and hash every byte, even where a hash is stored. */
  rehash: boolean;
  /** Accept an older version, or other content under a known one. */
  acceptOlder: boolean;
  /** Called often, with the bytes processed so far; throws to stop. */
  tick(progress: IndexProgress): void;
}

export interface IndexOutcome {
  indexed: IndexedUnit;
  /** What had to be read; the rest was known. */
  filesRead: number;
  bytesRead: number;
  /** The manifest was made from another folder of site data before. */
  moved: boolean;
}
