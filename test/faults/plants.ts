/** All planted faults, in the order of the table. Each check brings its own. */
import type { Plant } from './plant.ts';

export const plants: readonly Plant[] = [];
