/** A file of the site data that names what is deleted. */
export interface Reference {
  path: string;
  /** What it names. */
  names: readonly string[];
  /** `edit`: its text without the names is known; `by-hand`: it cannot be changed safely; `kept`: it is evidence. */
  handling: "edit" | "by-hand" | "kept";
  /** Of an edit. */
  change?: FileChange;
}

/** Whole texts of one file. */
export interface FileChange {
  path: string;
  before: string;
  after: string;
}

/** What a deletion changes in the site data, kept so that it can be completed after a crash, and undone. */
export interface UndoPoint {
  files: readonly FileChange[];
  /** All of them were changed, or left as they are. */
  isDone: boolean;
}

export function undoPointOf(references: readonly Reference[]): UndoPoint {
  return { files: references.flatMap(({ change }) => change ?? []), isDone: false };
}
