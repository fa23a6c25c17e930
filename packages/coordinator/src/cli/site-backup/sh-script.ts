import type { BackupStep, ControlPlan } from "@sitewright/protocol/site-backup";

/** What a script says of itself. */
export interface ScriptOrigin {
  /** Name of the control file. */
  file: string;
  /** SHA-256 of the control file, hex. */
  digest: string;
}

/** The steps of a control file as one shell script. */
export function renderSh(plan: ControlPlan, origin: ScriptOrigin): string {
  return [...prelude(plan, origin), "begin", ...stopAndSave(plan, "save"), ...start(plan), "start_all; finish", ""].join("\n");
}

/** The same for a tool that saves the files itself: what it has to run before, and what after it. */
export function renderShHooks(plan: ControlPlan, origin: ScriptOrigin): { before: string; after: string } {
  const whole = [...prelude(plan, origin), ...start(plan)];
  return {
    before: [...whole, "begin", ...stopAndSave(plan, "list"), "leave_stopped", ""].join("\n"),
    after: [...whole, "resume", "still_stopped", "start_all; finish", ""].join("\n"),
  };
}

/** @param copy What happens with a folder of the site: `save` copies it, `list` only records what the tool has to save. */
function stopAndSave(plan: ControlPlan, copy: "save" | "list"): string[] {
  return [
    "# [Stop]",
    ...plan.stop.map((step) => stepOf(step, copy)),
    "all_stopped",
    "# [Tasks]",
    ...plan.tasks.map((step) => stepOf(step, copy)),
    "still_stopped",
  ];
}

/** Defined before anything is stopped: it runs whatever fails. */
function start(plan: ControlPlan): string[] {
  return ["# [Start]", "start_section() {", "  :", ...plan.start.map((step) => `  ${stepOf(step, "save")}`), "}"];
}

function stepOf({ line, action }: BackupStep, copy: "save" | "list"): string {
  switch (action.kind) {
    case "service":
      return action.to === "stop" ? `stop_service ${line} ${quote(action.name)}` : `start_service ${line} ${quote(action.name)}`;
    case "sleep":
      return `sleep ${action.seconds}`;
    case "command":
      return `run ${line} ${action.words.map(quote).join(" ")}`;
    case "copy":
      return copy === "save"
        ? `copy ${line} ${action.part} ${quote(action.source)} ${quote(action.target)}`
        : `list ${line} ${action.part} ${quote(action.source)}`;
    case "dump":
      return `dump ${line} ${action.part} ${quote(action.target)} ${action.words.map(quote).join(" ")}`;
    case "report":
      return `report ${line} ${quote(action.target)}`;
    case "export":
      return `fail ${line} 'this system has no registry'`;
  }
}

export function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Places that the script makes, and moves away before. */
function targetsOf(plan: ControlPlan): string[] {
  return plan.tasks.flatMap(({ action }) => ("target" in action ? [action.target] : []));
}

function prelude(plan: ControlPlan, { file, digest }: ScriptOrigin): string[] {
  const targets = targetsOf(plan).map(quote).join(" ");
  return [
    "#!/bin/sh",
    `# Backup of the site ${plan.site ?? ""}, made from the control file ${JSON.stringify(file)} by 'sitewright site-backup export'.`,
    "# Do not edit it: edit the control file and export it again. 'sitewright site-backup check' reads the result.",
    "set -u",
    "umask 077",
    `SITE=${quote(plan.site ?? "")}`,
    `CONTROL=${quote(digest)}`,
    `ABSENT=${quote(plan.absent.join(" "))}`,
    `FOLDER=${quote(plan.folder ?? "")}`,
    FUNCTIONS.replaceAll("@TARGETS@", targets),
  ];
}

