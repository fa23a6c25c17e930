/** What a file system of a test does otherwise than ext4. */
export interface Traits {
  /** What the system calls it, after `fuse.`. */
  type: string;
  /** What chmod does: keeps the mode, forgets it without a word as vfat does, or refuses with this code. */
  chmod?: "keeps" | "forgets" | "EPERM" | "EOPNOTSUPP";
  /** Permissions of everything where they are not kept. */
  modes?: number;
  /** The finest time that is kept, ms; without: nanoseconds. */
  tickMs?: number;
  /** What links of either kind are refused with. */
  hardLinks?: string;
  symbolicLinks?: string;
  /** What an exchange of two names is refused with. */
  exchange?: string;
  /** What moving a folder into another one is refused with. */
  move?: string;
  /** What is moved gets another number, and so does all that lies in it. */
  renumbers?: boolean;
  /** Which names are one: those that differ in the case of single letters, or of the whole string (`ß` is `SS`). */
  folds?: "letters" | "strings";
  /** The form that names are kept in, and, with `finds`, looked for in. */
  form?: "NFC" | "NFD";
  /** Names are found in the form that they were made in too. */
  finds?: boolean;
  /** Names of other signs than those of ASCII are refused with this code. */
  asciiOnly?: string;
  /** Bytes. */
  longestName?: number;
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
