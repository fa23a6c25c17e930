/** Somebody has to do something about a problem of the site data: what it concerns is not brought where it is waited for. */
export function needsMending({ leftOut, code }: { leftOut: boolean; code: string }): boolean {
  return leftOut || code === "DISTRIBUTION_POINT_UNKNOWN";
}
