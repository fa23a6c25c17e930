import type { BackupStep, ControlPlan } from "@sitewright/protocol/site-backup";
import type { ScriptOrigin } from "./sh-script.ts";

/** The steps of a control file as one script of PowerShell 5.1 or later. */
export function renderPs1(plan: ControlPlan, origin: ScriptOrigin): string {
  return lines([
    ...prelude(plan, origin),
    "Begin-Run",
    "try {",
    ...stopAndSave(plan, "save"),
    "} catch { $script:Failed = $true; Say $_ }",
    "finally { Start-All }",
    "Finish",
  ]);
}

/** The same for a tool that saves the files itself: what it has to run before, and what after it. */
export function renderPs1Hooks(plan: ControlPlan, origin: ScriptOrigin): { before: string; after: string } {
  const whole = prelude(plan, origin);
  return {
    before: lines([
      ...whole,
      "Begin-Run",
      "try {",
      ...stopAndSave(plan, "list"),
      "} catch { $script:Failed = $true; Say $_ }",
      "if ($script:Failed) { Start-All; Finish }",
    ]),
    after: lines([...whole, "Resume", "try { Still-Stopped } catch { $script:Failed = $true; Say $_ }", "finally { Start-All }", "Finish"]),
  };
}

function lines(all: readonly string[]): string {
  // Of Windows; the mark tells PowerShell 5.1 that this is UTF-8.
  return `\ufeff${[...all, ""].join("\r\n")}`;
}

function stopAndSave(plan: ControlPlan, copy: "save" | "list"): string[] {
  const indent = (step: BackupStep) => `  ${stepOf(step, copy)}`;
  return [
    "  # [Stop]",
    ...plan.stop.map(indent),
    "  Note 'all-stopped' (Now)",
    "  # [Tasks]",
    ...plan.tasks.map(indent),
    "  Still-Stopped",
  ];
}

function stepOf({ line, action }: BackupStep, copy: "save" | "list"): string {
  switch (action.kind) {
    case "service":
      return `${action.to === "stop" ? "Stop-One" : "Start-One"} ${line} ${quote(action.name)}`;
    case "sleep":
      return `Start-Sleep -Seconds ${action.seconds}`;
    case "command":
      return `Run ${line} ${programOf(action.words)}`;
    case "copy":
      return copy === "save"
        ? `Copy-Part ${line} ${quote(action.part)} ${quote(action.source)} ${quote(action.target)}`
        : `Saved ${line} ${quote(action.part)} (Now) ${quote(action.source)} ${quote(action.source)}`;
    case "dump":
      return `Dump ${line} ${action.part} ${quote(action.target)} ${programOf(action.words)}`;
    case "report":
      return `Report ${line} ${quote(action.target)}`;
    case "export":
      return `Export-Key ${line} ${quote(action.target)} ${argumentsOf(["export", action.key, action.target, "/y"])}`;
  }
}

