import { isIP } from 'node:net';
import { GraphQLError, Kind } from 'graphql';
import type { GraphQLScalarType, GraphQLSchema, ValueNode } from 'graphql';

interface ScalarRules {
  /** Returns what resolvers see, or throws with the reason. */
  parse: (value: unknown) => unknown;
  /** Returns what clients see, or throws with the reason. */
  serialize: (value: unknown) => unknown;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `words` is what the service calls a value in its messages. */
function textRules(words: string, isValid: (text: string) => boolean): ScalarRules {
  const checking =
    (verb: 'parse' | 'serialize') =>
    (value: unknown): string => {
      if (typeof value === 'string' && isValid(value)) return value;
      throw new GraphQLError(`Unable to ${verb} \`${shown(value)}\` as a valid ${words}.`);
    };
  return { parse: checking('parse'), serialize: checking('serialize') };
}

const ZONE = String.raw`(?:Z|[+-]\d\d:\d\d(?::\d\d)?)`;
const DATE = new RegExp(String.raw`^(-?\d{4}-\d\d-\d\d)${ZONE}?$`);
const TIME = new RegExp(String.raw`^(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?${ZONE}?$`);
const DATE_TIME = new RegExp(String.raw`^(-?\d{4}-\d\d-\d\d)T(.+)$`);
const EMAIL = /^[^\s@"(),:;<>[\]\\]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;
const PHONE = /^\+?[0-9](?:[ -]?[0-9]){4,16}$/;

/** Without a country code it is a number of North America, whose area and exchange begin with 2 to 9. */
function isPhone(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  return PHONE.test(text) && (digits.startsWith('+') || /^1?[2-9]\d{2}[2-9]\d{6}$/.test(digits));
}

function isDate(text: string): boolean {
  const day = DATE.exec(text)?.[1];
  if (day === undefined) return false;
  const parsed = new Date(`${day}T00:00:00Z`);
  return Number.isFinite(parsed.getTime()) && parsed.toISOString().startsWith(day);
}

function isTime(text: string): boolean {
  const [, hours, minutes, seconds] = TIME.exec(text) ?? [];
  return hours !== undefined && Number(hours) < 24 && Number(minutes) < 60 && Number(seconds ?? 0) < 60;
}

/** A date-time carries its zone: the service refuses it otherwise. */
function isDateTime(text: string): boolean {
  const [, day, time] = DATE_TIME.exec(text) ?? [];
  return (
    day !== undefined &&
    time !== undefined &&
    isDate(day) &&
    isTime(time) &&
    new RegExp(`${ZONE}$`).test(time)
  );
}

function isAddress(text: string): boolean {
  const [address, prefix, more] = text.split('/');
  const version = isIP(address ?? '');
  if (version === 0 || more !== undefined) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

/** What copies and prints a value recurses: far deeper ones end in an overflow of the stack. */
const DEEPEST_JSON = 1000;

function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= DEEPEST_JSON; depth++) {
    level = level.filter((item) => typeof item === 'object' && item !== null);
    if (level.length === 0) return false;
    level = level.flatMap((item) => Object.values(item as Record<string, unknown>));
  }
  return true;
}

function parseJson(value: unknown): unknown {
  if (typeof value !== 'string') {
    throw new GraphQLError(`AWSJSON takes a string that holds JSON, not ${JSON.stringify(value)}.`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new GraphQLError(`Unable to parse \`${value}\` as valid JSON.`);
  }
  if (isTooDeep(parsed)) throw new GraphQLError(`AWSJSON is nested more than ${DEEPEST_JSON} levels deep.`);
  return parsed;
}

/** A string that holds JSON already passes as it is; everything else is written as JSON. */
function serializeJson(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    throw new GraphQLError(`Unable to serialize \`${value}\` as a valid JSON.`);
  }
}

const TIMESTAMP_HINT =
  "Ensure that the value provided is an Integer that lies within the limits specified in this scalar's description.";

const checkingTimestamp =
  (verb: 'parse' | 'serialize') =>
  (value: unknown): number => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    throw new GraphQLError(`Unable to ${verb} \`${shown(value)}\` as a valid timestamp. ${TIMESTAMP_HINT}`);
  };

const rules: Record<string, ScalarRules> = {
  AWSDate: textRules('date', isDate),
  AWSTime: textRules('time', isTime),
  AWSDateTime: textRules('DateTime Object', isDateTime),
  AWSTimestamp: { parse: checkingTimestamp('parse'), serialize: checkingTimestamp('serialize') },
  AWSEmail: textRules('email', (text) => EMAIL.test(text)),
  AWSJSON: { parse: parseJson, serialize: serializeJson },
  AWSURL: textRules('URL', (text) => URL.canParse(text)),
  AWSPhone: textRules('phone number', isPhone),
  AWSIPAddress: textRules('IP address', isAddress),
};

/** The scalars that the service adds to every schema. */
export const scalarNames = Object.keys(rules);

function literalValue(node: ValueNode): unknown {
  if (node.kind === Kind.STRING) return node.value;
  if (node.kind === Kind.INT) return Number(node.value);
  throw new GraphQLError(`A literal of kind ${node.kind} does not fit this scalar.`, { nodes: node });
}

/** Parses a literal; a failure tells its place. */
function parseLiteral(node: ValueNode, parse: ScalarRules['parse']): unknown {
  try {
    return parse(literalValue(node));
  } catch (cause) {
    throw new GraphQLError((cause as Error).message, { nodes: node });
  }
}

/** Gives the service's scalars of a built schema their validation. */
export function attachScalars(schema: GraphQLSchema): void {
  for (const [name, { parse, serialize }] of Object.entries(rules)) {
    const scalar = schema.getType(name) as GraphQLScalarType | undefined;
    if (!scalar) continue;
    scalar.parseValue = parse;
    scalar.parseLiteral = (node) => parseLiteral(node, parse);
    scalar.serialize = serialize;
  }
}
