/** Definitions that lie in the inboxes of a client access point: folder, end of their names, and what they are. */
export const DEFINITION_PLACES = [
  { folder: "pkginfo.box", end: ".pkg", kind: "program" },
  { folder: "offerinf.box", end: ".ofr", kind: "advertisement" },
] as const;
export type DefinitionKind = (typeof DEFINITION_PLACES)[number]["kind"];

/** How definitions state their number: `Version=4` in those of SMS, `serial: 4` in YAML. */
const NUMBER = /^\s*(?:SourceVersion|Version|Serial)\s*[=:]\s*(\d{1,15})\s*$/im;

/** The version or serial that a definition states. @param text Its bytes as Latin-1. */
export function definitionNumber(text: string): number | undefined {
  const digits = NUMBER.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
