export {
  BACKUP_LINE,
  backupLineTranscript,
  createLineFrames,
  LINE_NONCE,
  LINE_SIGNATURE,
  lineFrame,
  type LineFrame,
} from "./backup-line.ts";
export { OWN_FOLDER, type BackupPath, type PathStyle } from "./backup-path.ts";
export { LARGEST_CONTROL_FILE, type RefusedLine } from "./control-lines.ts";
export { planInFolder, planOfControlFile, type ControlInput, type ControlPlan } from "./control-plan.ts";
export {
  FURTHER_PARTS,
  SITE_PARTS,
  targetIn,
  type BackupStep,
  type RestoreAction,
  type RestoreStep,
  type SitePart,
  type SnapshotPart,
  type StepAction,
} from "./step.ts";
