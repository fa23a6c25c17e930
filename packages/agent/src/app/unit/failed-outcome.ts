import { SitewrightError, type Outcome } from "@sitewright/protocol";

/** Whatever an order threw, as its outcome. */
export function failedOutcome(error: unknown): Outcome & { kind: "failed" } {
  const { code, message, path, retryable } = SitewrightError.from(error);
  return { kind: "failed", code, message, ...(path === undefined ? {} : { path }), retryable };
}
