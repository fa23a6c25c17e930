/** What a site system does for clients. */
export type Role = "cap" | "logon-point" | "dp";

/** The properties of the units of one role. A further role is one more row of `UNIT_KINDS`, with its tests. */
export interface UnitKind {
  /** Name shown to people. */
  label: string;
  /** What one unit holds: the folders of one site, or the files of one package, which several sites may serve. */
  of: "site" | "package";
  /** Role roots that one agent may have: packages are spread over several disks. */
  roots: "one" | "many";
  /** Clients find everything else through it: its content is transferred before that of packages. */
  servesFirst: boolean;
  /** Some of its files name other files and packages that clients fetch afterwards. */
  holdsReferences: boolean;
  /** The unit's name, of a site code or a package id. */
  nameOf(id: string): string;
  /** The folder directly below the role root that all of its paths lie in. */
  topFolder(id: string): string;
  /** Folders that it owns for certain, for when the site data no longer state them. */
  ownedForCertain(id: string): string[];
  /** Whether it may own the path with these names, `top` being the first. */
  mayOwn(id: string, path: { kind: "folder" | "file"; names: readonly string[] }): boolean;
}

/** The inboxes of a CAP that flow from site to client, in the order of exchange: what is referred to comes before what refers to it. */
export const CAP_FOLDERS = ["clifiles.box", "clicomp.box", "pkginfo.box", "offerinf.box", "clidata.box"] as const;

/** Folders of SMSLOGON that the senior site of the domain owns as a whole. */
export const LOGON_COMMON_FOLDERS = ["Alpha", "Alpha.bin", "i386", "x86.bin"] as const;

/** Folders of SMSLOGON where several sites keep files side by side: owned file by file. */
export const LOGON_SHARED_FOLDERS = ["Config", "Sitescfg"] as const;

const CAP: UnitKind = {
  label: "CAP",
  of: "site",
  roots: "one",
  servesFirst: true,
  holdsReferences: true,
  nameOf: (site) => `CAP_${site}`,
  topFolder: (site) => `CAP_${site}`,
  ownedForCertain: (site) => CAP_FOLDERS.map((box) => `CAP_${site}/${box}`),
  mayOwn: (site, { kind, names: [top, box, ...rest] }) =>
    kind === "folder" && top === `CAP_${site}` && rest.length === 0 && CAP_FOLDERS.some((name) => name === box),
};

const LOGON_POINT: UnitKind = {
  label: "logon point",
  of: "site",
  roots: "one",
  servesFirst: true,
  holdsReferences: false,
  nameOf: (site) => `SMSLOGON@${site}`,
  topFolder: () => "SMSLOGON",
  ownedForCertain: (site) => [`SMSLOGON/Sites/${site}`],
  mayOwn(site, { kind, names: [top, second, third, ...rest] }) {
    if (top !== "SMSLOGON" || second === undefined || rest.length > 0) return false;
    if (second === "Sites") return kind === "folder" && third === site;
    if (kind === "folder") return third === undefined && LOGON_COMMON_FOLDERS.some((name) => name === second);
    if (third === undefined) return false;
    if (second === "Sitescfg") return third.toLowerCase() === `${site}_cfg.lcf`.toLowerCase();
    // It records who copied what to this logon point.
    return second === "Config" && third.toLowerCase() !== "copylog.tcf";
  },
};

const DISTRIBUTION_POINT: UnitKind = {
  label: "DP",
  of: "package",
  roots: "many",
  servesFirst: false,
  holdsReferences: false,
  nameOf: (id) => id,
  topFolder: (id) => id,
  ownedForCertain: (id) => [id],
  mayOwn: (id, { kind, names: [top, ...rest] }) => kind === "folder" && top === id && rest.length === 0,
};

/** One row a role, in the order in which clients need them. */
export const UNIT_KINDS: Readonly<Record<Role, UnitKind>> = { cap: CAP, "logon-point": LOGON_POINT, dp: DISTRIBUTION_POINT };

export const ROLES = Object.keys(UNIT_KINDS) as readonly Role[];
