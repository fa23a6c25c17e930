export const LEDGER_FORM = 1;

/** The last entry of a chain: its number and its hash. */
export interface ChainTip {
  number: number;
  hash: string;
}

/**
 * One change, and who asked for it. Entries of one writer (one start of a coordinator) form a chain: each names the hash of the one before.
 * `seen` names the ends of other writers' chains, so that no entry can be removed or altered without a trace.
 */
export interface LedgerEntry {
  /** Version of the layout and of the hash: `LEDGER_FORM`, or an earlier one. */
  form: number;
  writer: string;
  /** 1 and up, without gaps. */
  number: number;
  /** Hash of the writer's previous entry; empty for its first. */
  previous: string;
  /** By writer: the ends of other chains that no earlier entry named. */
  seen: Record<string, ChainTip>;
  /** ms since 1970. */
  at: number;
  /** `proof`: how the principal was authenticated; `itself`: the coordinator acted on its own. */
  by: { name: string; proof: string; address: string };
  /** A kind of this version, or of a newer one. */
  kind: string;
  about: { run?: string; system?: string; site?: string; address?: string };
  details: Record<string, string>;
  /** SHA-256 of everything above, hex. */
  hash: string;
}

/**
 * `edited`: an entry differs from what its writer wrote; `missing`: an entry that others name is not there; `forked`: one number was
 * written twice.
 */
export interface LedgerFinding {
  kind: "edited" | "missing" | "forked";
  /** `<writer>/<number>`, or a line. */
  where: string;
  message: string;
}

export interface LedgerReport {
  entries: number;
  writers: number;
  findings: LedgerFinding[];
}
