import type { RequestContext } from '../iam/index.ts';

type Json = Record<string, unknown>;

/** One permission that a request needs. */
export interface RequiredAccess {
  action: string;
  resource: string;
  context: RequestContext;
}

/** Returns every permission that a request needs: batches and transactions one for each table. */
export function requiredAccess(
  operation: string,
  input: Json,
  arnOfTable: (name: string) => string,
): RequiredAccess[] {
  const action = `dynamodb:${operation}`;
  if (operation === 'ListTables') return [{ action, resource: '*', context: {} }];
  return tablesOf(input).map((name) => ({
    action,
    resource: resourceOf(name, input, arnOfTable),
    context: {},
  }));
}

function tablesOf(input: Json): string[] {
  const batch = input.RequestItems;
  if (batch !== null && typeof batch === 'object') return Object.keys(batch);
  return [typeof input.TableName === 'string' ? input.TableName : ''];
}

function resourceOf(name: string, input: Json, arnOfTable: (name: string) => string): string {
  const table = name.startsWith('arn:') ? name : arnOfTable(name);
  return typeof input.IndexName === 'string' ? `${table}/index/${input.IndexName}` : table;
}
