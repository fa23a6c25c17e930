/** A rule that the product broke. */
export interface Violation {
  rule: string;
  what: string;
  /** ms since the start of the simulation. */
  at: number;
}

/** Collects what broke a rule; the simulation ends at the first. */
export interface Violations {
  note(rule: string, what: string): void;
  first(): Violation | undefined;
}

export function createViolations(elapsed: () => number): Violations {
  let first: Violation | undefined;
  return {
    note(rule, what) {
      first ??= { rule, what, at: elapsed() };
    },
    first: () => first,
  };
}
