import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

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

/** Ensures that a Chromium is installed: installs it on Debian and Ubuntu as root, elsewhere prints how. */
export function ensureChromium(): void {
  if (findChromium() !== undefined) return;
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    console.error("Installing chromium with apt-get ...");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    for (const args of [
      ["update", "-qq"],
      ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ]) {
      spawnSync("apt-get", args, { stdio: ["ignore", 2, 2], env });
    }
    if (findChromium() !== undefined) return;
  }
  console.error(
    [
      "sitewright: a Chromium is missing; the tests of the user interface need one. To get it:",
      "  Debian, Ubuntu:  sudo apt-get install chromium",
      "  Fedora, RHEL:    sudo dnf install chromium",
      "  macOS:           brew install --cask google-chrome",
      "  Windows:         winget install Google.Chrome",
      "  anywhere:        set CHROMIUM_PATH to a Chromium or Chrome",
    ].join("\n"),
  );
  process.exit(1);
}

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
