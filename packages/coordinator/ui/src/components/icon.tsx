import type { IconName } from "../lib/words.ts";

const PATHS: Record<IconName | "sun" | "moon" | "auto" | "alert" | "search" | "arrow" | "chevron", string> = {
  check: "M3 8.5l3.2 3.2L13 4.8",
  work: "M2 8h2.6l1.9-4.5 3 9L11.4 8H14",
  clock: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2M8 5v3.2l2.2 1.4",
  cross: "M4 4l8 8M12 4l-8 8",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  away: "M2.5 2.5l11 11M5.3 6.2A4.2 4.2 0 0 0 3.7 8M8 5a6 6 0 0 1 4.3 3M6 10.3a2.6 2.6 0 0 1 2-.8M8 12.6v.1",
  dash: "M4 8h8",
  link: "M3 8h10M10 5l3 3-3 3",
  info: "M8 7.2v4M8 4.6v.1M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  moon: "M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6",
  auto: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 2v12M8 5h4.8M8 8h6M8 11h4.8",
  alert: "M8 2.4 14.2 13.4H1.8ZM8 6.6v3M8 11.4v.1",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4l3.1 3.1",
  arrow: "M3 8h9.5M9 4.5 12.5 8 9 11.5",
  chevron: "M6 4l4 4-4 4",
};

/** Decorative: the text beside it has the same meaning. */
export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
