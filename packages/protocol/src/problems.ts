/** A problem of the site data that needs an operator: the units it concerns are not delivered where clients wait for them. */
export function needsMending({ leftOut, code }: { leftOut: boolean; code: string }): boolean {
  return leftOut || code === "DISTRIBUTION_POINT_UNKNOWN";
}
