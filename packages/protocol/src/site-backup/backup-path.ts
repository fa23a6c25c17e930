import { nameFault } from "../manifest/tree-path.ts";
import type { Read } from "./tokens.ts";

/** The kind of system whose paths a control file names. */
export type PathStyle = "windows" | "posix";

/** An absolute path, taken apart. */
export interface BackupPath {
  style: PathStyle;
  /** Of Windows, such as `C:`; else empty. */
  drive: string;
  names: string[];
}

/** Sitewright's own folder in that of the backup. */
export const OWN_FOLDER = ".sitewright";

/** Characters of a path; what Windows takes without a prefix. */
export const LONGEST = { windows: 240, posix: 1024 };

/** In and above which nothing is written. */
const SYSTEM = {
  posix: ["bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "run", "sbin", "sys", "usr"],
  windows: ["windows", "winnt", "program files", "program files (x86)", "programdata", "system volume information", "$recycle.bin"],
};
/** Folders that belong to everybody: only a folder in them can be the backup's. */
const SHARED = ["home", "media", "mnt", "opt", "root", "srv", "tmp", "var", "users", "documents and settings"];

/** Takes an absolute path apart. A path that could mean another one than it reads as is refused. */
export function parsePath(text: string): Read<BackupPath> {
  const said = JSON.stringify(text);
  if (/^[\\/]{2}/.test(text)) return { why: `${said} is a path of another machine or of a device: name a folder of this machine` };
  const drive = /^[A-Za-z]:(?=[\\/]|$)/.exec(text)?.[0];
  const style = drive === undefined ? "posix" : "windows";
  if (drive === undefined && !text.startsWith("/")) return { why: `${said} is no absolute path: begin it with / or a drive such as C:\\` };
  if (text.length > LONGEST[style]) return { why: `the path has ${text.length} characters: ${LONGEST[style]} at most` };
  const names = text
    .slice(drive?.length ?? 0)
    .split(style === "windows" ? /[\\/]+/ : /\/+/)
    .filter((name) => name !== "");
  for (const name of names) {
    const fault = style === "windows" || name === "." || name === ".." ? nameFault(name) : posixFault(name);
    if (fault) return { why: `${said} holds ${JSON.stringify(name)}, which ${fault}` };
  }
  return { value: { style, drive: drive?.toUpperCase() ?? "", names } };
}

function posixFault(name: string): string | undefined {
  return name.length > 255 ? "is longer than 255 bytes" : undefined;
}

export function pathText({ style, drive, names }: BackupPath): string {
  return style === "windows" ? `${drive}\\${names.join("\\")}` : `/${names.join("/")}`;
}

/** Whether a path is `top` or lies in it. */
export function isInside(path: BackupPath, top: BackupPath): boolean {
  return (
    path.style === top.style &&
    folded(path, path.drive) === folded(top, top.drive) &&
    top.names.length <= path.names.length &&
    top.names.every((name, at) => folded(top, name) === folded(path, path.names[at] as string))
  );
}

function folded({ style }: BackupPath, name: string): string {
  return style === "windows" ? name.normalize("NFC").toUpperCase().toLowerCase() : name;
}

/** The folder of the backup: all that a control file makes or replaces lies in it. */
export function parseBackupFolder(text: string): Read<BackupPath> {
  const read = parsePath(text);
  if ("why" in read) return read;
  const { style, names } = read.value;
  const [top] = names;
  const said = pathText(read.value);
  if (top === undefined) return { why: `${said} is a whole disk: name a folder for the backup alone` };
  const name = top.toLowerCase();
  // As /tmp, a folder of everybody in spite of its place.
  const inMemory = style === "posix" && top === "dev" && names[1] === "shm" && names.length > 2;
  if (SYSTEM[style].includes(name) && !inMemory) return { why: `${said} belongs to the system: name a folder for the backup alone` };
  if (names.length === 1 && SHARED.includes(name)) return { why: `${said} is not for the backup alone: name a folder in it` };
  return targetNames(read.value, names);
}

/** Where something is written. @param text Absolute; inside `folder`, and not the folder itself. */
export function parseTarget(text: string, folder: BackupPath): Read<BackupPath> {
  const read = parsePath(text);
  if ("why" in read) return read;
  const within = read.value.names.slice(folder.names.length);
  if (!isInside(read.value, folder) || within.length === 0)
    return { why: `${pathText(read.value)} is not in the folder of the backup, ${pathText(folder)}` };
  if (within[0]?.toLowerCase() === OWN_FOLDER) return { why: `${pathText(read.value)} is Sitewright's own: take another name` };
  return targetNames(read.value, within);
}

/** What is written must have the same name on every system, and no second one. */
function targetNames(path: BackupPath, names: readonly string[]): Read<BackupPath> {
  for (const name of names) {
    const fault = nameFault(name) ?? (/~\d/.test(name) ? "may be the short form of another name" : undefined);
    if (fault) return { why: `${pathText(path)} holds ${JSON.stringify(name)}, which ${fault}` };
  }
  return { value: path };
}
