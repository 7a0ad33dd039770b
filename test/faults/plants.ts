/** All planted faults, in the order of the table. Each check brings its own. */
import type { Plant } from './plant.ts';
import { hostilePlants } from './plants/hostile.ts';
import { killPlants } from './plants/kills.ts';
import { rightsPlants } from './plants/rights.ts';
import { tamperingPlants } from './plants/tamperings.ts';

export const plants: readonly Plant[] = [
  ...killPlants,
  ...hostilePlants,
  ...tamperingPlants,
  ...rightsPlants,
];
