/** A transaction history file (`replmgr.box\history\<SITE>.trs`): what its owner last received from that site. */
export interface TransactionHistory {
  /** The highest transaction id in it; undefined: it has none. */
  highest: number | undefined;
  /** Lines that are neither a section nor `key=number`, counted from 1. */
  strange: number[];
}

/** A header may lack its first bracket, as in the example of Q288970; a key may hold `=` itself, as NAL paths do. */
const SECTION = /^\[?[\w ]+\]$/;
const ENTRY = /^.+=(\d{1,10})$/;

/** Sections of `key=transaction id`; the last `=` of a line parts them. */
export function readTransactionHistory(text: string): TransactionHistory {
  let highest: number | undefined;
  const strange: number[] = [];
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim();
    if (line === "" || SECTION.test(line)) continue;
    const number = ENTRY.exec(line)?.[1];
    if (number === undefined) strange.push(index + 1);
    else highest = Math.max(highest ?? 0, Number(number));
  }
  return { highest, strange };
}
