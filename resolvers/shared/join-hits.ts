import type { Context } from '@aws-appsync/utils';
import { fail } from './fail.ts';

/** Returns the hits with what their records hold, in their order. `databaseId` is there for the fields that are resolved below a hit. */
export function joinHits(ctx: Context, hits: any[], records: any[]): any[] {
  const byKey: Record<string, any> = {};
  for (const record of records) byKey[`${record.pk}\n${record.sk}`] = record;
  const missing = hits.filter((hit) => !byKey[`${hit.pk}\n${hit.sk}`]).length;
  if (missing > 0) {
    const message = `${missing} of ${hits.length} records were removed while this search ran; search again.`;
    fail(ctx, 'UNAVAILABLE', message, { limit: hits.length, actual: missing });
  }
  return hits.map((hit) => {
    const record = byKey[`${hit.pk}\n${hit.sk}`];
    return {
      ...hit,
      databaseId: ctx.args.input.databaseId,
      text: record.text ?? null,
      metadata: record.metadata ?? null,
      page: record.page ?? null,
      startOffset: record.startOffset ?? null,
      endOffset: record.endOffset ?? null,
    };
  });
}
