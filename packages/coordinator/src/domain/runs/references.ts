import { foldName, isPackageId } from "@sitewright/protocol";

/** A file of a CAP that may name others. */
export interface ReferringFile {
  /** Name in offerinf.box. */
  name: string;
  text: string;
}

export interface BrokenReference {
  /** Name in offerinf.box. */
  file: string;
  line: number;
  missing: string;
  /** The place where it was looked up. */
  folder: "offerinf.box" | "pkginfo.box";
}

/** Whether a file of offerinf.box is of a kind that refers to others. */
export function isReferring(name: string): boolean {
  return /\.(lkp|ins|ofr)$/i.test(name);
}

/**
 * Follows the chains of a CAP: `.lkp` lines name `.ins` files, `.ins` lines name `.ofr` files, and an `.ofr` names a package, whose `.pkg`
 * and `.nal` must exist. Any other line is ignored: only known references are checked.
 * @param offers Names in offerinf.box.
 * @param packages Names in pkginfo.box.
 */
export function brokenReferences(files: Iterable<ReferringFile>, offers: Iterable<string>, packages: Iterable<string>): BrokenReference[] {
  const present = {
    "offerinf.box": new Set([...offers].map(foldName)),
    "pkginfo.box": new Set([...packages].map(foldName)),
  };
  const broken: BrokenReference[] = [];
  for (const { name, text } of files) {
    text.split(/\r?\n/).forEach((line, i) => {
      for (const { missing, folder } of wanted(name.slice(-4).toLowerCase(), line)) {
        if (!present[folder].has(foldName(missing))) broken.push({ file: name, line: i + 1, missing, folder });
      }
    });
  }
  return broken;
}

function wanted(extension: string, line: string): Pick<BrokenReference, "missing" | "folder">[] {
  const [, key = "", value = ""] = /^\s*([^;#[=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
  if (extension === ".lkp" && isFileName(value, ".ins")) return [{ missing: value, folder: "offerinf.box" }];
  if (extension === ".ins" && key.toLowerCase() === "offer" && isFileName(value, ".ofr"))
    return [{ missing: value, folder: "offerinf.box" }];
  if (extension === ".ofr" && key.toLowerCase() === "package" && isPackageId(value.toUpperCase())) {
    return [".pkg", ".nal"].map((end) => ({ missing: `${value}${end}`, folder: "pkginfo.box" as const }));
  }
  return [];
}

function isFileName(text: string, extension: string): boolean {
  return text.toLowerCase().endsWith(extension) && text.length > extension.length && !/[\\/:*?"<>|]/.test(text);
}
