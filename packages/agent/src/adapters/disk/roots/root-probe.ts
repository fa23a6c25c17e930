import {
  chmodSync,
  closeSync,
  fstatSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { OWN_FOLDER } from "../../../domain/unit-state.ts";
import { diskError, systemCode } from "../disk-error.ts";
import { mountOf } from "../mount-of.ts";
import { platform } from "../platform/platform.ts";
import { isUnknownCall } from "../platform/portable.ts";

/** Limitations of the file system of a role root. */
export interface RootFindings {
  /** No rebuild on it would succeed. */
  unfit: string[];
  /** It works with restrictions. */
  warnings: string[];
}

interface Probe {
  root: string;
  /** Created for the probe, empty. */
  folder: string;
  /** Another one, in the root itself, where live folders are. */
  live: string;
  swap: Swap;
}

/** Exchanges two names in one step; throws the system's error. */
type Swap = (a: string, b: string) => void;

/** A time with milliseconds, in seconds; FAT has a resolution of two seconds. */
const TIME = 1_000_000_001.123;
/** Each Unicode normal form writes it differently. */
const ODD_NAME = "e\u0301-\u212a";
/** Union file systems, whose inode numbers depend on the path or the mount: an interrupted activation could not be identified. */
const UNIONS = /^(fuse\.)?(mergerfs|unionfs|unionfs-fuse|mhddfs|aufs)$/;

/**
 * Tries what rebuilds need in folders of its own, and removes them: otherwise a file system that cannot keep modes or times would be
 * detected only after the whole transfer. Throws the error of a disk that cannot be written at all.
 */
export function probeRoot(root: string, swap: Swap = platform.swapAtOnce): RootFindings {
  const name = `${OWN_FOLDER}-probe-${randomUUID()}`;
  const folder = join(root, name);
  const live = `${folder}-live`;
  try {
    sweep(root);
    mkdirSync(folder, { mode: 0o700 });
    mkdirSync(live, { mode: 0o700 });
    const probe: Probe = { root, folder, live, swap };
    return { unfit: list(UNFIT, probe), warnings: list(WARNINGS, probe) };
  } catch (error) {
    throw diskError(error, root, "");
  } finally {
    for (const path of [folder, live]) rmSync(path, { recursive: true, force: true });
  }
}

/** Throws `ROOT_UNFIT` for a file system on which no rebuild is possible; returns the warnings about any other. */
export function requireFit(root: string): string[] {
  const { unfit, warnings } = probeRoot(root);
  if (unfit.length > 0)
    throw new SitewrightError(
      "ROOT_UNFIT",
      `the role root ${root} lies on a file system that cannot be used (${platform.fileSystemOf(root)}): ${unfit.join("; ")}. Put it on another one, such as ext4, XFS or Btrfs`,
      { path: root },
    );
  return warnings.map((warning) => `the role root ${root} (${platform.fileSystemOf(root)}): ${warning}`);
}

/** Left-overs of a killed probe. */
function sweep(root: string): void {
  for (const name of readdirSync(root))
    if (name.startsWith(`${OWN_FOLDER}-probe-`)) rmSync(join(root, name), { recursive: true, force: true });
}

/** One requirement, its message, and whether it is fulfilled. */
type Check = [missing: string, holds: (probe: Probe) => boolean];

function list(checks: readonly Check[], probe: Probe): string[] {
  return checks.flatMap(([missing, holds]) => (isThere(() => holds(probe)) ? [] : [missing]));
}

/** Error codes that mean "not supported". Any other failure is temporary. */
const UNABLE = new Set(["ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EINVAL", "EPERM", "EXDEV", "EMLINK", "ENAMETOOLONG", "EILSEQ"]);

function isThere(holds: () => boolean): boolean {
  try {
    return holds();
  } catch (error) {
    if (UNABLE.has(systemCode(error) ?? "")) return false;
    throw error;
  }
}

const UNFIT: readonly Check[] = [
  ["it unites several file systems and has no lasting numbers for files", ({ root }) => !UNIONS.test(platform.fileSystemOf(root))],
  ["it does not keep the permissions of files", ({ folder }) => !platform.hasModes || keepsModes(join(folder, "modes"))],
  ["it does not keep the times of files to the millisecond", ({ folder }) => keepsTimes(join(folder, "times"))],
  ["a folder cannot be moved into another one, or gets another number then", (probe) => keepsInodes(probe)],
  ["it refuses to exchange two folders", (probe) => ["done", "unknown"].includes(exchange(probe, "needed"))],
  [
    "it does not take names with letters other than those of ASCII",
    ({ folder }) => {
      mkdirSync(join(folder, "names"));
      return takes(join(folder, "names", ODD_NAME));
    },
  ],
  ["it changes the names of files", ({ folder }) => readdirSync(join(folder, "names")).every((name) => name === ODD_NAME)],
  [
    `${OWN_FOLDER} in it is mounted from elsewhere: unmount what is mounted there`,
    ({ root }) => {
      const own = join(root, OWN_FOLDER);
      return !lstatSync(own, { throwIfNoEntry: false }) || mountOf(own) === mountOf(`${root}/.`);
    },
  ],
];

/** Whether a file with this name can be created. */
function takes(path: string): boolean {
  return isThere(() => {
    writeFileSync(path, "");
    return true;
  });
}

function keepsModes(path: string): boolean {
  writeFileSync(path, "");
  return [0o640, 0o604].every((mode) => {
    chmodSync(path, mode);
    return (lstatSync(path).mode & 0o777) === mode;
  });
}

function keepsTimes(path: string): boolean {
  const fd = openSync(path, "w");
  try {
    futimesSync(fd, TIME, TIME);
    return Math.abs(fstatSync(fd).mtimeMs - TIME * 1000) < 1;
  } finally {
    closeSync(fd);
  }
}

function keepsInodes({ folder, live }: Probe): boolean {
  const [from, to] = [join(folder, "moved"), join(live, "moved")];
  mkdirSync(from);
  writeFileSync(join(from, "file"), "");
  const inodes = (at: string) => [at, join(at, "file")].map((path) => lstatSync(path, { bigint: true }).ino).join();
  const before = inodes(from);
  renameSync(from, to);
  return inodes(to) === before;
}

/** @returns `unknown` where activations use two renames; throws the error that these would get. */
function exchange({ folder, live, swap }: Probe, name: string): "done" | "unknown" {
  const [a, b] = [join(folder, name), join(live, name)];
  mkdirSync(a);
  mkdirSync(b);
  try {
    swap(a, b);
    return "done";
  } catch (error) {
    if (isUnknownCall(error)) return "unknown";
    throw error;
  }
}

const WARNINGS: readonly Check[] = [
  [
    "it has no hard links: unchanged files are copied, which takes room and time",
    ({ folder }) => {
      writeFileSync(join(folder, "linked"), "");
      linkSync(join(folder, "linked"), join(folder, "link"));
      return true;
    },
  ],
  [
    "it has no symbolic links: packages that hold some cannot be rebuilt there",
    ({ folder }) => {
      symlinkSync("linked", join(folder, "symbolic"));
      return true;
    },
  ],
  [
    "it cannot exchange two folders in one step: clients may miss a folder for a moment when it is activated",
    // A refusal is reported as unfit.
    (probe) => !platform.exchangesNames || !isThere(() => exchange(probe, "wished") === "unknown"),
  ],
  [
    "it takes names such as 'ma\u00dfe' and 'masse' for one: packages that hold both cannot be rebuilt there",
    ({ folder }) => {
      if (!takes(join(folder, "ma\u00dfe"))) return true;
      return lstatSync(join(folder, "MASSE"), { throwIfNoEntry: false }) === undefined;
    },
  ],
  [
    "it does not take names of 255 bytes: packages that hold such names cannot be rebuilt there",
    ({ folder }) => takes(join(folder, "n".repeat(255))),
  ],
];
