import { stripVTControlCharacters } from "node:util";

/** What strangers wrote, such as names of files, so that it cannot steer the terminal. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}
