const TWO_PACKETS = 3000;

/** Bit/s by which a second may be above its budget. */
export const mostAbove = (budget: number): number => Math.max(budget * 0.03, TWO_PACKETS * 8);
