/** How a file system of a test differs from ext4. */
export interface Traits {
  /** Its type, after `fuse.`. */
  type: string;
  /** What chmod does: keeps the mode, ignores it silently as vfat does, or refuses with this code. */
  chmod?: "keeps" | "forgets" | "EPERM" | "EOPNOTSUPP";
  /** Permissions of everything where they are not kept. */
  modes?: number;
  /** Granularity of times, ms; without: nanoseconds. */
  tickMs?: number;
  /** Error for links of either kind. */
  hardLinks?: string;
  symbolicLinks?: string;
  /** Error for an exchange of two names. */
  exchange?: string;
  /** Error for moving a folder into another one. */
  move?: string;
  /** What is moved gets another inode number, and so does everything in it. */
  renumbers?: boolean;
  /** Which names are one: those that differ in the case of single letters, or of the whole string (`ß` is `SS`). */
  folds?: "letters" | "strings";
  /** The normal form in which names are stored, and, with `finds`, looked up. */
  form?: "NFC" | "NFD";
  /** Names are found in the form in which they were made too. */
  finds?: boolean;
  /** Names with non-ASCII characters are refused with this code. */
  asciiOnly?: string;
  /** Bytes. */
  longestName?: number;
  /** It can be stopped after any operation, and its power be cut: see `MortalMount`. The file exists while it is stopped. */
  stoppedMark?: string;
}

export const FAT: Traits = {
  type: "fat",
  chmod: "forgets",
  tickMs: 2000,
  hardLinks: "EPERM",
  symbolicLinks: "EPERM",
  exchange: "EINVAL",
  folds: "letters",
};
