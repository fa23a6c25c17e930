import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";
import type { Needed } from "./installed.ts";

const PLACES = [
  process.env.CHROMIUM_PATH ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * Features that tests do not need. Replaces playwright's list, which precedes it: the features kept from that make no outside requests and
 * delay no picture. The rest start a process for the address bar and one in reserve with each window, which take twice as long as the page
 * itself.
 */
const WITHOUT = [
  "AimEnabled",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "SpareRendererForSitePerProcess",
  "WebUIOmniboxAimPopup",
  "WebUIOmniboxPopup",
];

/** Without background activity or outside requests. */
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--disable-features=${WITHOUT.join(",")}`,
  // Pages share a process: starting one takes longer than most tests.
  "--renderer-process-limit=1",
];

/** A Chromium or Chrome. */
export const CHROMIUM: Needed = {
  missing: () => (findChromium() === undefined ? "a Chromium is missing, which shows the user interface" : undefined),
  packages: ["chromium"],
  elsewhere: [
    "Fedora, RHEL:  sudo dnf install chromium",
    "macOS:         brew install --cask google-chrome",
    "Windows:       winget install Google.Chrome",
    "anywhere:      set CHROMIUM_PATH to a Chromium or Chrome",
  ],
};

/** Throws when there is none. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error("no Chromium was found: set CHROMIUM_PATH, or run 'npm test', which says how to get one");
  return chromium.launch({ executablePath, args: ARGS });
}

function findChromium(): string | undefined {
  return PLACES.find((place) => place !== "" && existsSync(place));
}
