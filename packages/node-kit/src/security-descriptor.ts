/** Security descriptors of Windows as text (SDDL). */

/** The system, administrators, the owner (in three spellings), and accounts of services. */
const TRUSTED = /^(SY|BA|OW|CO|S-1-3-4|S-1-5-18|S-1-5-32-544|S-1-5-80-.*)$/;
const ENTRY = /\(([^()]*)\)/g;
const MAY = new Set(["A", "XA", "OA"]);
/** Read, write, create and delete, for every account that has logged on; passed on to what is made inside. */
const WRITERS = "(A;OICI;0x1301bf;;;AU)";

/** "" if it states none. */
export function ownerIn(descriptor: string): string {
  return /^O:(.*?)(?=[GDS]:|$)/.exec(descriptor)?.[1] ?? "";
}

/** Whether no other accounts than the owner, administrators, the system and services are admitted. Without a list everybody is. */
export function closedToOthers(descriptor: string): boolean {
  const owner = ownerIn(descriptor);
  const list = /D:([^():]*)((?:\([^()]*\))*)/.exec(descriptor);
  if (!list || list[1]?.includes("NO_ACCESS_CONTROL")) return false;
  return [...(list[2] ?? "").matchAll(ENTRY)].every(([, entry = ""]) => {
    const [type = "", , , , , account = ""] = entry.split(";");
    return !MAY.has(type) || account === owner || TRUSTED.test(account);
  });
}

/** The list with one entry more, before the inherited ones. */
export function withWriters(descriptor: string): string {
  if (descriptor.includes(WRITERS)) return descriptor;
  const at = /D:[^():]*/.exec(descriptor);
  return at ? descriptor.slice(0, at.index + at[0].length) + WRITERS + descriptor.slice(at.index + at[0].length) : `D:${WRITERS}`;
}
