import { parseUnitKey, unitKey } from "@sitewright/protocol";
import type { StagedFiles, UnitStore } from "../../app/units/unit-ports.ts";
import type { UnitState } from "../../domain/unit-state.ts";
import type { Database } from "./database.ts";
import { decodeState, decodeSwitch, encodeState, encodeSwitch } from "./state-json.ts";
import { damaged } from "./database.ts";
import { transaction } from "./transaction.ts";

/** The states as JSON, one row a unit: they are small, and always read and written as a whole. */
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
