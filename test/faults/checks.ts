/** All checks, in the order of the table. */
import type { Check } from './check.ts';
import { away } from './checks/away.ts';
import { auditComplete } from './checks/audit-complete/audit-complete.ts';
import { auditTampered } from './checks/audit-tampered.ts';
import { carriedOver } from './checks/carried-over.ts';
import { oldBackup } from './checks/old-backup.ts';
import { restoreEqual } from './checks/restore-equal.ts';
import { unsafeSettings } from './checks/unsafe-settings.ts';
import { rightsMatrix } from './checks/rights-matrix.ts';
import { scopedReplicas } from './checks/scoped-replicas.ts';
import { cutMidFrame } from './checks/cut-mid-frame.ts';
import { deskKilled } from './checks/desk-killed.ts';
import { diskFull } from './checks/disk-full.ts';
import { diskFullFiles } from './checks/disk-full-files.ts';
import { diskFullServer } from './checks/disk-full-server.ts';
import { doubleOpen } from './checks/double-open.ts';
import { deskPowerCut } from './checks/desk-power-cut.ts';
import { journalTorn } from './checks/journal-torn.ts';
import { enumeration } from './checks/enumeration/enumeration.ts';
import { hostileClient } from './checks/hostile-client.ts';
import { revokedSocket } from './checks/revoked-socket.ts';
import { movingServers } from './checks/moving-servers/moving-servers.ts';
import { fuzzedFrames } from './checks/fuzzed-frames/fuzzed-frames.ts';
import { simulation } from './checks/simulation.ts';
import { swallowedIntents } from './checks/swallowed-intents.ts';
import { reconnects } from './checks/reconnects.ts';
import { signIn } from './checks/sign-in/sign-in.ts';
import { secretsCanary } from './checks/secrets-canary/secrets-canary.ts';
import { watching } from './checks/watching/watching.ts';
import { webhooks } from './checks/webhooks/webhooks.ts';
import { databaseKilled, serverKilled } from './checks/server-killed.ts';

export const checks: readonly Check[] = [
  serverKilled,
  databaseKilled,
  deskKilled,
  deskPowerCut,
  journalTorn,
  diskFull,
  diskFullServer,
  diskFullFiles,
  doubleOpen,
  cutMidFrame,
  away,
  reconnects,
  oldBackup,
  restoreEqual,
  carriedOver,
  unsafeSettings,
  auditTampered,
  auditComplete,
  rightsMatrix,
  scopedReplicas,
  swallowedIntents,
  fuzzedFrames,
  simulation,
  movingServers,
  hostileClient,
  revokedSocket,
  signIn,
  enumeration,
  watching,
  webhooks,
  secretsCanary,
];
