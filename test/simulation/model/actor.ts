import type { VectorDatabase } from '../../../engine/api.ts';
import type { ModelWorld } from './model-world.ts';
import type { Connection } from './simulated-storage.ts';

/** One writer or reader, as it is connected now. */
export interface Actor {
  world: ModelWorld;
  name: string;
  database: VectorDatabase;
  connection: Connection;
}
