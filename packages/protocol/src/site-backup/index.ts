export {
  BACKUP_LINE,
  backupLineTranscript,
  createLineFrames,
  LARGEST_LINE_FRAME,
  LINE_NONCE,
  LINE_SIGNATURE,
  lineFrame,
  type LineFrame,
} from "./backup-line.ts";
export { isInside, OWN_FOLDER, parsePath, pathText, type BackupPath, type PathStyle } from "./backup-path.ts";
export { LARGEST_CONTROL_FILE, type RefusedLine } from "./control-lines.ts";
export { planInFolder, planOfControlFile, type ControlInput, type ControlPlan } from "./control-plan.ts";
export {
  FURTHER_PARTS,
  LONGEST_SLEEP,
  partOf,
  SITE_PARTS,
  targetIn,
  type BackupStep,
  type RestoreAction,
  type RestoreStep,
  type SitePart,
  type SnapshotPart,
  type StepAction,
} from "./step.ts";
