import { toWire, toWireMap } from '../library/attribute-values.ts';
import type { AttributeValue } from '../library/attribute-values.ts';
import type { Expression } from '../library/expression.ts';
import { refuseRequest, requestObject, requireMember } from './data-source.ts';
import type { SourceRequest } from './data-source.ts';

/** Input of a low-level call, built from the parts of a request. */
type WireInput = Record<string, unknown>;

/** Which member of the input takes which expression of the request. */
const EXPRESSIONS = {
  query: 'KeyConditionExpression',
  filter: 'FilterExpression',
  condition: 'ConditionExpression',
  update: 'UpdateExpression',
  projection: 'ProjectionExpression',
} as const;

type ExpressionPart = keyof typeof EXPRESSIONS;

/** `util.transform` answers JSON text: both that and the object may stand in a request. */
function readExpression(part: string, value: unknown): Expression {
  const read: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  const expression = read as Expression | null;
  if (typeof expression?.expression === 'string' && expression.expression !== '') return expression;
  return refuseRequest(`'${part}' must have an expression, not ${JSON.stringify(value)}.`);
}

/** Merges the named expressions of a request into one set of placeholders. */
export function expressionsOf(request: SourceRequest, parts: readonly ExpressionPart[]): WireInput {
  const input: WireInput = {};
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  for (const part of parts) {
    if (request[part] === undefined || request[part] === null) continue;
    const { expression, expressionNames, expressionValues } = readExpression(part, request[part]);
    input[EXPRESSIONS[part]] = expression;
    Object.assign(names, expressionNames);
    for (const [name, value] of Object.entries(expressionValues ?? {})) values[name] = toWire(value);
  }
  if (Object.keys(names).length > 0) input.ExpressionAttributeNames = names;
  if (Object.keys(values).length > 0) input.ExpressionAttributeValues = values;
  return input;
}

/** Returns the key of a request in the shape of the protocol. */
export function keyOf(request: SourceRequest): Record<string, AttributeValue> {
  return mapOf('key', requireMember(request, 'key'));
}

/** Returns a map of attribute values in the shape of the protocol; `name` is for the message. */
export function mapOf(name: string, value: unknown): Record<string, AttributeValue> {
  try {
    return toWireMap(value);
  } catch (thrown) {
    return refuseRequest(`'${name}': ${(thrown as Error).message}`);
  }
}

/** Returns the tables of a batch request. */
export function tablesOf(request: SourceRequest): [string, unknown][] {
  return Object.entries(requestObject(requireMember(request, 'tables')));
}

/** Returns a list, or ends the field. */
export function listOf(name: string, value: unknown): unknown[] {
  return Array.isArray(value)
    ? value
    : refuseRequest(`'${name}' must be a list, not ${JSON.stringify(value)}.`);
}

/** Copies settings that are given, under the protocol's names. */
export function settingsOf(request: SourceRequest, names: Record<string, string>): WireInput {
  const entries = Object.entries(names).filter(
    ([name]) => request[name] !== undefined && request[name] !== null,
  );
  return Object.fromEntries(entries.map(([name, member]) => [member, request[name]]));
}
