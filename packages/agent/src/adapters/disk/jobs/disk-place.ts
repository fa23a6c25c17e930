import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  futimesSync,
  mkdirSync,
  openSync,
  renameSync,
} from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import type { PlaceAnswer, PlaceAsk, RightsAsk } from "../../../app/ports/disk.ts";
import { identityWords, type FileIdentity } from "../../../domain/tree/file-identity.ts";
import { ACCESS_ACL, LABEL, sameBytes, sameRights, servedMode, type Rights } from "../../../domain/rights/rights.ts";
import { createStampSum } from "../../../domain/tree/tree-stamp.ts";
import { OWN_FOLDER } from "../../../domain/unit-state.ts";
import { contentPath, openBelow, type Anchor } from "../anchor.ts";
import { isAbsent, systemCode } from "../disk-error.ts";
import { eachOfShare } from "./disk-stamp.ts";
import { platform } from "../platform/platform.ts";
import { NO_FOLLOW, READ, type EntryFacts, type EntryWords } from "../platform/port.ts";
import { renewRights } from "./take-rights.ts";
import { nameOf, openPlace, parentOf, type PlaceRules } from "./place-rules.ts";

const NOT_THERE = new Set(["ENOENT", "ENOTDIR", "EACCES", "LINK_IN_PATH"]);

interface Entry {
  kind: "file" | "folder";
  /** Its destination and its present place. */
  live: string;
  staged: string;
  /** Whether its inode has other names. */
  isShared: boolean;
}

interface Change {
  /** Before. */
  facts: EntryFacts;
  /** Permissions afterwards. */
  mode: number;
  identity: FileIdentity;
}

/** Whether each path has exactly the rights that it would be given. */
export function haveRights(anchor: Anchor, { tops, entries }: RightsAsk, check: () => void): boolean[] {
  const rules = new Map<string, PlaceRules>();
  const rulesOf = (path: string): PlaceRules | undefined => {
    const top = tops.find((owned) => path === owned || path.startsWith(`${owned}/`));
    if (top === undefined) return undefined;
    const known = rules.get(top) ?? openPlace(anchor, top);
    rules.set(top, known);
    return known;
  };
  return entries.map(({ path, kind, mode }) => {
    check();
    anchor.trim();
    const place = rulesOf(path);
    const live = place?.live(path, kind);
    // Its owner was checked before: not a foreign account.
    return live !== undefined && place !== undefined && sameRights(live, { ...place.wanted(path, kind, mode), uid: live.uid });
  });
}

/**
 * Gives a share of several trees that are about to go live the rights of what they replace, or else what the surrounding folder passes on.
 * A file that shares its inode with the one that it replaces has them already; one that shares it with another is replaced by a copy.
 */
export function placeShare(anchor: Anchor, ask: PlaceAsk, check: () => void): PlaceAnswer {
  const before = createStampSum(ask.seed);
  const after = createStampSum(ask.seed);
  const answer: PlaceAnswer = { before: "", after: "", touched: [], apart: [] };
  if (ask.share === 0) for (const top of ask.tops) renewRights(anchor, top);
  const tops = ask.tops.map((top) => ({ ...top, staged: contentPath(anchor, top.staged) }));
  if (platform.keepsRights) tops.forEach((top, number) => placeTop(anchor, top, number));
  if (platform.keepOwnEntries) tops.forEach((top, number) => keepFiles(anchor, top, number));
  return { ...answer, before: before.stamp(), after: after.stamp() };

  function placeTop(of: Anchor, top: PlaceAsk["tops"][number], number: number): void {
    const rules = openPlace(of, top.live);
    if (ask.share === 0) makeAround(of, top.live);
    if (rules.isPlain()) return;
    /** Deepest last, and changed in reverse order: a closed folder must not block the rest. */
    const folders: (() => void)[] = [];
    const { share, shares } = ask;
    eachOfShare(
      of,
      { path: top.staged, except: new Set(), number, share, shares },
      { read: platform.lookForWords, check },
      ({ path: below, kind, facts }) => {
        if (!facts || (kind !== "file" && kind !== "folder")) return;
        const live = below === "" ? top.live : `${top.live}/${below}`;
        const isShared = kind === "file" && facts.names > 1;
        if (isShared && isOneFile(of, live, facts)) return;
        const entry: Entry = { kind, live, staged: below === "" ? top.staged : `${top.staged}/${below}`, isShared };
        if (kind === "folder") folders.push(() => place(of, rules, entry));
        else place(of, rules, entry);
      },
    );
    for (const change of folders.toReversed()) change();
  }

  /** Files with an access control list that is not inherited; folders have theirs since they were made. */
  function keepFiles(of: Anchor, top: PlaceAsk["tops"][number], number: number): void {
    const { share, shares } = ask;
    const part = { path: top.staged, except: new Set<string>(), number, share, shares };
    eachOfShare(of, part, { read: platform.lookForWords, check }, ({ path: below, kind, facts }) => {
      if (below === "" || kind !== "file" || !facts) return;
      const isShared = facts.names > 1;
      const [live, staged] = [`${top.live}/${below}`, `${top.staged}/${below}`];
      const looked = (): EntryFacts => platform.look(of.open(parentOf(staged)), nameOf(staged));
      if (!isFile(of, live) || (isShared && isOneFile(of, live, facts)) || !platform.hasOwnEntries?.(of.place(live))) return;
      const now = looked();
      // Its other name is that of something else, whose rights stay.
      if (isShared) copyApart(of, staged, `${ask.folder}/apart-${share}`, now);
      if (!platform.keepOwnEntries?.(of.place(live), of.place(staged)) && !isShared) return;
      const { mode, identity } = looked();
      count({ kind, live, staged, isShared }, { facts: now, mode, identity });
    });
  }

  function place(of: Anchor, rules: PlaceRules, entry: Entry): void {
    const { kind, live, staged, isShared } = entry;
    const facts = platform.look(of.open(parentOf(staged)), nameOf(staged));
    const wanted = rules.wanted(live, kind, servedMode(kind, facts.mode));
    const now = rules.found(staged, facts);
    of.trim();
    if (sameRights(now, wanted)) return;
    if (isShared) copyApart(of, staged, `${ask.folder}/apart-${ask.share}`, facts);
    const fd = openBelow(of, staged, kind === "folder" ? READ | constants.O_DIRECTORY : READ);
    try {
      give(fd, isShared ? { ...now, attributes: new Map() } : now, wanted, `${of.root}/${live}`);
      count(entry, { facts, ...platform.lookAtOpen(fd) });
    } finally {
      closeSync(fd);
    }
  }

  function count({ kind, live, isShared }: Entry, { facts, mode, identity }: Change): void {
    if (kind === "folder") {
      before.folder(live, facts.mode);
      after.folder(live, mode);
      return;
    }
    before.file(live, facts.mode, identityWords(facts.identity));
    after.file(live, mode, identityWords(identity));
    if (isShared) answer.apart.push([live, identity]);
    else answer.touched.push([facts.identity, identity]);
  }
}

