import type { QueryListFilesArgs } from '../../schema/generated/types.ts';
import type { FieldContext } from './field-context.ts';

/** The context of a step of listFiles. */
export type ListFilesContext<Result = unknown> = FieldContext<QueryListFilesArgs, { limit: number }, Result>;
