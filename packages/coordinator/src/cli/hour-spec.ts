import { SitewrightError } from "@sitewright/protocol";

/**
 * A table by hours as one argument: `08-18=25%,18-08=100%` or `Mon-Fri 08-18=high; Sat,Sun 00-24=all`; empty: no entry at all.
 * What the words mean is checked by the coordinator. Throws `BAD_REQUEST` for what has not this form.
 */
export function parseHourSpec(option: string, text: string): Record<string, string> {
  const table: Record<string, string> = {};
  for (const part of split(text)) {
    const [, hours = "", value = ""] = /^([^=]+)=([^=]+)$/.exec(part) ?? [];
    if (hours.trim() === "" || value.trim() === "")
      throw new SitewrightError("BAD_REQUEST", `${option}: "${part}" is not understood: write hours=value, as in "08-18=25%"`);
    const key = hours.trim().replaceAll(/\s+/g, " ");
    if (key in table) throw new SitewrightError("BAD_REQUEST", `${option}: "${key}" stands there twice: leave out one of them`);
    table[key] = value.trim();
  }
  return table;
}

/** Entries end with `;` or a comma; a comma between days, before any value, belongs to their list. */
function split(text: string): string[] {
  return text.split(";").flatMap((part) => {
    const entries: string[] = [];
    let days = "";
    for (const piece of part.split(",")) {
      if (piece.includes("=")) {
        entries.push(days + piece.trim());
        days = "";
      } else if (piece.trim() !== "") days += `${piece.trim()},`;
    }
    return days === "" ? entries : [...entries, days];
  });
}
