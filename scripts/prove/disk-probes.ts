import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { rightsHere, windowsPlatform } from "../../packages/agent/src/adapters/disk/platform/windows.ts";
import { retargetJunction } from "../../packages/agent/src/adapters/disk/platform/windows/junctions.ts";
import { meanwhile, must, NotHere, refusalOf, type Counts, type Place, type Probe } from "./probe.ts";

const TIMES = 200;
const EXCHANGES = 30;

/** Two folders with a file each, and paths of a live name and of a free one. */
function twoFolders({ folder }: Place): { first: string; second: string; live: string; aside: string } {
  const [first, second] = [join(folder, "first"), join(folder, "second")];
  for (const [path, text] of [
    [first, "one"],
    [second, "two"],
  ] as const) {
    mkdirSync(path);
    writeFileSync(join(path, "file"), text);
  }
  return { first, second, live: join(folder, "live"), aside: join(folder, "aside") };
}

function words(counts: Counts): string {
  return Object.entries(counts)
    .map(([what, times]) => `${what} ${times} times`)
    .join(", ");
}

/** The list of a file as `icacls` states it, without its name. */
function listOf(path: string): string {
  return execFileSync("icacls", [path], { encoding: "latin1" }).slice(path.length).replaceAll(/\s+/g, " ").trim();
}

