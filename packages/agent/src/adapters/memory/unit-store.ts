import { isUnitName, parseUnitKey, unitKey } from "@sitewright/protocol";
import type { StagedFiles, UnitStore, PendingSwitch } from "../../app/ports/stores.ts";
import type { UnitState, Retained } from "../../domain/unit-state.ts";
import { type Database, damaged } from "./database.ts";
import { transaction } from "@sitewright/node-kit/database";

/** References of one folder, side and grace time: names and inodes in turn, with a slash after each, which neither contains. */
type RetainedGroup = [side: Retained["side"], expires: number, folder: string, files: string];

type Packed<State extends UnitState> = Omit<State, "retained"> & { retained: RetainedGroup[] };

/** A CAP whose offers change often keeps thousands of references for their grace time: they are stored compactly. */
export function encodeState(state: UnitState): string {
  return JSON.stringify(pack(state));
}

/** Throws for an invalid state. */
export function decodeState(json: string): UnitState {
  return unpack(checked(JSON.parse(json)));
}

function checked<State extends UnitState>(value: unknown): Packed<State> {
  const { unit, leftovers, retained } = (value ?? {}) as Partial<Packed<State>>;
  if (typeof unit !== "object" || !isUnitName(unit.role, unit.name)) throw new TypeError("it names no unit");
  if (!Array.isArray(leftovers) || !Array.isArray(retained)) throw new TypeError(`the state of ${unit.name} lacks its lists`);
  return value as Packed<State>;
}

export function encodeSwitch(pending: PendingSwitch): string {
  return JSON.stringify({ ...pending, after: pack(pending.after) });
}

export function decodeSwitch(json: string): PendingSwitch {
  const pending = JSON.parse(json) as Omit<PendingSwitch, "after"> & { after: unknown };
  if (typeof pending.root !== "string" || typeof pending.folder !== "string" || !Array.isArray(pending.rows))
    throw new TypeError("a switch lacks its rows");
  return { ...pending, after: unpack(checked(pending.after)) };
}

/** Lists are never changed, only replaced, and most changes of a state do not replace this one. */
const groupsOf = new WeakMap<readonly Retained[], RetainedGroup[]>();

function pack(state: UnitState): Packed<UnitState> {
  const { retained } = state;
  let groups = groupsOf.get(retained);
  if (!groups) groupsOf.set(retained, (groups = groupUp(retained)));
  return { ...state, retained: groups };
}

function groupUp(retained: readonly Retained[]): RetainedGroup[] {
  const groups = new Map<string, RetainedGroup>();
  for (const { side, expires, path, inode } of retained) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const key = `${side}/${expires}/${folder}`;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = [side, expires, folder, ""]));
    group[3] += `${path.slice(folder.length + 1)}/${inode}/`;
  }
  return [...groups.values()];
}

function unpack(packed: Packed<UnitState>): UnitState {
  const retained: Retained[] = [];
  for (const [side, expires, folder, files] of packed.retained) {
    const parts = files.split("/");
    for (let i = 0; i + 1 < parts.length; i += 2)
      retained.push({ path: `${folder}/${parts[i]}`, inode: parts[i + 1] as string, expires, side });
  }
  groupsOf.set(retained, packed.retained);
  return { ...packed, retained };
}

/** The states as JSON, one row per unit: they are small, and always read and written as a whole. */
export function createUnitStore(database: Database): UnitStore & { stagedFiles: StagedFiles } {
  database.exec(`
    CREATE TABLE IF NOT EXISTS units (unit TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS switches (unit TEXT PRIMARY KEY, pending TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS staged_files (unit TEXT, path TEXT, identity TEXT NOT NULL, PRIMARY KEY (unit, path)) STRICT, WITHOUT ROWID;
  `);
  const readState = database.prepare("SELECT state FROM units WHERE unit = ?");
  const writeState = database.prepare("INSERT OR REPLACE INTO units (unit, state) VALUES (?, ?)");
  const everyState = database.prepare("SELECT state FROM units ORDER BY unit");
  const readSwitch = database.prepare("SELECT pending FROM switches WHERE unit = ?");
  const writeSwitch = database.prepare("INSERT OR REPLACE INTO switches (unit, pending) VALUES (?, ?)");
  const dropSwitch = database.prepare("DELETE FROM switches WHERE unit = ?");
  const everySwitch = database.prepare("SELECT unit FROM switches");
  const findStaged = database.prepare("SELECT identity FROM staged_files WHERE unit = ? AND path = ?");
  const writeStaged = database.prepare("INSERT OR REPLACE INTO staged_files (unit, path, identity) VALUES (?, ?, ?)");
  const dropStaged = database.prepare("DELETE FROM staged_files WHERE unit = ?");

  const commit = (work: () => void): void => transaction(database, work);
  /** The state that was read or written last: one order reads that of its unit many times. */
  let last: { json: string; state: UnitState } | undefined;

  const decode = (json: string): UnitState => (last?.json === json ? last.state : readable("units", () => decodeState(json)));

  function readable<T>(table: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw damaged(database.location() ?? "", `a row of ${table} cannot be read: ${(error as Error).message}`);
    }
  }

  function encode(state: UnitState): string {
    last = { json: encodeState(state), state };
    return last.json;
  }

  return {
    read(unit) {
      const row = readState.get(unitKey(unit)) as { state: string } | undefined;
      if (!row) return { unit, leftovers: [], retained: [] };
      last = { json: row.state, state: decode(row.state) };
      return last.state;
    },
    write: (state) => commit(() => writeState.run(unitKey(state.unit), encode(state))),
    all: () => (everyState.all() as { state: string }[]).map((row) => decode(row.state)),
    beginSwitch: (unit, pending) => commit(() => writeSwitch.run(unitKey(unit), encodeSwitch(pending))),
    endSwitch: (state) =>
      commit(() => {
        writeState.run(unitKey(state.unit), encode(state));
        dropSwitch.run(unitKey(state.unit));
        dropStaged.run(unitKey(state.unit));
      }),
    dropSwitch: (unit) => commit(() => dropSwitch.run(unitKey(unit))),
    pendingSwitch(unit) {
      const row = readSwitch.get(unitKey(unit)) as { pending: string } | undefined;
      return row && readable("switches", () => decodeSwitch(row.pending));
    },
    unitsInSwitch: () =>
      (everySwitch.all() as { unit: string }[]).map((row) => parseUnitKey(row.unit)).filter((unit) => unit !== undefined),
    stagedFiles: {
      find: (unit, path) => (findStaged.get(unitKey(unit), path) as { identity: string } | undefined)?.identity,
      add: (unit, files) => commit(() => files.forEach(([path, identity]) => writeStaged.run(unitKey(unit), path, identity))),
      clear: (unit) => commit(() => dropStaged.run(unitKey(unit))),
    },
  };
}
