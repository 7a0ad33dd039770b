/** All planted faults, in the order of the table. Each check brings its own. */
import type { Plant } from './plant.ts';
import { auditPlants } from './plants/audit.ts';
import { backupPlants } from './plants/backups.ts';
import { deskDiskPlants } from './plants/desk-disks.ts';
import { enumerationPlants } from './plants/enumeration.ts';
import { hostilePlants } from './plants/hostile.ts';
import { killPlants } from './plants/kills.ts';
import { rightsPlants } from './plants/rights.ts';
import { secretPlants } from './plants/secrets.ts';
import { simulationPlants } from './plants/simulation.ts';
import { signInPlants } from './plants/sign-in.ts';
import { watchingPlants } from './plants/watching.ts';
import { webhookPlants } from './plants/webhooks.ts';
import { tamperingPlants } from './plants/tamperings.ts';

export const plants: readonly Plant[] = [
  ...backupPlants,
  ...killPlants,
  ...deskDiskPlants,
  ...hostilePlants,
  ...tamperingPlants,
  ...auditPlants,
  ...rightsPlants,
  ...signInPlants,
  ...enumerationPlants,
  ...watchingPlants,
  ...webhookPlants,
  ...simulationPlants,
  ...secretPlants,
];
