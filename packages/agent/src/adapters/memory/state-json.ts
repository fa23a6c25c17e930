import type { PendingSwitch } from "../../app/units/unit-ports.ts";
import type { Retained, UnitState } from "../../domain/unit-state.ts";

/** References of one folder, side and grace time: names and inodes in turn, with a slash after each, which neither holds. */
type RetainedGroup = [side: Retained["side"], expires: number, folder: string, files: string];

type Packed<State extends UnitState> = Omit<State, "retained"> & { retained: RetainedGroup[] };

/** A CAP whose offers change often keeps thousands of references for their grace time: they are written down in few words. */
export function encodeState(state: UnitState): string {
  return JSON.stringify(pack(state));
}

export function decodeState(json: string): UnitState {
  return unpack(JSON.parse(json) as Packed<UnitState>);
}

export function encodeSwitch(pending: PendingSwitch): string {
  return JSON.stringify({ ...pending, after: pack(pending.after) });
}

export function decodeSwitch(json: string): PendingSwitch {
  const pending = JSON.parse(json) as Omit<PendingSwitch, "after"> & { after: Packed<UnitState> };
  return { ...pending, after: unpack(pending.after) };
}

/** Lists are never changed, only replaced, and most changes of a state leave this one as it is. */
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
