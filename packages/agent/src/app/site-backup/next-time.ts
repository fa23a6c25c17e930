/** When a clock shows `hour:minute` next after `now`, ms since 1970. @param now ms since 1970. */
export function nextDaily(now: number, { hour, minute }: { hour: number; minute: number }): number {
  const at = new Date(now);
  at.setHours(hour, minute, 0, 0);
  // By the calendar: days with a change of the clock have not 24 hours.
  if (at.getTime() <= now) at.setDate(at.getDate() + 1);
  return at.getTime();
}
