/** All planted faults, in the order of the table. Each check brings its own. */
import type { Plant } from './plant.ts';
import { killPlants } from './plants/kills.ts';
import { rightsPlants } from './plants/rights.ts';

export const plants: readonly Plant[] = [...killPlants, ...rightsPlants];
