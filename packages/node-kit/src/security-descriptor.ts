/** Security descriptors of Windows as text (SDDL). */

/** The system, administrators, the owner (in three spellings), and accounts of services. */
const TRUSTED = /^(SY|BA|OW|CO|S-1-3-4|S-1-5-18|S-1-5-32-544|S-1-5-80-.*)$/;
const ENTRY = /\(([^()]*)\)/g;
const MAY = new Set(["A", "XA", "OA"]);
/** Read, write, create and delete, for every account that has logged on; passed on to what is made inside. */
const WRITERS = "(A;OICI;0x1301bf;;;AU)";

/** Everybody, the accounts that have logged on, users, guests, domain users, and the like: who clients are. */
const CLIENTS = /^(WD|AU|BU|AN|BG|DU|DG|DC|IU|NU|RC|AC|S-1-1-0|S-1-5-(2|4|7|11)|S-1-5-32-54[56]|S-1-5-21-.*-51[345])$/;
/** Words for rights; others are combinations of four letters that nothing here needs. */
const RIGHTS: Record<string, number> = {
  FA: 0x1f01ff,
  FR: 0x120089,
  FW: 0x120116,
  FX: 0x1200a0,
  GA: 0x10000000,
  GX: 0x20000000,
  GW: 0x40000000,
  GR: 0x80000000,
  CC: 0x1,
  DC: 0x2,
  LC: 0x4,
  SW: 0x8,
  RP: 0x10,
  WP: 0x20,
  DT: 0x40,
  LO: 0x80,
  CR: 0x100,
  SD: 0x10000,
  RC: 0x20000,
  WD: 0x40000,
  WO: 0x80000,
};
/** To write, add, delete, and change attributes, list or owner. */
const TO_WRITE = 0x10000000 | 0x40000000 | 0x2 | 0x4 | 0x10 | 0x40 | 0x100 | 0x10000 | 0x40000 | 0x80000;
const TO_READ = "0x1200a9";

/** "" if it states none. */
export function ownerIn(descriptor: string): string {
  return /^O:(.*?)(?=[GDS]:|$)/.exec(descriptor)?.[1] ?? "";
}

/** Whether no other accounts than the owner, administrators, the system and services are admitted. Without a list everybody is. */
export function closedToOthers(descriptor: string): boolean {
  return grantsToOthers(descriptor)?.length === 0;
}

/** The same of writing: others may at most read. */
export function readOnlyForOthers(descriptor: string): boolean {
  return grantsToOthers(descriptor)?.every((rights) => (maskOf(rights) & TO_WRITE) === 0) ?? false;
}

/** Rights of other accounts than those; undefined: there is no list. */
function grantsToOthers(descriptor: string): string[] | undefined {
  const owner = ownerIn(descriptor);
  const list = /D:([^():]*)((?:\([^()]*\))*)/.exec(descriptor);
  if (!list || list[1]?.includes("NO_ACCESS_CONTROL")) return undefined;
  return [...(list[2] ?? "").matchAll(ENTRY)].flatMap(([, entry = ""]) => {
    const [type = "", , rights = "", , , account = ""] = entry.split(";");
    return !MAY.has(type) || account === owner || TRUSTED.test(account) ? [] : [rights];
  });
}

/**
 * The list, if need be changed so that clients may write, or may not. What is inherited becomes its own then: else it would come back.
 */
export function fittedTo(descriptor: string, clientsWrite: boolean): string {
  const entries = [...descriptor.matchAll(ENTRY)].map(([, entry = ""]) => entry);
  const mayWrite = (entry: string): boolean => {
    const [type = "", , rights = ""] = entry.split(";");
    return MAY.has(type) && (maskOf(rights) & TO_WRITE) !== 0;
  };
  const accountOf = (entry: string): string => entry.split(";")[5] ?? "";
  if (clientsWrite)
    return entries.some((entry) => mayWrite(entry) && !TRUSTED.test(accountOf(entry))) ? descriptor : withWriters(descriptor);
  const tooMuch = (entry: string): boolean => mayWrite(entry) && CLIENTS.test(accountOf(entry));
  if (!entries.some(tooMuch)) return descriptor;
  const own = entries.map((entry) => {
    const [type, flags = "", rights, ...rest] = entry.split(";");
    return `(${[type, flags.replace("ID", ""), tooMuch(entry) ? TO_READ : rights, ...rest].join(";")})`;
  });
  const flags = (/D:([A-Z]*)\(/.exec(descriptor)?.[1] ?? "").replaceAll(/P|AR/g, "");
  return `D:P${flags}${own.join("")}`;
}

/** Whether some of what it states is not inherited, or nothing is to be. */
export function hasOwnEntries(descriptor: string): boolean {
  const flags = [...descriptor.matchAll(ENTRY)].map(([, entry = ""]) => entry.split(";")[1] ?? "");
  const inherited = flags.filter((words) => words.includes("ID")).length;
  // A system that knows no inheritance states none anywhere.
  return /D:[A-Z]*P/.test(descriptor) || (inherited > 0 && inherited < flags.length);
}

function maskOf(rights: string): number {
  if (/^0x/i.test(rights)) return Number(rights);
  return (rights.match(/../g) ?? []).reduce((mask, word) => mask | (RIGHTS[word] ?? 0), 0);
}

/** The list with one entry more, before the inherited ones. */
function withWriters(descriptor: string): string {
  if (descriptor.includes(WRITERS)) return descriptor;
  const at = /D:[^():]*/.exec(descriptor);
  return at ? descriptor.slice(0, at.index + at[0].length) + WRITERS + descriptor.slice(at.index + at[0].length) : `D:${WRITERS}`;
}
