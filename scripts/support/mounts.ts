/**
 * For the shell of a new mount namespace: lets go of the disks of tests that run meanwhile. The namespace copies all mounts, and a disk of
 * which a copy is mounted stays in use when its own test has unmounted it.
 */
export const RELEASE_DISKS = "grep -o ' [^ ]*/sitewright-[^ ]* ext4 ' /proc/self/mounts | cut -d ' ' -f 2 | xargs -r umount --lazy";
