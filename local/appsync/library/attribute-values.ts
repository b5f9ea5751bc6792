import type { LibraryFunction } from './handler-session.ts';

/** A DynamoDB attribute value as resolvers see it: numbers stay JSON numbers. */
export type AttributeValue = Record<string, unknown>;

type Plain = Record<string, unknown>;

function isPlain(value: unknown): value is Plain {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Converts a plain value to an attribute value. */
export function toAttribute(value: unknown): AttributeValue {
  if (value === null || value === undefined) return { NULL: null };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  return { M: toAttributes(value as Plain) };
}

/** Converts every value of a map; `undefined` never arrives, because arguments are JSON. */
export function toAttributes(values: Plain): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toAttribute(value)]));
}

/** The types of what `toStringSet` and its kin make. */
export const SETS: ReadonlySet<string> = new Set(['SS', 'NS', 'BS']);

/** As `toAttribute`, but leaves the sets that `toStringSet` and its kin made. */
export function toItemAttribute(value: unknown): AttributeValue {
  if (Array.isArray(value)) return { L: value.map(toItemAttribute) };
  if (!isPlain(value)) return toAttribute(value);
  const keys = Object.keys(value);
  const isSet = keys.length === 1 && SETS.has(keys[0] ?? '') && Array.isArray(value[keys[0] ?? '']);
  return isSet ? value : { M: toItemAttributes(value) };
}

/** As `toAttributes`, but leaves the sets that `toStringSet` and its kin made. */
export function toItemAttributes(values: Plain): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toItemAttribute(value)]));
}

/** Converts the attribute value of a resolver to what DynamoDB's protocol takes. */
export function toWire(value: unknown): AttributeValue {
  if (!isPlain(value) || Object.keys(value).length !== 1) {
    throw new Error(`${JSON.stringify(value)} is not a DynamoDB attribute value such as { "S": "text" }`);
  }
  const [[type, content]] = Object.entries(value) as [[string, unknown]];
  if (type === 'N') return { N: String(content) };
  if (type === 'NULL') return { NULL: true };
  if (type === 'NS') return { NS: (content as unknown[]).map(String) };
  if (type === 'L') return { L: (content as unknown[]).map(toWire) };
  if (type === 'M') return { M: toWireMap(content) };
  return { [type]: content };
}

/** Converts a map of attribute values to what DynamoDB's protocol takes. */
export function toWireMap(values: unknown): Record<string, AttributeValue> {
  if (!isPlain(values))
    throw new Error(`${JSON.stringify(values)} is not a map of DynamoDB attribute values`);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toWire(value)]));
}

/** Converts an attribute value of DynamoDB's protocol to a plain value. Numbers become doubles. */
function fromWire(value: AttributeValue): unknown {
  const [entry] = Object.entries(value);
  if (entry === undefined) return null;
  const [type, content] = entry;
  if (type === 'N') return Number(content);
  if (type === 'NULL') return null;
  if (type === 'NS') return (content as string[]).map(Number);
  if (type === 'L') return (content as AttributeValue[]).map(fromWire);
  if (type === 'M') return fromWireMap(content as Record<string, AttributeValue>);
  return content;
}

/** Converts an item of DynamoDB's protocol to a plain object. */
export function fromWireMap(item: Record<string, AttributeValue>): Plain {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromWire(value)]));
}

function typed(type: string, check: (value: unknown) => boolean, expected: string): LibraryFunction {
  return ([value]) => {
    if (value === null || value === undefined) return null;
    if (!check(value)) throw new Error(`expected ${expected}, not ${JSON.stringify(value)}`);
    return { [type]: value };
  };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isListOf =
  (check: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(check);

/** The typed set makers, which exist both in `util.dynamodb` and in the DynamoDB module. */
export const setMakers = {
  toStringSet: typed('SS', isListOf(isText), 'a list of strings'),
  toNumberSet: typed('NS', isListOf(isNumber), 'a list of numbers'),
  toBinarySet: typed('BS', isListOf(isText), 'a list of base64 strings'),
};

const toS3Object: LibraryFunction = ([key, bucket, region, version]) => {
  const s3 = version === undefined ? { key, bucket, region } : { key, bucket, region, version };
  return { S: JSON.stringify({ s3 }) };
};

/** `util.dynamodb`. */
export const attributeFunctions = {
  'util.dynamodb.toDynamoDB': ([value]) => toAttribute(value),
  'util.dynamodb.toString': typed('S', isText, 'a string'),
  'util.dynamodb.toStringSet': setMakers.toStringSet,
  'util.dynamodb.toNumber': typed('N', isNumber, 'a number'),
  'util.dynamodb.toNumberSet': setMakers.toNumberSet,
  'util.dynamodb.toBinary': typed('B', isText, 'a base64 string'),
  'util.dynamodb.toBinarySet': setMakers.toBinarySet,
  'util.dynamodb.toBoolean': typed('BOOL', (value) => typeof value === 'boolean', 'a boolean'),
  'util.dynamodb.toNull': () => ({ NULL: null }),
  'util.dynamodb.toList': ([value]) => (Array.isArray(value) ? toAttribute(value) : null),
  'util.dynamodb.toMap': ([value]) => (isPlain(value) ? toAttribute(value) : null),
  'util.dynamodb.toMapValues': ([value]) => (isPlain(value) ? toAttributes(value) : null),
  'util.dynamodb.toS3Object': toS3Object,
  'util.dynamodb.fromS3ObjectJson': ([value]) => (JSON.parse(String(value)) as { s3?: unknown }).s3 ?? null,
} satisfies Record<string, LibraryFunction>;
