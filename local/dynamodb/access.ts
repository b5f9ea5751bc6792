import type { RequestContext } from '../iam/index.ts';
import { attributesOf, leadingKeysOf } from './request-facts.ts';
import type { Json } from './request-facts.ts';

/** One permission that a request needs. */
export interface RequiredAccess {
  action: string;
  resource: string;
  context: RequestContext;
}

/** What is known of the tables that a request names. */
export interface TableFacts {
  arnOfTable: (name: string) => string;
  /** The partition key's attribute of a table or of its index; undefined for a table that is not there. */
  partitionKeyOf: (table: string, index: string | undefined) => string | undefined;
}

const ACTION_OF_WRITE: Record<string, string> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/** Returns every permission that a request needs: batches one for each table, transactions one for each item. */
export function requiredAccess(operation: string, input: Json, facts: TableFacts): RequiredAccess[] {
  if (operation === 'ListTables') return [{ action: 'dynamodb:ListTables', resource: '*', context: {} }];
  return partsOf(operation, input).map((part) => ({
    action: `dynamodb:${part.action}`,
    resource: resourceOf(part, facts),
    context: contextOf(part, facts),
  }));
}

interface RequestPart {
  action: string;
  table: string;
  /** What it says of the table: one request, or those of a batch. */
  requests: Json[];
}

/** Which tables a request names depends on the operation alone: the database ignores fields that are not its own. */
function partsOf(operation: string, input: Json): RequestPart[] {
  const batch = input.RequestItems;
  if (operation.startsWith('Batch') && isObject(batch)) {
    return Object.entries(batch).map(([table, content]) => ({
      action: operation,
      table,
      requests: requestsOfBatch(content),
    }));
  }
  if (operation.startsWith('Transact') && Array.isArray(input.TransactItems)) {
    return input.TransactItems.flatMap((item) =>
      Object.entries((item ?? {}) as Record<string, Json>).map(([kind, request]) => ({
        action: ACTION_OF_WRITE[kind] ?? kind,
        table: textOf(request.TableName),
        requests: [request],
      })),
    );
  }
  return [{ action: operation, table: textOf(input.TableName), requests: [input] }];
}

/** A batch that reads has keys and what they share; one that writes has a list. */
function requestsOfBatch(content: unknown): Json[] {
  if (Array.isArray(content))
    return content.flatMap((write) => Object.values((write ?? {}) as Record<string, Json>));
  const { Keys, ...shared } = (content ?? {}) as Json;
  return Array.isArray(Keys) ? Keys.map((Key) => ({ ...shared, Key: Key as Json })) : [shared];
}

function contextOf({ table, requests }: RequestPart, facts: TableFacts): RequestContext {
  const [first = {}] = requests;
  const index = typeof first.IndexName === 'string' ? first.IndexName : undefined;
  const key = facts.partitionKeyOf(nameOf(table), index);
  const values = {
    'dynamodb:LeadingKeys': unique(requests.flatMap((request) => leadingKeysOf(request, key))),
    'dynamodb:Attributes': unique(requests.flatMap(attributesOf)),
  };
  const single = { 'dynamodb:Select': first.Select, 'dynamodb:ReturnValues': first.ReturnValues };
  return {
    ...Object.fromEntries(Object.entries(values).filter(([, list]) => list.length > 0)),
    ...Object.fromEntries(
      Object.entries(single).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
  };
}

function resourceOf({ table, requests }: RequestPart, { arnOfTable }: TableFacts): string {
  const index = requests[0]?.IndexName;
  const arn = table.startsWith('arn:') ? table : arnOfTable(table);
  return typeof index === 'string' ? `${arn}/index/${index}` : arn;
}

const nameOf = (table: string): string => table.slice(table.lastIndexOf('/') + 1);
const unique = (values: string[]): string[] => [...new Set(values)];
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
