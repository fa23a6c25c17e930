/** A problem of the site data that needs an operator: units are not delivered where clients wait for them, or the hierarchy is not as it is stated. */
export function needsMending({ leftOut, code }: { leftOut: boolean; code: string }): boolean {
  return leftOut || code === "DISTRIBUTION_POINT_UNKNOWN" || code === "PARENT_REFUSED" || code === "DELETION_IN_FORCE";
}
