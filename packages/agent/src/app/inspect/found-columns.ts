import type { FoundEntry } from "../../domain/tree/compare-tree.ts";

/**
 * Entries of a walk as sent between threads: one array per attribute costs a fraction of one object per entry. Paths are below that of the
 * walk, which is the entry "" itself.
 */
export interface FoundColumns {
  paths: string[];
  identities: string[];
  /** Of the links, concatenated. */
  targets: string[];
  kinds: FoundEntry["kind"][];
  modes: number[];
  sizes: number[];
  modified: number[];
  names: number[];
  ours: boolean[];
}

export function emptyColumns(): FoundColumns {
  return { paths: [], identities: [], targets: [], kinds: [], modes: [], sizes: [], modified: [], names: [], ours: [] };
}

export function addToColumns(columns: FoundColumns, entry: FoundEntry): void {
  columns.paths.push(entry.path);
  columns.identities.push(entry.identity);
  columns.kinds.push(entry.kind);
  columns.modes.push(entry.mode);
  columns.sizes.push(entry.size);
  columns.modified.push(entry.modified);
  columns.names.push(entry.names);
  columns.ours.push(entry.ours);
  if (entry.target !== undefined) columns.targets.push(entry.target);
}

/** @param prefix The path of the walk in terms of the manifest. */
export function entriesOf(columns: FoundColumns, prefix: string): FoundEntry[] {
  let link = 0;
  return columns.paths.map((path, i): FoundEntry => {
    const entry: FoundEntry = {
      path: path === "" ? prefix : `${prefix}/${path}`,
      kind: columns.kinds[i] as FoundEntry["kind"],
      mode: columns.modes[i] as number,
      size: columns.sizes[i] as number,
      modified: columns.modified[i] as number,
      identity: columns.identities[i] as string,
      names: columns.names[i] as number,
      ours: columns.ours[i] as boolean,
    };
    if (entry.kind === "link") entry.target = columns.targets[link++] as string;
    return entry;
  });
}
