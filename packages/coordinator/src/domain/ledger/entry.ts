export const LEDGER_FORM = 1;

/** The last entry of a chain: its number and its hash. */
export interface ChainTip {
  number: number;
  hash: string;
}

/**
 * One change, and who asked for it. Entries of one writer (one start of a coordinator) form a chain: each names the hash of the one
 * before. What other writers left is named in `seen`, so that no entry can be taken out or altered without a trace.
 */
export interface LedgerEntry {
  /** How it is laid out and hashed: `LEDGER_FORM`, or an earlier one. */
  form: number;
  writer: string;
  /** 1 and up, without gaps. */
  number: number;
  /** Hash of the writer's entry before; empty for its first. */
  previous: string;
  /** By writer: the ends of other chains that no entry before named. */
  seen: Record<string, ChainTip>;
  /** ms since 1970. */
  at: number;
  /** `proof`: what was proved of whoever asked; `itself`: the coordinator acted by itself. */
  by: { name: string; proof: string; address: string };
  /** One that this version writes, or that a newer one wrote. */
  kind: string;
  about: { run?: string; system?: string; site?: string; address?: string };
  details: Record<string, string>;
  /** SHA-256 of everything above, hex. */
  hash: string;
}

/** `edited`: an entry is not what its writer wrote; `missing`: one that others name; `forked`: one number was written twice. */
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
