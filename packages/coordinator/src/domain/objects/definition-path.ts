import { DEFINITION_PLACES, foldName, type DefinitionKind } from "@sitewright/protocol";

/** A definition by its file: the inbox in which it lies, its name there, and what it defines. */
export interface DefinitionFile {
  folder: string;
  name: string;
  kind: DefinitionKind;
  id: string;
}

/** Undefined: it defines nothing. @param path Of a file on a client access point, below the role root. */
export function definitionAt(path: string): DefinitionFile | undefined {
  const [, folder = "", name = ""] = path.split("/");
  const place = DEFINITION_PLACES.find((one) => foldName(one.folder) === foldName(folder) && name.toLowerCase().endsWith(one.end));
  return place && { folder, name, kind: place.kind, id: name.slice(0, -place.end.length) };
}
