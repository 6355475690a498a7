// CPU time of another process, user and system, from Linux's /proc.

import { readFileSync } from 'node:fs';

/** Clock ticks a second of /proc/PID/stat: USER_HZ is 100 on every architecture that Node runs on (time(7)). */
const USER_HZ = 100;

/** Seconds of CPU since the process began, all its threads together. Source of the fields: proc_pid_stat(5), utime and stime. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in brackets and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / USER_HZ;
}
