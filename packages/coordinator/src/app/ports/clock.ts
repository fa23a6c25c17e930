/**
 * Milliseconds since 1970; a port so that tests control the time. There are two: `clock` is that of the machine, which somebody may set at
 * any time, by a day or by years where a machine was restored; `steady` is never set. Durations within this process are measured by the
 * second: by the first, they would last for days, or be over at once.
 */
export type Clock = () => number;
