/** Of a condition over answers that may be unknown: "maybe" if some of the possible answers make it true, and some do not. */
export type Truth = "yes" | "no" | "maybe";

export function negated(truth: Truth): Truth {
  return truth === "maybe" ? "maybe" : truth === "yes" ? "no" : "yes";
}

/** True if all are; stops at the first that is not. */
export function all<T>(items: Iterable<T>, truthOf: (item: T) => Truth): Truth {
  let result: Truth = "yes";
  for (const item of items) {
    const truth = truthOf(item);
    if (truth === "no") return "no";
    if (truth === "maybe") result = "maybe";
  }
  return result;
}

/** True if one is; stops at the first that is. */
export function any<T>(items: Iterable<T>, truthOf: (item: T) => Truth): Truth {
  let result: Truth = "no";
  for (const item of items) {
    const truth = truthOf(item);
    if (truth === "yes") return "yes";
    if (truth === "maybe") result = "maybe";
  }
  return result;
}

export function both(first: Truth, second: Truth): Truth {
  return first === "yes" || second === "no" ? second : first;
}
