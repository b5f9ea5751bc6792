import type { Caller, FunctionRequest } from '../shared/handle-operations.ts';
import { loadDatabase } from '../shared/database-item.ts';
import { mapConcurrently } from '../shared/map-concurrently.ts';
import { toNumbers } from '../shared/values.ts';
import type { VectorDeps } from './vector-deps.ts';

/** Names one vector whose values are wanted. */
export interface ReadValuesArguments {
  databaseId: string;
  id: string;
}

interface Group {
  databaseId: string;
  caller: Caller;
  ids: Set<string>;
}

const GROUP_CONCURRENCY = 4;

function groupKey({ caller, arguments: { databaseId } }: FunctionRequest<ReadValuesArguments>): string {
  return JSON.stringify([databaseId, caller.kind, caller.id, caller.databaseIds]);
}

async function readGroup(deps: VectorDeps, group: Group): Promise<Map<string, number[]> | Error> {
  try {
    const item = await loadDatabase(deps.databases, group.databaseId, group.caller);
    const engine = await deps.openEngine(item);
    const rows = await engine.readRows([...group.ids]);
    return new Map(rows.map((row) => [row.id, toNumbers(row.values)]));
  } catch (error) {
    return error instanceof Error
      ? error
      : new Error('Something other than an Error was thrown.', { cause: error });
  }
}

/** Answers the values of many vectors with one read per database; null for a vector that is not live any more. */
export async function readVectorValues(
  deps: VectorDeps,
  requests: FunctionRequest<ReadValuesArguments>[],
): Promise<unknown[]> {
  const groups = new Map<string, Group>();
  for (const request of requests) {
    const { databaseId, id } = request.arguments;
    const group = groups.get(groupKey(request)) ?? {
      databaseId,
      caller: request.caller,
      ids: new Set<string>(),
    };
    group.ids.add(id);
    groups.set(groupKey(request), group);
  }
  const keys = [...groups.keys()];
  const read = await mapConcurrently(keys, GROUP_CONCURRENCY, (key) =>
    readGroup(deps, groups.get(key) as Group),
  );
  const answers = new Map(keys.map((key, index) => [key, read[index] as Map<string, number[]> | Error]));
  return requests.map((request) => {
    const values = answers.get(groupKey(request));
    return values instanceof Map ? (values.get(request.arguments.id) ?? null) : values;
  });
}