const FUNCTIONS = String.raw`OWN="$FOLDER/.sitewright/export"
RECORD="$OWN/result"
SUMS="$OWN/sums"
OWED="$OWN/owed"
BEFORE="$OWN/previous"
WORKING=''
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
tab="$(printf '\t')"
note() { line="$RUN$tab$1"; shift; for word; do line="$line$tab$word"; done; printf '%s\n' "$line" >> "$RECORD" && sync "$RECORD"; }
fail() { echo "site-backup: line $1: $2" >&2; exit 1; }

# Two at once would stop and start under each other. The second one leaves without starting anything.
claim() {
  mkdir -p "$OWN" && [ ! -L "$FOLDER/.sitewright" ] && [ ! -L "$FOLDER" ] && [ -O "$FOLDER" ] || fail 0 "$FOLDER must be a folder of this account, and no link"
  exec 9> "$OWN/lock"
  flock -n 9 || { echo "site-backup: another backup of this site runs" >&2; exit 1; }
  trap ended EXIT
  trap 'exit 1' HUP INT TERM
}

begin() {
  claim
  # Of a run that was killed.
  [ -s "$OWED" ] && start_all
  if grep -q "$tab""complete$tab" "$RECORD" 2> /dev/null && [ ! -e "$OWN/moving" ]; then rm -rf "$BEFORE"; : > "$OWN/moving"; fi
  # A run that was killed while it moved is continued: half of the last complete backup is there already.
  if [ -e "$OWN/moving" ]; then keep mv; rm "$OWN/moving"; else keep rm; fi
  RUN="$(date -u +%Y%m%dT%H%M%SZ)-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')"
  WORKING=1
  mkdir -p "$SUMS"
  note sitewright-site-backup 1 "$SITE" "$CONTROL" "$(now)"
  [ -z "$ABSENT" ] || note absent "$ABSENT"
}

# The last complete backup is moved aside; what a failed one left is removed.
keep() {
  for place in @TARGETS@ "$SUMS" "$RECORD"; do
    if [ -e "$place" ] || [ -L "$place" ]; then
      if [ "$1" = rm ]; then rm -rf "$place"
      else inside="$BEFORE/\${place#"$FOLDER"/}"; mkdir -p "$(dirname "$inside")"; mv "$place" "$inside" || fail 0 "$place cannot be moved aside"; fi
    fi
  done
}

stop_service() {
  if systemctl is-active --quiet "$2"; then printf '%s\n' "$2" >> "$OWED"; sync "$OWED"; fi
  systemctl stop "$2" || fail "$1" "the service $2 cannot be stopped"
  if systemctl is-active --quiet "$2"; then fail "$1" "the service $2 still runs"; fi
  STOPPED="\${STOPPED:-} $2"
  note stopped "$2" "$(now)"
}
all_stopped() { note all-stopped "$(now)"; }
still_stopped() {
  for service in $(awk -F"$tab" '$2 == "stopped" { print $3 }' "$RECORD"); do
    if systemctl is-active --quiet "$service"; then fail 0 "the service $service was started during the backup"; fi
  done
  note still-stopped "$(now)"
}

run() { at="$1"; shift; "$@" < /dev/null || fail "$at" "$1 ended with the exit code $?"; }
sums() { find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum --binary --zero; }
digest() { sha256sum < "$1" | cut -c1-64; }
# saved LINE PART BEGAN PLACE NAME
saved() {
  if [ -d "$4" ]; then
    (cd "$4" && sums) > "$SUMS/$1" || fail "$1" "$4 cannot be read"
    note part "$2" "$5" folder "$3" "$(now)" "$(digest "$SUMS/$1")" "$1"
  else note part "$2" "$5" file "$3" "$(now)" "$(digest "$4")" -; fi
}
copy() {
  began="$(now)"; mkdir -p "$(dirname "$4")"
  cp -a -- "$3" "$4" || fail "$1" "$3 cannot be copied"
  saved "$1" "$2" "$began" "$4" "\${4#"$FOLDER"/}"
}
# What another tool has to save: the sums are those of the original.
list() { saved "$1" "$2" "$(now)" "$3" "$3"; }
dump() {
  at="$1"; part="$2"; to="$3"; shift 3; began="$(now)"; mkdir -p "$(dirname "$to")"; rm -rf "$to"
  run "$at" "$@"
  [ -s "$to" ] || fail "$at" "$1 wrote nothing to $to"
  saved "$at" "$part" "$began" "$to" "\${to#"$FOLDER"/}"
}
report() {
  began="$(now)"; mkdir -p "$(dirname "$2")"
  { uname -a; cat /etc/os-release; df -P; timeout 10 ip address; } > "$2" 2> /dev/null
  saved "$1" configuration "$began" "$2" "\${2#"$FOLDER"/}"
}

start_service() { systemctl start "$2" || { echo "site-backup: line $1: the service $2 cannot be started" >&2; FAILED=1; }; }
start_all() {
  FAILED=''
  (set +e; start_section; [ -z "$FAILED" ]) || FAILED=1
  if [ -s "$OWED" ]; then
    while read -r service; do systemctl is-active --quiet "$service" || systemctl start "$service" || FAILED=1; done < "$OWED"
  fi
  if [ -z "$FAILED" ]; then rm -f "$OWED"; fi
}
ended() {
  code=$?
  trap - EXIT
  if [ -n "$WORKING" ]; then echo "site-backup: the backup failed; the services are started" >&2; start_all; note failed "$(now)"; fi
  exit "$code"
}
leave_stopped() { WORKING=''; exit 0; }
resume() {
  claim
  [ -s "$RECORD" ] || fail 0 "before.sh has not run"
  RUN="$(head -n 1 "$RECORD" | cut -f 1)"; WORKING=1
}
finish() {
  if [ -n "$FAILED" ]; then WORKING=''; note failed "$(now)"; echo "site-backup: a service could not be started" >&2; exit 1; fi
  note complete "$(now)"; WORKING=''
  echo "site-backup: $RUN is complete"
}
`.replaceAll("\\${", "${");
