/** The result of `work`, or the code of the error that it throws. */
export function attempt<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
