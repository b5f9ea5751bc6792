export type Json = Record<string, unknown>;

/** Words of the expression language, which are no attributes. */
const WORDS = new Set('AND OR NOT BETWEEN IN SET REMOVE ADD DELETE'.split(' '));
const EXPRESSIONS = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
  'UpdateExpression',
];
const MAPS = ['Item', 'Key', 'Expected', 'AttributeUpdates', 'KeyConditions', 'QueryFilter', 'ScanFilter'];

/** Returns the values of the partition key that a request is about: none for a scan. */
export function leadingKeysOf(request: Json, key: string | undefined): string[] {
  if (key === undefined) return [];
  const direct = [request.Key, request.Item].flatMap((item) => scalarOf(memberOf(item, key)));
  const condition = memberOf(request.KeyConditions, key);
  const listed = memberOf(condition, 'AttributeValueList');
  const legacy = Array.isArray(listed) ? listed.flatMap(scalarOf) : [];
  return [...direct, ...legacy, ...expressionKeys(request, key)];
}

/** Finds `key = :value` in either order; a query has exactly one for its partition key. */
function expressionKeys(request: Json, key: string): string[] {
  const { KeyConditionExpression: expression, ExpressionAttributeValues: values } = request;
  if (typeof expression !== 'string') return [];
  const names = [...expression.matchAll(/(?<left>[#:\w.-]+)\s*=\s*(?<right>[#:\w.-]+)/g)];
  return names.flatMap(({ groups = {} }) => {
    const sides = [groups.left ?? '', groups.right ?? ''];
    const isAboutKey = sides.some((side) => attributeName(side, request) === key);
    const value = sides.find((side) => side.startsWith(':'));
    return isAboutKey && value !== undefined ? scalarOf(memberOf(values, value)) : [];
  });
}

/** Returns the top-level attributes that a request reads, writes or compares. */
export function attributesOf(request: Json): string[] {
  const { AttributesToGet: wanted } = request;
  const ofMaps = MAPS.flatMap((name) => Object.keys((request[name] ?? {}) as Json));
  const ofList = Array.isArray(wanted) ? wanted.map(String) : [];
  const ofText = EXPRESSIONS.flatMap((name) => {
    const text = request[name];
    return typeof text === 'string' ? attributesOfExpression(text, request) : [];
  });
  return [...ofMaps, ...ofList, ...ofText];
}

/** What follows a dot, a bracket or a colon is no top-level attribute, and what precedes a parenthesis is a function. */
function attributesOfExpression(text: string, request: Json): string[] {
  const found = text.matchAll(/(?<![\w#.:[])(#?[A-Za-z_][\w-]*)(?!\w)(?!\s*\()/g);
  return [...found]
    .map(([, name = '']) => name)
    .filter((name) => !WORDS.has(name.toUpperCase()))
    .map((name) => attributeName(name, request));
}

function attributeName(name: string, { ExpressionAttributeNames: names }: Json): string {
  if (!name.startsWith('#')) return name;
  const actual = memberOf(names, name);
  return typeof actual === 'string' ? actual : name;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Json)[name]
    : undefined;
}

function scalarOf(value: unknown): string[] {
  const { S, N, B } = (value ?? {}) as Json;
  const scalar = S ?? N ?? B;
  return typeof scalar === 'string' ? [scalar] : [];
}