/** Creates the missing folders above an owned path with the rights that they would get if made by hand. */
function makeAround(anchor: Anchor, top: string): void {
  const parent = parentOf(top);
  if (parent === "") return;
  makeAround(anchor, parent);
  try {
    anchor.folder(parent);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const wanted = openPlace(anchor, parent).inherited(parent);
    mkdirSync(anchor.place(parent), { mode: 0o700 });
    const fd = openBelow(anchor, parent, READ | constants.O_DIRECTORY);
    try {
      const facts = platform.look(anchor.open(parentOf(parent)), nameOf(parent));
      give(fd, openPlace(anchor, parent).found(parent, facts), wanted, `${anchor.root}/${parent}`);
    } finally {
      closeSync(fd);
    }
  }
}

function isFile(anchor: Anchor, path: string): boolean {
  try {
    return platform.lookForWords(anchor.open(parentOf(path)), nameOf(path)).kind === "file";
  } catch (error) {
    if (NOT_THERE.has(systemCode(error) ?? "")) return false;
    throw error;
  }
}

function isOneFile(anchor: Anchor, path: string, { words }: EntryWords): boolean {
  try {
    const live = platform.lookForWords(anchor.open(parentOf(path)), nameOf(path));
    return live.words[0] === words[0] && live.words[1] === words[1];
  } catch (error) {
    if (NOT_THERE.has(systemCode(error) ?? "")) return false;
    throw error;
  }
}

/** Rights are never changed through an inode that has a name elsewhere. */
function copyApart(anchor: Anchor, path: string, aside: string, { modified, mode }: EntryFacts): void {
  const fd = openBelow(anchor, path, READ);
  const place = anchor.place(aside);
  try {
    copyFileSync(platform.pathOfOpen(fd, anchor.place(path)), place, constants.COPYFILE_FICLONE);
  } finally {
    closeSync(fd); // Windows replaces no file that is open
  }
  chmodSync(place, 0o600);
  const copy = openSync(place, constants.O_RDWR | NO_FOLLOW); // to set times, Windows wants the right to write
  futimesSync(copy, modified / 1000, modified / 1000);
  closeSync(copy);
  if (!platform.hasModes) chmodSync(place, mode);
  renameSync(place, anchor.place(path));
}

/** Rights that cannot be given are reported, unless every account can read there anyway. */
function give(fd: number, now: Rights, wanted: Rights, shown: string): void {
  if (now.uid !== wanted.uid) attempt(() => fchownSync(fd, wanted.uid, -1));
  let { mode } = wanted;
  if (now.gid !== wanted.gid && !attempt(() => fchownSync(fd, -1, wanted.gid))) {
    if (wanted.attributes.has(ACCESS_ACL) || ((mode >> 3) & 5) !== (mode & 5)) throw notKept(shown, `group ${wanted.gid}`);
    mode &= ~0o2020; // the agent's own group must not get write access in its place
  }
  fchmodSync(fd, mode);
  try {
    for (const name of now.attributes.keys()) if (!wanted.attributes.has(name) && name !== LABEL) platform.attributes.remove(fd, name);
    for (const [name, value] of wanted.attributes)
      if (!sameBytes(value, now.attributes.get(name)) || name === ACCESS_ACL) platform.attributes.set(fd, name, value);
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw notKept(shown, "access control list");
  }
  fchmodSync(fd, mode);
}

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!isRefused(error)) throw error;
    return false;
  }
}

function isRefused(error: unknown): boolean {
  return ["EPERM", "EACCES", "EINVAL", "ENOTSUP"].includes(systemCode(error) ?? "");
}

function notKept(shown: string, what: string): SitewrightError {
  return new SitewrightError(
    "RIGHTS_NOT_KEPT",
    `the ${what} of ${shown} cannot be given to what would take its place, and without it others could read there, or could no longer: put the agent's account into that group, or run the agent as root after chown -R root of its data folder and of ${OWN_FOLDER} in each role root`,
    { path: shown },
  );
}
