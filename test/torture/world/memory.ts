import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The database of an agent. It is touched only while the agent does not run. */
export interface Memory {
  /** Copies it for later. */
  keep(): void;
  /** Puts one of the last copies in its place. @returns Whether there is one. */
  restore(pick: number): boolean;
  remove(): boolean;
}

const FILES = ["agent.db", "agent.db-wal"];
const KEPT = 4;

/** @param copies Folder for copies. */
export function memoryOf(dataDir: string, copies: string): Memory {
  let kept = 0;
  const folderOf = (number: number): string => join(copies, `${number}`);

  function remove(): boolean {
    for (const name of FILES) rmSync(join(dataDir, name), { force: true });
    return true;
  }

  function copy(from: string, to: string): void {
    for (const name of FILES) if (existsSync(join(from, name))) cpSync(join(from, name), join(to, name));
  }

  return {
    keep() {
      kept += 1;
      mkdirSync(folderOf(kept), { recursive: true });
      copy(dataDir, folderOf(kept));
      rmSync(folderOf(kept - KEPT), { recursive: true, force: true });
    },
    restore(pick) {
      if (kept === 0) return false;
      remove();
      copy(folderOf(kept - (pick % Math.min(kept, KEPT))), dataDir);
      return true;
    },
    remove,
  };
}
