import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "sitewright-theme";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

/** The user's choice; `system` follows the operating system. */
export const theme = signal<Theme>("system");

/** To be called once, before anything is drawn. */
export function restoreTheme(): void {
  const kept = localStorage.getItem(KEY);
  apply(kept === "light" || kept === "dark" ? kept : "system");
}

export function switchTheme(): void {
  apply(NEXT[theme.value]);
  localStorage.setItem(KEY, theme.value);
}

function apply(chosen: Theme): void {
  theme.value = chosen;
  document.documentElement.dataset.theme = chosen;
}
