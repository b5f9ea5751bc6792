import type { ChunkingInput, InputMaybe } from '../../../schema/generated/types.ts';
import { validateFields } from '../../shared/validate-arguments.ts';
import type { ChunkingRules } from '../chunk/chunk.ts';

/** Returns the rules for one file: what its upload says, and the database's for the rest. */
export function resolveChunking(
  given: InputMaybe<ChunkingInput> | undefined,
  ofDatabase: ChunkingRules,
): ChunkingRules {
  const rules = {
    strategy: given?.strategy ?? ofDatabase.strategy,
    maxTokens: given?.maxTokens ?? ofDatabase.maxTokens,
    overlapTokens: given?.overlapTokens ?? ofDatabase.overlapTokens,
  };
  // A smaller chunk alone must not be refused for an overlap that the caller never chose.
  if (given?.overlapTokens === undefined || given.overlapTokens === null) {
    rules.overlapTokens = Math.min(rules.overlapTokens, Math.floor(rules.maxTokens / 2));
  }
  validateFields('ChunkingInput', rules, 'input.chunking.');
  return rules;
}
