/** How far the checks have followed a world. */
import type { Model } from './model.ts';

export interface Standing {
  /** What the log's present history says should be. */
  model: Model;
  /** How far the model has followed the log. */
  seq: number;
}