export const DISK_PROBES: readonly Probe[] = [
  {
    what: "a folder in which a program has a file open cannot be moved, and the file itself can if all is shared",
    run(place) {
      const { first, aside } = twoFolders(place);
      const handle = openSync(join(first, "file"), "r");
      try {
        renameSync(join(first, "file"), join(first, "moved"));
        const code = refusalOf(() => renameSync(first, aside), "the folder was moved");
        must(["EPERM", "EBUSY", "EACCES"].includes(code), `it was refused with ${code}`);
        return `refused with ${code}`;
      } finally {
        closeSync(handle);
      }
    },
  },
  {
    what: "a junction is let lead elsewhere in one step: a client that reads never misses it, whatever is open below",
    async run(place) {
      const { first, second, live } = twoFolders(place);
      symlinkSync(first, live, "junction");
      const handle = openSync(join(live, "file"), "r");
      const counts = await meanwhile(place, "read", join(live, "file"), () => {
        for (let i = 0; i < TIMES; i++) retargetJunction(live, i % 2 === 0 ? second : first);
      });
      closeSync(handle);
      must(
        Object.keys(counts).every((what) => what === "one" || what === "two"),
        words(counts),
      );
      must(readFileSync(join(live, "file"), "utf8") === "one", "at last it leads elsewhere");
      return words(counts);
    },
  },
  {
    what: "removing or moving a junction leaves what it leads to",
    run(place) {
      const { first, live, aside } = twoFolders(place);
      symlinkSync(first, live, "junction");
      const handle = openSync(join(live, "file"), "r");
      renameSync(live, aside);
      closeSync(handle);
      must(readlinkSync(aside).toLowerCase().startsWith(first.toLowerCase()), `it leads to ${readlinkSync(aside)}`);
      windowsPlatform.exchange.move(aside, live);
      return "moved while a file below was open";
    },
  },
  {
    what: "exchanges by renames succeed beside a scanner that has each file open for itself for random moments",
    async run(place) {
      const { first, second, aside } = twoFolders(place);
      let missing = 0;
      const counts = await meanwhile(place, "scan", place.folder, () => {
        for (let i = 0; i < EXCHANGES; i++) {
          try {
            windowsPlatform.exchange.swap(first, second, aside);
          } catch (error) {
            if (!windowsPlatform.exchange.isInUse(error)) throw error;
            if (!existsSync(first)) missing += 1;
            if (existsSync(aside)) windowsPlatform.exchange.move(aside, existsSync(first) ? second : first);
          }
        }
      });
      must(missing === 0, `the live folder was missing after ${missing} of ${EXCHANGES}`);
      return words(counts);
    },
  },
  {
    what: "a file that a client reads with everything shared is replaced by a rename",
    run(place) {
      const { first, second, aside } = twoFolders(place);
      const handle = openSync(join(first, "file"), "r");
      linkSync(join(first, "file"), aside);
      renameSync(join(second, "file"), join(first, "file"));
      closeSync(handle);
      must(readFileSync(join(first, "file"), "utf8") === "two" && readFileSync(aside, "utf8") === "one", "the contents are others");
      return "the old one stayed under its other name";
    },
  },
  {
    what: "the change time of a file stays when its handle is closed",
    async run({ folder }) {
      const path = join(folder, "file");
      const handle = openSync(path, "w");
      writeFileSync(handle, "text");
      const before = windowsPlatform.identityOfOpen(handle);
      closeSync(handle);
      await sleep(2_000);
      const after = windowsPlatform.look({ at: folder, fd: undefined }, "file").identity;
      must(before === after, `${before} became ${after}: staged files are hashed twice`);
      return "the same after 2 s";
    },
  },
  {
    what: "what is made in a staged folder inherits exactly what is made in the one that it replaces",
    run(place) {
      const { first, second } = twoFolders(place);
      execFileSync("icacls", [first, "/grant", "*S-1-5-32-546:(OI)(CI)R"], { stdio: "ignore" });
      const rights = rightsHere();
      must(rights.hasOwnEntries(first), "an entry of its own was not seen as one");
      rights.copy(first, second);
      for (const folder of [first, second]) writeFileSync(join(folder, "made"), "");
      const [wanted, found] = [listOf(join(first, "made")), listOf(join(second, "made"))];
      must(wanted === found, `${wanted} became ${found}`);
      return wanted;
    },
  },
  {
    what: "a folder for clients that read lets none of them write, also in what is made in it, and the agent's own is closed",
    run(place) {
      const { first, second } = twoFolders(place);
      execFileSync("icacls", [first, "/grant", "*S-1-5-11:(OI)(CI)M"], { stdio: "ignore" });
      const rights = rightsHere();
      must(!rights.fits(first, false), "a list with writers fits");
      rights.fit(first, false);
      mkdirSync(join(first, "made"));
      must(rights.fits(first, false) && rights.fits(join(first, "made"), false), listOf(join(first, "made")));
      must(rights.close(second), "it could not be closed");
      return listOf(first);
    },
  },
  {
    what: "symbolic links can be made by this account",
    run({ folder }) {
      try {
        symlinkSync("versions\\2.1", join(folder, "link"));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EPERM") throw new NotHere("this account lacks the right 'Create symbolic links'");
        throw error;
      }
      const target = windowsPlatform.targetOf(join(folder, "link"));
      must(target === "versions/2.1", `it leads to ${target}`);
      return "and lead where they should";
    },
  },
  {
    what: "paths of 600 characters are written and read",
    run({ folder }) {
      const deep = join(folder, ...Array.from({ length: 12 }, (_, i) => `${i}-`.padEnd(50, "x")));
      mkdirSync(deep, { recursive: true });
      writeFileSync(join(deep, "file"), "far");
      must(readFileSync(join(deep, "file"), "utf8") === "far", "its content is another");
      return `${deep.length} characters`;
    },
  },
  {
    what: "a read-only file is made writable again and keeps its time, and a hidden folder is listed",
    run({ folder }) {
      const path = join(folder, "file");
      writeFileSync(path, "");
      chmodSync(path, 0o444);
      const { mtimeMs } = statSync(path);
      const code = refusalOf(() => closeSync(openSync(path, "r+")), "it was opened for writing");
      must(windowsPlatform.reclaim(path) && statSync(path).mtimeMs === mtimeMs, "its time is another");
      closeSync(openSync(path, "r+"));
      mkdirSync(join(folder, "own"));
      rightsHere().hide(join(folder, "own"));
      must(readdirSync(folder).includes("own") && lstatSync(join(folder, "own")).isDirectory(), "it is not listed");
      return `before that ${code}`;
    },
  },
  {
    what: "an alternate data stream is not listed and does not change what is compared of its file",
    run({ folder }) {
      const path = join(folder, "file");
      writeFileSync(path, "text");
      writeFileSync(`${path}:more`, "hidden");
      must(readdirSync(folder).length === 1, `listed are ${readdirSync(folder).join(", ")}`);
      must(readFileSync(path, "utf8") === "text" && lstatSync(path).size === 4, "the file is another");
      return "it is neither carried nor found";
    },
  },
];
