const RATE = /^(\d+(?:\.\d+)?)\s*([kmg]?)bit\/s$/i;
const FACTORS: Record<string, number> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** Reads a rate such as `2 Mbit/s` or `512kbit/s`, as bit/s (k is 1000); undefined when it is none, or below 1 kbit/s. */
export function parseBitRate(text: string): number | undefined {
  const [, amount, unit] = RATE.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const rate = Math.round(Number(amount) * (FACTORS[unit.toLowerCase()] ?? 1));
  return rate >= 1000 && Number.isSafeInteger(rate) ? rate : undefined;
}

/** Reads a share such as `25%`, as 0.25; undefined when it is none, or not above 0 and at most 100 %. */
export function parsePercent(text: string): number | undefined {
  const [, amount] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim()) ?? [];
  const share = Number(amount) / 100;
  return share > 0 && share <= 1 ? share : undefined;
}
