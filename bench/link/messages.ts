/** What the bench asks of the process that plays the line; each is answered with the same id. */
export type LinkAsk = { id: number } & (
  | { ask: "open"; host: string; port: number }
  | { ask: "shape"; rate: number; delay: number }
  | { ask: "suffer"; from: Trouble }
  | { ask: "count" }
);

/** What befalls the connections of a line, all of them. Times in ms. */
export type Trouble =
  /** Up and down in turns; at the end of a turn connections break, and while it is down none is taken. */
  | { kind: "flaps"; up: number; down: number }
  /** No connection lasts longer. */
  | { kind: "cuts"; after: number }
  /** Once, so long from now: what is open then carries nothing any more, and neither side is told. */
  | { kind: "forgets"; after: number };

export interface LinkAnswer {
  id: number;
  /** For `open`: the port to connect to instead. */
  port?: number;
  /** For `count`: payload bytes so far, all connections together. `down` goes to whoever connects. */
  count?: LinkCount;
}

export interface LinkCount {
  down: number;
  up: number;
}
