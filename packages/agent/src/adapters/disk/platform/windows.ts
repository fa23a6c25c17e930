import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, win32 } from "node:path";
import koffi from "koffi";
import { windowsRights, type WindowsRights } from "@sitewright/node-kit/windows-rights";
import { SitewrightError } from "@sitewright/protocol";
import { OWN_FOLDER } from "../../../domain/unit-state.ts";
import { systemCode } from "../disk-error.ts";
import { exchangeByRenames, killIfThere, portable } from "./portable.ts";
import { retargetJunction } from "./windows/junctions.ts";
import { openByClients, openWords } from "./windows/open-files.ts";
import type { EntryKind, Platform } from "./port.ts";

const READ_ONLY = { folder: 0o755, file: 0o444 };
const WRITABLE = { folder: 0o755, file: 0o644 };
const OWNER_WRITES = 0o200;

/** Windows refuses to move what somebody has open, and a folder while anything below it is open; the code depends on the version. */
const IN_USE = new Set(["EBUSY", "EPERM", "EACCES"]);

function isInUse(error: unknown): boolean {
  return IN_USE.has(systemCode(error) ?? "");
}

let rights: WindowsRights | undefined;

export function rightsHere(): WindowsRights {
  rights ??= windowsRights(koffi);
  return rights;
}

/** Of permissions, Windows keeps whether a file is read-only. Rights are those of its access control list. */
export const windowsPlatform: Platform = {
  ...portable,
  look: (folder, name) => withKeptMode(portable.look(folder, name)),
  lookForWords: (folder, name) => withKeptMode(portable.lookForWords(folder, name)),

  // A folder may be marked read-only too, which only tells Explorer that it has settings of its own.
  keptMode: (kind, mode) => (mode & OWNER_WRITES ? WRITABLE : READ_ONLY)[kind],
  systemFolders: () =>
    ["SystemRoot", "ProgramFiles", "ProgramFiles(x86)", "PUBLIC"].flatMap((name) => {
      const folder = process.env[name];
      return folder ? [folder] : [];
    }),
  // CTRL+BREAK, and the end of the console or the session.
  stopSignals: ["SIGBREAK", "SIGHUP"],
  // Windows has no groups of processes. By its path: another program of this name must not run with the rights of this one.
  endTree(pid) {
    const program = win32.join(process.env.SystemRoot ?? "C:\\Windows", "System32", "taskkill.exe");
    spawn(program, ["/t", "/f", "/pid", String(pid)], { stdio: "ignore", windowsHide: true }).on("error", () => killIfThere(pid));
  },
  openFilesHoldFolders: true,
  closeOwnFolder(place) {
    const rights = rightsHere();
    if (!rights.isTrustedOwner(place))
      throw new SitewrightError(
        "OWN_FOLDER_UNSAFE",
        `${place} belongs to another account than that of this agent: what lies there cannot be trusted. Remove it, then start the agent again`,
        { path: place },
      );
    rights.close(place);
    rights.hide(place);
  },
  takeRights({ staged, live, parent, clientsWrite, kind }) {
    const rights = rightsHere();
    if (live !== undefined) {
      rights.copy(live, staged);
      return kind === "folder" ? rights.fit(staged, clientsWrite) : undefined;
    }
    // What is inherited there, a new one shows.
    const probe = join(parent, `${OWN_FOLDER}-probe-${randomUUID()}`);
    if (kind === "folder") mkdirSync(probe);
    else writeFileSync(probe, "", { flag: "wx" });
    try {
      rights.copy(probe, staged);
    } finally {
      rmSync(probe, { recursive: true, force: true });
    }
    if (kind === "folder") rights.fit(staged, clientsWrite);
  },
  keepOwnEntries: (live, staged) => rightsHere().copy(live, staged),
  hasOwnEntries: (place) => rightsHere().hasOwnEntries(place),
  admitsClass: (place, clientsWrite) => rightsHere().fits(place, clientsWrite),
  hasModes: false,
  exchange: {
    ...exchangeByRenames({
      rename: renameSync,
      isInUse,
      pauses: [10, 20, 40, 80, 160],
      urgent: [5, 10, 20, 40, 80, 160, 320, 640],
    }),
    usersOf: (folder) => openWords(openByClients(folder.replaceAll("/", "\\"))),
  },

  retarget: retargetJunction,

  reclaim(place) {
    const stat = lstatSync(place);
    const isOurs = stat.isFile() && stat.nlink === 1;
    if (isOurs) chmodSync(place, 0o666);
    return isOurs;
  },

  makeLink(target, place) {
    try {
      symlinkSync(target.replaceAll("/", "\\"), place);
    } catch (error) {
      if (systemCode(error) !== "EPERM") throw error;
      throw new SitewrightError(
        "ACCESS_DENIED",
        `${place} is a symbolic link in the source, and the agent's account may not create one: give it the right 'Create symbolic links' (secpol.msc, User Rights Assignment), or put a copy in the place of the link`,
        { path: place, cause: error },
      );
    }
  },
  targetOf: (place) => readlinkSync(place).replaceAll("\\", "/"),
};

function withKeptMode<Facts extends EntryKind>(facts: Facts): Facts {
  const { kind, mode } = facts;
  return kind === "folder" || kind === "file" ? { ...facts, mode: windowsPlatform.keptMode(kind, mode) } : facts;
}