/** PowerShell takes four more characters for a quote. */
function quote(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

function programOf([program = "", ...args]: readonly string[]): string {
  return `${quote(program)} ${argumentsOf(args)}`;
}

function argumentsOf(words: readonly string[]): string {
  return quote(words.map(argumentOf).join(" "));
}

/** As programs of Windows take their command line apart. */
export function argumentOf(word: string): string {
  if (word !== "" && !/[\s"]/.test(word)) return word;
  return `"${word.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/\\+$/, "$&$&")}"`;
}

function prelude(plan: ControlPlan, { file, digest }: ScriptOrigin): string[] {
  const targets = plan.tasks.flatMap(({ action }) => ("target" in action ? [quote(action.target)] : []));
  return [
    `# Backup of the site ${plan.site ?? ""}, made from the control file ${JSON.stringify(file)} by 'sitewright site-backup export'.`,
    "# Do not edit it: edit the control file and export it again. 'sitewright site-backup check' reads the result.",
    "#Requires -RunAsAdministrator",
    "$ErrorActionPreference = 'Stop'",
    `$Site = ${quote(plan.site ?? "")}`,
    `$Control = ${quote(digest)}`,
    `$Absent = ${quote(plan.absent.join(" "))}`,
    `$Folder = ${quote(plan.folder ?? "")}`,
    `$Targets = @(${targets.join(", ")})`,
    ...FUNCTIONS.split("\n"),
    "# [Start]",
    "function Start-Section {",
    ...plan.start.map((step) => `  try { ${stepOf(step, "save")} } catch { $script:Failed = $true; Say $_ }`),
    "}",
  ];
}

const FUNCTIONS = String.raw`$Own = "$Folder\.sitewright\export"
$Record = "$Own\result"
$Sums = "$Own\sums"
$Owed = "$Own\owed"
$Before = "$Own\previous"
$Failed = $false
$Utf8 = New-Object Text.UTF8Encoding $false
function Now { [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ') }
function Say($what) { [Console]::Error.WriteLine("site-backup: $what") }
function Note { [IO.File]::AppendAllText($Record, ((@($script:Run) + $args) -join [char]9) + [char]10, $Utf8) }
function Running($name) { (Get-Service -Name $name).Status -ne 'Stopped' }
function Digest($path) { (Get-FileHash -LiteralPath $path -Algorithm SHA256).Hash.ToLower() }

# To other accounts: what lies there is all that the site knows. Names of accounts depend on the language of the system, their numbers do not.
function Close-Folder {
  $accounts = @('S-1-5-18', 'S-1-5-32-544', [Security.Principal.WindowsIdentity]::GetCurrent().User.Value)
  $owner = (Get-Acl -LiteralPath $Folder).GetOwner([Security.Principal.SecurityIdentifier]).Value
  if ($accounts -notcontains $owner) { Say "$Folder belongs to another account, who could open it again"; exit 1 }
  $rights = $accounts | ForEach-Object { '*' + $_ + ':(OI)(CI)F' }
  & "$env:SystemRoot\System32\icacls.exe" $Folder /inheritance:r /grant:r $rights | Out-Null
  if ($LASTEXITCODE -ne 0) { Say "$Folder cannot be closed to other accounts: icacls.exe ended with the exit code $LASTEXITCODE"; exit 1 }
}

# Two at once would stop and start under each other. The lock ends with the process.
function Claim {
  [void](New-Item -ItemType Directory -Force $Own)
  if ((Get-Item -LiteralPath $Folder).Attributes -band [IO.FileAttributes]::ReparsePoint) { Say "$Folder is a link"; exit 1 }
  Close-Folder
  try { $script:Lock = [IO.File]::Open("$Own\lock", 'OpenOrCreate', 'ReadWrite', 'None') } catch { Say 'another backup of this site runs'; exit 1 }
}
function Begin-Run {
  Claim
  if (Test-Path -LiteralPath $Owed) { Start-All }
  $complete = (Test-Path -LiteralPath $Record) -and (Select-String -LiteralPath $Record -Pattern "\tcomplete\t" -Quiet)
  $moving = Test-Path -LiteralPath "$Own\moving"
  if ($complete -and -not $moving) {
    if (Test-Path -LiteralPath $Before) { Remove-Item -LiteralPath $Before -Recurse -Force }
    [IO.File]::WriteAllText("$Own\moving", '')
    $moving = $true
  }
  # A run that was killed while it moved is continued: half of the last complete backup is there already.
  foreach ($place in $Targets + $Sums + $Record) {
    if (-not (Test-Path -LiteralPath $place)) { continue }
    if (-not $moving) { Remove-Item -LiteralPath $place -Recurse -Force; continue }
    $inside = $Before + $place.Substring($Folder.Length)
    [void](New-Item -ItemType Directory -Force (Split-Path $inside))
    Move-Item -LiteralPath $place -Destination $inside
  }
  if ($moving) { Remove-Item -LiteralPath "$Own\moving" }
  [void](New-Item -ItemType Directory -Force $Sums)
  $script:Failed = $false
  $script:Run = [DateTime]::UtcNow.ToString('yyyyMMddTHHmmssZ') + '-' + [Guid]::NewGuid().ToString('N').Substring(0, 8)
  Note 'sitewright-site-backup' '1' $Site $Control (Now)
  if ($Absent) { Note 'absent' $Absent }
}
function Stop-One($line, $name) {
  if (Running $name) { [IO.File]::AppendAllText($Owed, $name + [char]10, $Utf8) }
  Stop-Service -Name $name -Force
  if (Running $name) { throw "line $($line): the service $name still runs" }
  Note 'stopped' $name (Now)
}
function Still-Stopped {
  foreach ($row in [IO.File]::ReadAllLines($Record)) {
    $words = $row.Split([char]9)
    if ($words[1] -eq 'stopped' -and (Running $words[2])) { throw "the service $($words[2]) was started during the backup" }
  }
  Note 'still-stopped' (Now)
}
function Run($line, $program, $arguments) {
  $start = New-Object Diagnostics.ProcessStartInfo $program, $arguments
  $start.UseShellExecute = $false
  $process = [Diagnostics.Process]::Start($start)
  $process.WaitForExit()
  if ($process.ExitCode -ne 0) { throw "line $($line): $program ended with the exit code $($process.ExitCode)" }
}
function Saved($line, $part, $began, $place, $name) {
  if (-not (Test-Path -LiteralPath $place -PathType Container)) { Note 'part' $part $name 'file' $began (Now) (Digest $place) '-'; return }
  $list = New-Object Text.StringBuilder
  Get-ChildItem -LiteralPath $place -Recurse -Force -File | ForEach-Object {
    [void]$list.Append((Digest $_.FullName) + ' *.' + $_.FullName.Substring($place.Length).Replace('\', '/') + [char]0)
  }
  [IO.File]::WriteAllText("$Sums\$line", $list.ToString(), $Utf8)
  Note 'part' $part $name 'folder' $began (Now) (Digest "$Sums\$line") "$line"
}
function Inside($target) { $target.Substring($Folder.Length + 1).Replace('\', '/') }
function Copy-Part($line, $part, $source, $target) {
  $began = Now
  [void](New-Item -ItemType Directory -Force (Split-Path $target))
  Copy-Item -LiteralPath $source -Destination $target -Recurse -Force
  Saved $line $part $began $target (Inside $target)
}
function Dump($line, $part, $target, $program, $arguments) {
  $began = Now
  [void](New-Item -ItemType Directory -Force (Split-Path $target))
  if (Test-Path -LiteralPath $target) { Remove-Item -LiteralPath $target -Recurse -Force }
  Run $line $program $arguments
  if (-not (Test-Path -LiteralPath $target)) { throw "line $($line): $program wrote nothing to $target" }
  Saved $line $part $began $target (Inside $target)
}
function Export-Key($line, $target, $arguments) {
  $began = Now
  [void](New-Item -ItemType Directory -Force (Split-Path $target))
  Run $line "$env:SystemRoot\System32\reg.exe" $arguments
  Saved $line 'registry' $began $target (Inside $target)
}
function Report($line, $target) {
  $began = Now
  [void](New-Item -ItemType Directory -Force (Split-Path $target))
  $text = & "$env:SystemRoot\System32\systeminfo.exe" | Out-String
  if ($LASTEXITCODE -ne 0) { throw "line $($line): systeminfo.exe ended with the exit code $LASTEXITCODE" }
  [IO.File]::WriteAllText($target, $text, $Utf8)
  Saved $line 'configuration' $began $target (Inside $target)
}
# One that is being stopped is started when that has ended: it would not run for long.
function Start-One($line, $name) {
  $service = Get-Service -Name $name
  if ($service.Status -eq 'StopPending') { $service.WaitForStatus('Stopped', [TimeSpan]::FromMinutes(5)); $service.Refresh() }
  if ($service.Status -eq 'Stopped') { Start-Service -Name $name }
}
function Start-All {
  Start-Section
  if (Test-Path -LiteralPath $Owed) {
    $all = $true
    foreach ($name in [IO.File]::ReadAllLines($Owed)) { try { Start-One 0 $name } catch { $all = $false; $script:Failed = $true; Say $_ } }
    if ($all) { Remove-Item -LiteralPath $Owed }
  }
}
function Resume {
  Claim
  if (-not (Test-Path -LiteralPath $Record)) { Say 'before.ps1 has not run'; exit 1 }
  $script:Run = [IO.File]::ReadAllLines($Record)[0].Split([char]9)[0]
}
function Finish {
  if ($script:Failed) { Note 'failed' (Now); Say 'the backup failed; see above. The services were started'; exit 1 }
  Note 'complete' (Now)
  [Console]::Out.WriteLine("site-backup: $($script:Run) is complete")
}`;
