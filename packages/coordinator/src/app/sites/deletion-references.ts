import { targetKey, type Deletion, type DeletionTarget } from "../../domain/deletion/deletion.ts";
import { undoPointOf, type FileChange, type Reference, type UndoPoint } from "../../domain/deletion/references.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import type { Log } from "../log.ts";
import type { DeletionBook } from "./deletion-book.ts";

/** Files of the site data that name sites and systems. */
export interface SiteReferences {
  /** Throws `SOURCE_UNREADABLE`. @param site Absent: only the systems are deleted, as distribution points. */
  find(root: string, gone: { site?: string; systems: readonly string[] }): Promise<Reference[]>;
  /** Replaces a text, atomically. @returns false: the file has another one and is left as it is. Throws `IO_ERROR`. */
  replace(root: string, file: { path: string; from: string; to: string }): Promise<boolean>;
}

/** Undo points by the key of their target, outside the site data. */
export interface UndoPoints {
  load(): Promise<Map<string, UndoPoint>>;
  /** Atomically. Throws `IO_ERROR`. */
  save(points: ReadonlyMap<string, UndoPoint>): Promise<void>;
}

/** Takes what is deleted out of the files that name it, and puts it back. */
export interface ReferenceCleaner {
  load(): Promise<void>;
  find(root: string, target: DeletionTarget, hierarchy: Hierarchy): Promise<Reference[]>;
  /** Stores the undo point: to be called before the deletion is recorded. */
  prepare(target: DeletionTarget, references: readonly Reference[]): Promise<void>;
  /** Whether there is an undo point of the target. */
  has(target: DeletionTarget): boolean;
  /**
   * Completes every change that was begun: forward for what is deleted, back for what is not.
   * @returns Files that were changed by others meanwhile or could not be written: they are left as they are.
   */
  settle(root: string): Promise<string[]>;
}

export interface ReferenceCleanerDeps {
  references: SiteReferences;
  undoPoints: UndoPoints;
  book: Pick<DeletionBook, "all">;
  log: Log;
}

export function createReferenceCleaner({ references, undoPoints, book, log }: ReferenceCleanerDeps): ReferenceCleaner {
  let points = new Map<string, UndoPoint>();

  async function keep(key: string, point: UndoPoint | undefined): Promise<void> {
    const next = new Map(points);
    if (point) next.set(key, point);
    else next.delete(key);
    await undoPoints.save(next);
    points = next;
  }

  /** @returns Those that are left. */
  async function changeAll(root: string, files: readonly FileChange[], isBack: boolean): Promise<string[]> {
    const left: string[] = [];
    for (const { path, before, after } of files) {
      const [from, to] = isBack ? [after, before] : [before, after];
      const isChanged = await references.replace(root, { path, from, to }).catch((error: unknown) => {
        log.warn({ path, error: String(error) }, "a reference to what was deleted could not be changed");
        return false;
      });
      if (!isChanged) left.push(path);
    }
    return left;
  }

  return {
    async load() {
      points = await undoPoints.load();
    },
    async find(root, target, hierarchy) {
      if (!("site" in target)) return target.role === "dp" ? references.find(root, { systems: [target.system] }) : [];
      const systems = [...hierarchy.systems.values()].flatMap(({ name, site }) => (site === target.site ? [name] : []));
      return references.find(root, { site: target.site, systems });
    },
    async prepare(target, found) {
      const point = undoPointOf(found);
      if (point.files.length > 0) await keep(targetKey(target), point);
    },
    has: (target) => points.has(targetKey(target)),
    async settle(root) {
      const left: string[] = [];
      for (const [key, point] of points) {
        const deletion: Deletion | undefined = book.all().get(key);
        if (deletion && point.isDone) continue;
        const rest = await changeAll(root, point.files, deletion === undefined);
        if (rest.length > 0) log.warn({ deleted: key, paths: rest.join(", ") }, "files that name what was deleted are left as they are");
        left.push(...rest);
        await keep(key, deletion && { ...point, isDone: true });
      }
      return left;
    },
  };
}
